/**
 * Carbon against waiting, in the setting of GAIA (Hanafy et al., ASPLOS 2024, figure 8): with lengths known, and with what
 * GAIA knows, the queue of a job and the mean length of the queue. GAIA's own policies beside it.
 *
 * Run: `npm run bench -- wait --data DIR [--json]`. `DIR/jobs` has a CSV with `arrival_time`, `length` (seconds) and
 * `cpus`, and one with `hour_index` and `ci` (gCO2e/kWh) from the hour of arrival 0 on. What was published is a target only
 * where running at once emits what was published of it.
 *
 * @module
 */
import { at } from '../src/plan/at.ts';
import { cheapest } from '../src/plan/kernels/cheapest.ts';
import { cheapestPiece, costBetween } from '../src/plan/kernels/piece.ts';
import {
  bestStart,
  expectedCosts,
  type Length,
  limitedLength,
  runOrWait,
  unlimitedLength,
  type Weighing,
} from '../src/plan/kernels/unknown-length.ts';
import { gaiaPolicies, type Job, type Policy, readSetting, runAfter, type Setting, SPLIT, totalOf } from './gaia.ts';
import { cpuOf, dataFolder, printRows, type Row, rounded } from './kernel-data.ts';

/** Of GAIA's job set of 1,000 on South Australia, October 2022: kg of running at once, from its simulator. */
const PUBLISHED_NOW_KG = 562.1713;
/** Shares of run-now at mean waits in hours: what must be reached there. */
const PUBLISHED = {
  interruptible: 0.546196,
  front: [
    { wait: 1.22, share: 0.7433 },
    { wait: 2.02, share: 0.6869 },
    { wait: 3.12, share: 0.6444 },
    { wait: 4.59, share: 0.619 },
  ],
  pieces: [
    { wait: 4.73, share: 0.68 },
    { wait: 6.5, share: 0.67 },
  ],
  pauses: [{ wait: 6, share: 0.581 }],
};
/** Half of the last digit that was published. */
const SHARE_DIGIT = 5e-5;
/** Hours of a slot where lengths are not known. */
const PIECE_SLOT = 2 / 60;
const PAUSE_SLOT = 3 / 60;
/** Of the rates of a queue's jobs, chosen on other zones and weeks (`docs/methods/planning-kernels.md`). */
const TAIL = 2;

/** A point between carbon and waiting, at a price of an hour of waiting. */
interface Point {
  readonly share: number;
  readonly meanWait: number;
  readonly misses: number;
  /** kg an hour. */
  readonly price: number;
}
/** Outcome of all jobs at a price of an hour of waiting. */
type Front = (price: number) => Point;

/** The point of least price whose mean wait is no longer than asked. The price is halved in on. */
function pointAt(
  front: Front,
  wait: number,
  rounds: number,
): { readonly point: Point; readonly tried: readonly Point[] } {
  const tried = [front(0)];
  let [low, high] = [0, 1];
  let point = tried[0];
  if (point !== undefined && point.meanWait > wait) {
    for (let i = 0; i < rounds; i++) {
      // Prices of interest lie within some powers of ten: halve their logarithm first.
      const price = low === 0 ? high / 4 : (low + high) / 2;
      const next = front(price);
      tried.push(next);
      if (next.meanWait > wait) low = price;
      else [high, point] = [price, next];
    }
  }
  if (point === undefined || point.meanWait > wait) point = front(high);
  return { point, tried };
}

const frontOf =
  (setting: Setting, policyAt: (price: number) => Policy): Front =>
  (price) => ({ ...totalOf(setting, policyAt(price)), price });

/** With lengths known, in one piece, at any start. */
const knownPieces = (setting: Setting): Front =>
  frontOf(setting, (price) => (job) => {
    const to = Math.min(setting.line.price.length, job.arrival + job.hours + job.longestWait);
    const placed = cheapestPiece(setting.line, job.hours, { from: job.arrival, to, waiting: price / job.cpus });
    return runAfter(setting, job, placed === undefined ? 0 : placed.start - job.arrival);
  });

/** With lengths known, in the cheapest hours and parts of hours. */
function knownPauses({ line }: Setting): Policy {
  const used = new Float64Array(line.price.length);
  const room = new Float64Array(line.price.length);
  return ({ arrival, hours, cpus, longestWait }) => {
    const end = Math.min(line.price.length, arrival + hours + longestWait);
    const [from, to] = [Math.floor(arrival), Math.ceil(end)];
    for (let hour = from; hour < to; hour++) room[hour] = Math.min(hour + 1, end) - Math.max(hour, arrival);
    const carbon = cpus * cheapest({ price: line.price, room, from, to }, hours, used);
    let last = to;
    while (last > from && at(used, last - 1 - from) < 1e-9) last--;
    const done = Math.max(last - 1, arrival) + at(used, last - 1 - from);
    return { carbon, waited: Math.max(0, done - arrival - hours) };
  };
}

/** What is weighed for a job of which the queue alone is known, on slots from its arrival on; kg. */
function weighingOf({ line }: Setting, job: Job, lengths: Record<Job['queue'], Length>, slot: number): Weighing {
  const length = lengths[job.queue];
  const longestWait = Math.round(job.longestWait / slot);
  const slots = Math.min(length.used.length + longestWait, Math.floor((line.price.length - job.arrival) / slot));
  const price = Float64Array.from({ length: slots }, (_, i) => {
    const start = job.arrival + i * slot;
    return job.cpus * costBetween(line, start, start + slot);
  });
  return { price, length, longestWait };
}

const lengthsOf = ({ meanHours }: Setting, slot: number, shape?: number): Record<Job['queue'], Length> => ({
  short: limitedLength(meanHours.short / slot, 0, SPLIT / slot),
  long: unlimitedLength(meanHours.long / slot, SPLIT / slot, shape),
});

function unknownPieces(setting: Setting, shape?: number): Front {
  const lengths = lengthsOf(setting, PIECE_SLOT, shape);
  const costs = new Map(setting.jobs.map((job) => [job, expectedCosts(weighingOf(setting, job, lengths, PIECE_SLOT))]));
  return frontOf(setting, (price) => (job) => {
    const start = bestStart(costs.get(job) ?? new Float64Array(1), price * PIECE_SLOT);
    return runAfter(setting, job, start * PIECE_SLOT);
  });
}

function unknownPauses(setting: Setting, shape?: number): Front {
  const lengths = lengthsOf(setting, PAUSE_SLOT, shape);
  return frontOf(setting, (price) => (job) => {
    const runs = runOrWait(weighingOf(setting, job, lengths, PAUSE_SLOT), price * PAUSE_SLOT);
    let [ran, waited, carbon] = [0, 0, 0];
    while (ran * PAUSE_SLOT < job.hours - 1e-9) {
      const now = job.arrival + (ran + waited) * PAUSE_SLOT;
      if (!runs(ran, waited)) {
        waited++;
        continue;
      }
      carbon += job.cpus * costBetween(setting.line, now, now + Math.min(PAUSE_SLOT, job.hours - ran * PAUSE_SLOT));
      ran++;
    }
    return { carbon, waited: waited * PAUSE_SLOT };
  });
}

/** No plan whose mean wait is `wait` emits less: the best of the prices of waiting that were tried (Lagrange). */
const boundAt = (tried: readonly Point[], wait: number, priceToShare: number): number =>
  Math.max(...tried.map(({ share, meanWait, price }) => share + priceToShare * price * (meanWait - wait)));

const rows: Row[] = [];
let misses = 0;

function row(name: string, metric: string, value: number, unit: string, target?: number, pass?: boolean): void {
  rows.push({
    ...{ case: name, metric, value, unit },
    ...(target === undefined ? {} : { target }),
    ...(pass === undefined ? {} : { pass }),
  });
}

/** What a share is held against; without `slack` nothing says that it must be reached. */
interface Goal {
  readonly share: number;
  readonly slack?: number;
}

/** Share and wait of a point, and how far it is from a bound. */
function tell(name: string, point: Omit<Point, 'price'>, bound: number, goal?: Goal): void {
  misses += point.misses;
  const pass = goal?.slack === undefined ? undefined : point.share <= goal.share + goal.slack;
  row(name, 'emissions, share of run-now', rounded(point.share, 6), '1', goal && rounded(goal.share, 6), pass);
  row(name, 'mean wait', rounded(point.meanWait, 3), 'h');
  row(name, 'above the bound', rounded(100 * (point.share / bound - 1), 4), '%');
}

function main(): void {
  const setting = readSetting(dataFolder('wait', 'jobs/'));
  const nowKg = setting.jobs.reduce((sum, job) => sum + runAfter(setting, job, 0).carbon, 0);
  const published = Math.abs(nowKg - PUBLISHED_NOW_KG) < 1e-3 ? PUBLISHED : undefined;
  const priceToShare = setting.jobs.length / nowKg;
  row('run now', 'emissions', rounded(nowKg, 4), 'kg');

  console.error('wait: lengths known');
  const pauses = cpuOf(() => totalOf(setting, knownPauses(setting)));
  const least = pauses.result.share;
  tell('lengths known, may pause', pauses.result, least, published && { share: published.interruptible, slack: 5e-7 });
  row('lengths known, may pause', 'CPU', rounded(1_000 * pauses.seconds, 1), 'ms');
  const known = knownPieces(setting);
  const onFront = (wait: number) => {
    const { point, tried } = pointAt(known, wait, 30);
    return { point, bound: boundAt(tried, wait, priceToShare) };
  };
  for (const { wait, share } of published?.front ?? [1, 2, 3, 4, 5].map((wait) => ({ wait, share: undefined }))) {
    const { point, bound } = onFront(wait);
    const goal = share === undefined ? undefined : { share, slack: SHARE_DIGIT };
    tell(`lengths known, one piece, mean wait ≤ ${wait} h`, point, bound, goal);
  }
  row(
    'lengths known, one piece',
    'CPU of a price of waiting',
    rounded(1_000 * cpuOf(() => known(0.01)).seconds, 1),
    'ms',
  );

  console.error("wait: GAIA's policies");
  const policies = [...gaiaPolicies(setting)].map(([name, policy]) => ({ name, ...totalOf(setting, policy) }));
  for (const { name, ...total } of policies)
    tell(`GAIA: ${name}`, total, name === 'Ecovisor' ? least : onFront(total.meanWait).bound);
  const ofPolicy = (names: readonly string[]) =>
    policies
      .filter(({ name }) => names.includes(name))
      .map(({ name, share, meanWait }) => ({ name, share, wait: meanWait }));

  console.error('wait: queue means known, one piece');
  // On other jobs, no length that is supposed need be the better one.
  const slack = published === undefined ? {} : { slack: 0 };
  const pieceGoals = [
    ...(published?.pieces ?? []).map((goal) => ({ ...goal, name: `≤ ${goal.wait} h` })),
    ...ofPolicy(['Carbon-Time', 'Lowest-Window']).map((goal) => ({ ...goal, name: `no longer than ${goal.name}` })),
  ];
  const { result: pieces, seconds } = cpuOf(() => unknownPieces(setting));
  for (const { name, wait, share } of pieceGoals) {
    tell(`queue means known, one piece, mean wait ${name}`, pointAt(pieces, wait, 24).point, onFront(wait).bound, {
      share,
      ...slack,
    });
  }
  row('queue means known, one piece', 'CPU of expected costs', rounded(seconds, 2), 's');
  const heavy = unknownPieces(setting, TAIL);
  for (const { name, wait } of pieceGoals) {
    tell(
      `queue means and heavy tails, one piece, mean wait ${name}`,
      pointAt(heavy, wait, 24).point,
      onFront(wait).bound,
    );
  }

  console.error('wait: queue means known, may pause');
  const pauseGoals = [
    ...(published?.pauses ?? []).map((goal) => ({ ...goal, name: `≤ ${goal.wait} h` })),
    ...ofPolicy(['Ecovisor']).map((goal) => ({ ...goal, name: `no longer than ${goal.name}` })),
  ];
  const paused = unknownPauses(setting, TAIL);
  const light = unknownPauses(setting);
  for (const { name, wait, share } of pauseGoals) {
    tell(`queue means and heavy tails, may pause, mean wait ${name}`, pointAt(paused, wait, 12).point, least, {
      share,
      ...slack,
    });
    tell(`queue means known, may pause, mean wait ${name}`, pointAt(light, wait, 12).point, least);
  }
  row(
    'queue means and heavy tails, may pause',
    'CPU of a price of waiting',
    rounded(cpuOf(() => paused(0.001)).seconds, 2),
    's',
  );
  row('all of ours and of GAIA', 'jobs that waited longer than they may', misses, '1', 0, misses === 0);
  printRows('wait', rows);
}

main();
