/**
 * A history replayed under every policy, and what each comes to beside run-now and first come, first served.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import type { Quality, Signal } from '../grid/index.ts';
import { type Grams, grams, HOUR, type Instant, instant } from '../units.ts';
import { type Account, accountOf } from './account.ts';
import { type By, type Group, groupsOf } from './groups.ts';
import { type LayOptions, type LeftOut, lay } from './lay.ts';
import { type Outdone, walkOurs } from './ours.ts';
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
  /** Where first come, first served is better under the capacity, and is what the row shows: Gridtide's own schedule. */
  readonly outdone: Outdone | null;
  /** Jobs of the history that it leaves out. */
  readonly leftOut: LeftOut;
}

/** A change that cannot be replayed, and why. */
export interface Unanswered {
  readonly name: string;
  readonly failure: Failure;
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
  /** The policy that the verdict compares with: fifo where running at once uses more than the capacity. */
  readonly comparedWith: 'run-now' | 'fifo';
  readonly unanswered: readonly Unanswered[];
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
  const atOnce = runNow.walk(scene);
  const byRunNow = accountOf(atOnce, scene);
  const byFifo = scene.capacity === undefined ? byRunNow : accountFor(fifo, scene);
  const { schedule: planned, account: ours, outdone } = walkOurs(scene, byFifo);
  const boundG = boundOf(scene, ours);
  const against = { runNow: byRunNow, fifo: byFifo, jobs: jobs.count };
  const answers = (question.changes ?? []).map((change) => answered(question, change, against));
  const rowOf = (policy: Policy, account: Account, instead: Outdone | null = null): Row =>
    row(policy, account, { jobs: jobs.count, leftOut, boundG, outdone: instead }, against);
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
    foresight: wordsOf(scene.foresight),
    rows: [
      rowOf(runNow, byRunNow),
      rowOf(fifo, byFifo),
      ...others.map((policy) =>
        policy === gridtide ? rowOf(policy, ours, outdone) : rowOf(policy, accountFor(policy, scene)),
      ),
      ...answers.filter((answer) => 'policy' in answer),
    ],
    comparedWith: isHeld(byRunNow, question.capacity) ? 'run-now' : 'fifo',
    unanswered: answers.filter((answer) => 'failure' in answer),
    groups:
      question.by === undefined
        ? []
        : groupsOf({ ...base, past: question.past, by: question.by, runNow: atOnce, gridtide: planned }),
    week: typicalWeek(scene, byRunNow.loadKw, ours.loadKw),
    patience: (question.slacks ?? []).flatMap((slackTimes) => patienceOf(question, slackTimes, byRunNow)),
  };
}

const isHeld = ({ peakCpus, peakGpus }: Account, capacity: Capacity | undefined): boolean =>
  capacity === undefined || (peakCpus <= capacity.cpus && peakGpus <= capacity.gpus);

const wordsOf = ({ about, perfect: isPerfect, notes }: Foresight) => ({ about, perfect: isPerfect, notes });

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
  { jobs, leftOut, boundG, outdone }: Pick<Row, 'jobs' | 'leftOut' | 'boundG' | 'outdone'>,
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
    outdone,
    leftOut,
  };
}

/** A change may leave no job to be replayed, which is no reason to answer nothing else. */
function answered(question: ReplayQuestion, change: Change, against: Against): Row | Unanswered {
  try {
    return changed(question, change, against);
  } catch (failure) {
    if (failure instanceof Failure) return { name: change.name, failure };
    throw failure;
  }
}

function changed(question: ReplayQuestion, { name, with: changes }: Change, against: Against): Row {
  const { scene, jobs, leftOut } = sceneOf({ ...question, ...changes });
  const policy = { name: `${gridtide.name}, ${name}`, about: `what if ${name}` };
  const { account, outdone } = walkOurs(scene);
  // With another slack, other jobs may end within the data: what they are compared with is replayed as well.
  const runNow = jobs.count === against.jobs ? against.runNow : accountFor(POLICIES[0], scene);
  const fifo = jobs.count === against.jobs ? against.fifo : accountFor(POLICIES[1], scene);
  return row(
    policy,
    account,
    { jobs: jobs.count, leftOut, boundG: boundOf(scene, account), outdone },
    { runNow, fifo, jobs: jobs.count },
  );
}

/** Scaled to the jobs of the base, of which a longer slack may leave out the last; nothing where it leaves out all. */
function patienceOf(question: ReplayQuestion, slackTimes: number, base: Account): ReplayReport['patience'] {
  const longer = { ...question, slackTimes: (question.slackTimes ?? 1) * slackTimes };
  try {
    const { scene } = sceneOf(longer);
    const { meanDelayH, emissionsG } = walkOurs(scene).account;
    const atOnce = accountFor(POLICIES[0], scene).emissionsG;
    const share = atOnce > 0 ? emissionsG / atOnce : 1;
    return [{ slackTimes, meanDelayH, emissionsG: grams(share * base.emissionsG) }];
  } catch (failure) {
    if (failure instanceof Failure) return [];
    throw failure;
  }
}

const hoursOf = ({ lengthH }: SceneJobs, used: Float64Array): number =>
  used.reduce((sum, amount, job) => sum + amount * (lengthH[job] ?? 0), 0);
