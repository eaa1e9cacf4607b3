/**
 * A history replayed under every policy, and what each comes to beside run-now and first come, first served.
 *
 * @module
 */
import type { Quality, Signal } from '../grid/index.ts';
import { type Grams, grams, HOUR, type Instant, instant } from '../units.ts';
import { type Account, accountOf } from './account.ts';
import { type By, type Group, groupsOf } from './groups.ts';
import { type LayOptions, type LeftOut, lay } from './lay.ts';
import type { PastJobs } from './past-jobs.ts';
import { gridtide } from './policies/gridtide.ts';
import { POLICIES } from './policies.ts';
import type { Policy } from './policy.ts';
import {
  type Capacity,
  type Foresee,
  type Foresight,
  type Place,
  perfect,
  type Scene,
  type SceneJobs,
} from './scene.ts';
import { typicalWeek, type Week } from './week.ts';

export interface ReplayQuestion extends Omit<LayOptions, 'start' | 'end'> {
  readonly past: PastJobs;
  /** On one time axis; the first is where the jobs ran. */
  readonly places: readonly [Place, ...Place[]];
  /** What was known when; default: all. */
  readonly foresee?: Foresee | undefined;
  /** The same question with something changed, each replayed under Gridtide alone. */
  readonly changes?: readonly Change[];
  /** Whose jobs are told apart; default: nobody's. */
  readonly by?: By | undefined;
  /** Times the slack that the curve of the picture shows; none: no curve. */
  readonly slacks?: readonly number[];
}

/** What is changed in a question, and how people call it. */
export interface Change {
  readonly name: string;
  readonly with: Partial<Pick<ReplayQuestion, 'slack' | 'slackTimes' | 'capacity' | 'places'>>;
}

/** One policy's account beside the two that it is compared with; percentages are of emissions. */
export interface Row extends Omit<Account, 'loadKw'> {
  readonly policy: string;
  readonly about: string;
  /** Jobs that it replayed. */
  readonly jobs: number;
  /** `null` where nothing is emitted, or where other jobs were replayed. */
  readonly savingPercent: number | null;
  readonly savingAgainstFifoPercent: number | null;
  /** No schedule of these jobs emits less, whatever the capacity. */
  readonly boundG: Grams;
  /** `null` where jobs are late. */
  readonly gapPercent: number | null;
}

export interface ReplayReport {
  readonly jobs: {
    readonly count: number;
    readonly cpuHours: number;
    readonly gpuHours: number;
    readonly first: Instant;
    readonly last: Instant;
    readonly pausable: number;
    readonly leftOut: LeftOut;
  };
  readonly zones: readonly {
    readonly zone: string;
    readonly signal: Signal;
    readonly source: string;
    readonly quality: Quality;
  }[];
  readonly capacity: Capacity | undefined;
  readonly foresight: Pick<Foresight, 'about' | 'perfect' | 'notes'>;
  /** run-now, fifo, gridtide, then the changes. */
  readonly rows: readonly Row[];
  /** By queue or user, where that was asked. */
  readonly groups: readonly Group[];
  readonly week: Week;
  /** Gridtide by how long jobs may wait: hours of mean delay and grams, the shortest slack first. */
  readonly patience: readonly {
    readonly slackTimes: number;
    readonly meanDelayH: number;
    readonly emissionsG: Grams;
  }[];
}

/** Replays. Throws as {@link lay} does. O(jobs × slots that each may run in) for each policy. */
export function replay(question: ReplayQuestion): ReplayReport {
  const base = sceneOf(question);
  const { jobs, leftOut, first, last, scene } = base;
  const [runNow, fifo, ...others] = POLICIES;
  const [atOnce, planned] = [runNow.walk(scene), gridtide.walk(scene)];
  const byRunNow = accountOf(atOnce, scene);
  const ours = accountOf(planned, scene);
  const byFifo = scene.capacity === undefined ? byRunNow : accountFor(fifo, scene);
  const boundG = boundOf(scene, ours);
  const against = { runNow: byRunNow, fifo: byFifo, jobs: jobs.count };
  const rowOf = (policy: Policy, account: Account): Row => row(policy, account, { jobs: jobs.count, boundG }, against);
  return {
    jobs: {
      count: jobs.count,
      cpuHours: hoursOf(jobs, jobs.cpus),
      gpuHours: hoursOf(jobs, jobs.gpus),
      first,
      last,
      pausable: jobs.pausable.reduce((sum, one) => sum + one, 0),
      leftOut,
    },
    zones: question.places.map(({ zone, outlook: { signal, source, quality } }) => ({ zone, signal, source, quality })),
    capacity: question.capacity,
    foresight: {
      ...wordsOf(scene.foresight),
      notes: [...scene.foresight.notes, ...capacityNotes(question.capacity, byRunNow, byFifo, ours)],
    },
    rows: [
      rowOf(runNow, byRunNow),
      rowOf(fifo, byFifo),
      ...others.map((policy) => rowOf(policy, policy === gridtide ? ours : accountFor(policy, scene))),
      ...(question.changes ?? []).map((change) => changed(question, change, against)),
    ],
    groups:
      question.by === undefined
        ? []
        : groupsOf({ ...base, past: question.past, by: question.by, runNow: atOnce, gridtide: planned }),
    week: typicalWeek(scene, byRunNow.loadKw, ours.loadKw),
    patience: (question.slacks ?? []).map((slackTimes) => patienceOf(question, slackTimes, byRunNow)),
  };
}

const wordsOf = ({ about, perfect: isPerfect, notes }: Foresight) => ({ about, perfect: isPerfect, notes });

/** What a capacity did that a reader must not miss. */
function capacityNotes(
  capacity: Capacity | undefined,
  runNow: Account,
  fifo: Account,
  ours: Account,
): readonly string[] {
  if (capacity === undefined) return [];
  const needed = runNow.peakCpus > (capacity.cpus ?? Number.POSITIVE_INFINITY);
  return [
    ...(needed ? [`running at once would take ${Math.ceil(runNow.peakCpus)} CPUs at a time, which there are not`] : []),
    ...(ours.misses > fifo.misses
      ? [
          `${ours.misses} jobs are late, ${fifo.misses} of them would be first come, first served: the place is too tight to wait in`,
        ]
      : []),
    ...(ours.emissionsG > fifo.emissionsG
      ? ['first come, first served emits less: the place is too tight to choose hours in']
      : []),
  ];
}

/** A question, laid out. */
function sceneOf(question: ReplayQuestion): { readonly scene: Scene } & ReturnType<typeof lay> {
  const { places, foresee = perfect, capacity, past, ...options } = question;
  const { axis } = places[0].outlook;
  const laid = lay(past, {
    ...options,
    capacity,
    start: axis.start,
    end: instant(axis.start + axis.length * axis.step),
  });
  return {
    ...laid,
    scene: {
      jobs: laid.jobs,
      places,
      capacity,
      foresight: foresee(places, laid.jobs),
      stepH: axis.step / HOUR,
    },
  };
}

const accountFor = (policy: Policy, scene: Scene): Account => accountOf(policy.walk(scene), scene);

/** Each job alone in its best hours of the grid as it was, which is what `ours` is where nothing limits it. */
const boundOf = (scene: Scene, ours: Account): Grams =>
  scene.capacity === undefined && scene.foresight.perfect
    ? ours.emissionsG
    : accountFor(gridtide, { ...scene, capacity: undefined, foresight: perfect(scene.places, scene.jobs) }).emissionsG;

interface Against {
  readonly runNow: Account;
  readonly fifo: Account;
  readonly jobs: number;
}

function row(
  policy: Pick<Policy, 'name' | 'about'>,
  { loadKw: _, ...account }: Account,
  { jobs, boundG }: { readonly jobs: number; readonly boundG: Grams },
  against: Against,
): Row {
  const savingOf = (other: Account): number | null =>
    jobs === against.jobs && other.emissionsG > 0 ? 100 * (1 - account.emissionsG / other.emissionsG) : null;
  return {
    policy: policy.name,
    about: policy.about,
    jobs,
    ...account,
    savingPercent: savingOf(against.runNow),
    savingAgainstFifoPercent: savingOf(against.fifo),
    boundG,
    // Work that is late ran in hours that the bound does not know of.
    gapPercent: account.misses > 0 ? null : boundG > 0 ? Math.max(0, 100 * (account.emissionsG / boundG - 1)) : 0,
  };
}

function changed(question: ReplayQuestion, { name, with: changes }: Change, against: Against): Row {
  const { scene, jobs } = sceneOf({ ...question, ...changes });
  const policy = { name: `${gridtide.name}, ${name}`, about: `what if ${name}` };
  const account = accountFor(gridtide, scene);
  // With another slack, other jobs may end within the data: what they are compared with is replayed as well.
  const runNow = jobs.count === against.jobs ? against.runNow : accountFor(POLICIES[0], scene);
  const fifo = jobs.count === against.jobs ? against.fifo : accountFor(POLICIES[1], scene);
  return row(
    policy,
    account,
    { jobs: jobs.count, boundG: boundOf(scene, account) },
    { runNow, fifo, jobs: jobs.count },
  );
}

/** Scaled to the jobs of the base, of which a longer slack may leave out the last. */
function patienceOf(question: ReplayQuestion, slackTimes: number, base: Account) {
  const { scene } = sceneOf({ ...question, slackTimes: (question.slackTimes ?? 1) * slackTimes });
  const { meanDelayH, emissionsG } = accountFor(gridtide, scene);
  const atOnce = accountFor(POLICIES[0], scene).emissionsG;
  const share = atOnce > 0 ? emissionsG / atOnce : 1;
  return { slackTimes, meanDelayH, emissionsG: grams(share * base.emissionsG) };
}

const hoursOf = ({ lengthH }: SceneJobs, used: Float64Array): number =>
  used.reduce((sum, amount, job) => sum + amount * (lengthH[job] ?? 0), 0);
