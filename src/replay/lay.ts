/**
 * Lays past jobs on the clock of a scene, and says which have no place on it.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { formatInstant, HOUR, type Instant, instant } from '../units.ts';
import type { PastJobs } from './past-jobs.ts';
import type { PowerModel } from './power.ts';
import type { Capacity, SceneJobs } from './scene.ts';
import type { Slack } from './slack.ts';

export interface LayOptions {
  /** The first and the last moment that the grid's history knows. */
  readonly start: Instant;
  readonly end: Instant;
  /** Moves the first submission there. Default: dates stay; hours without dates count from `start`. */
  readonly firstAt?: Instant | undefined;
  /** Of jobs without a deadline of their own. */
  readonly slack: Slack;
  /** Times the slack of every job. Default 1. */
  readonly slackTimes?: number | undefined;
  readonly capacity: Capacity | undefined;
  readonly power: PowerModel;
}

/** Jobs that are left out, and what is amiss with those that are not. */
export interface LeftOut {
  /** Submitted before the grid's history begins, or due after it ends. */
  readonly outside: number;
  /** They use more than the capacity. */
  readonly tooLarge: number;
  /** Replayed; their own deadline could not be kept even at once, and is taken as just that. */
  readonly hopeless: number;
  /** Replayed, with the power of their GPUs counted as nothing. */
  readonly withoutGpuPower: number;
}

export interface Laid {
  readonly jobs: SceneJobs;
  /** Of each of them, its row in the history. */
  readonly rows: Uint32Array;
  readonly leftOut: LeftOut;
  /** From the first submission to the last, of those that are replayed. */
  readonly first: Instant;
  readonly last: Instant;
}

/** Throws `grid/other-times` where no job lies within the history, `cli/usage` where none fits the capacity. */
export function lay(past: PastJobs, options: LayOptions): Laid {
  const { start, end, slack, slackTimes = 1, capacity, power } = options;
  const shift = shiftOf(past, options);
  const horizonH = (end - start) / HOUR;
  const kept = new Uint32Array(past.count);
  const due = new Float64Array(past.count);
  let [count, outside, late, tooLarge, hopeless, withoutGpuPower] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < past.count; i++) {
    const submit = (past.submitH[i] ?? 0) + shift;
    const earliest = submit + (past.lengthH[i] ?? 0);
    const own = (past.dueH[i] ?? Number.NaN) + shift;
    const wished = Number.isNaN(own) ? slack(submit, past.lengthH[i] ?? 0) : own;
    const latest = earliest + Math.max(0, wished - earliest) * slackTimes;
    if (submit < 0 || latest > horizonH) {
      outside += 1;
      if (submit >= 0 && submit < horizonH) late += 1;
    } else if (capacity !== undefined && ((past.cpus[i] ?? 0) > capacity.cpus || (past.gpus[i] ?? 0) > capacity.gpus))
      tooLarge += 1;
    else {
      if (wished < earliest - 1e-6) hopeless += 1;
      if ((past.gpus[i] ?? 0) > 0 && power.wattsPerGpu === undefined && Number.isNaN(past.powerW[i]))
        withoutGpuPower += 1;
      kept[count] = i;
      due[count] = latest;
      count += 1;
    }
  }
  if (count === 0) throw nothing(past, options, { shift, late, tooLarge });
  const pick = (from: ArrayLike<number>, by: number): Float64Array =>
    Float64Array.from({ length: count }, (_, k) => (from[kept[k] ?? 0] ?? 0) + by);
  const submitH = pick(past.submitH, shift);
  const [cpus, gpus] = [pick(past.cpus, 0), pick(past.gpus, 0)];
  const declared = pick(past.powerW, 0);
  return {
    jobs: {
      count,
      submitH,
      lengthH: pick(past.lengthH, 0),
      dueH: due.slice(0, count),
      cpus,
      gpus,
      kw: declared.map(
        (watts, k) => (Number.isNaN(watts) ? modelled(cpus[k] ?? 0, gpus[k] ?? 0, power) : watts) / 1_000,
      ),
      pausable: Uint8Array.from({ length: count }, (_, k) => past.pausable[kept[k] ?? 0] ?? 0),
    },
    rows: kept.slice(0, count),
    leftOut: { outside, tooLarge, hopeless, withoutGpuPower },
    first: instant(start + (submitH[0] ?? 0) * HOUR),
    last: instant(start + (submitH[count - 1] ?? 0) * HOUR),
  };
}

const modelled = (cpus: number, gpus: number, { wattsPerCpu, wattsPerGpu = 0 }: PowerModel): number =>
  cpus * wattsPerCpu + gpus * wattsPerGpu;

/** What is added to the hours of a history to make hours of the scene. */
function shiftOf(past: PastJobs, { start, firstAt }: LayOptions): number {
  if (firstAt !== undefined) return (firstAt - start) / HOUR - (past.submitH[0] ?? 0);
  return past.dated ? -start / HOUR : 0;
}

function nothing(
  past: PastJobs,
  { start, end, capacity }: LayOptions,
  found: { readonly shift: number; readonly late: number; readonly tooLarge: number },
): Failure {
  if (found.tooLarge > 0) {
    return new Failure('cli/usage', 'no job fits the capacity', {
      value: `${capacity?.cpus} CPUs, ${capacity?.gpus} GPUs`,
      expected: 'a capacity that holds the jobs: --cpus, --gpus',
    });
  }
  if (found.late > 0) {
    return new Failure('grid/other-times', 'all jobs within the grid data are due after these end', {
      value: `${found.late} of ${past.count} jobs submitted within them`,
      expected: `jobs due by ${formatInstant(end)}: a shorter --slack, or longer grid data`,
    });
  }
  const at = (hours: number | undefined): string =>
    formatInstant(instant(start + Math.round(((hours ?? 0) + found.shift) * HOUR)));
  return new Failure('grid/other-times', 'no job lies within the grid data', {
    value: `jobs from ${at(past.submitH[0])} to ${at(past.submitH[past.count - 1])}`,
    expected: `jobs from ${formatInstant(start)} to ${formatInstant(end)}; --at ${formatInstant(start)} moves the first one there`,
  });
}
