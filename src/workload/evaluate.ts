/**
 * From the written workflow to the evaluated one: shapes, graph, deadline and defaults. Both forms come through here, so
 * that they mean the same; every mistake is told in one go.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { Path, PlainDocument } from '../documents.ts';
import { asError, Failure } from '../errors.ts';
import { placed, throwAll } from '../mistakes.ts';
import { evaluate, pathName, placeAt, type Source } from '../shapes.ts';
import { type Instant, watts } from '../units.ts';
import { type FoundDeadline, readDeadline } from './deadline.ts';
import type {
  Interruptible,
  Learner,
  Length,
  Needs,
  Policy,
  Step,
  StepLevel,
  StepProfile,
  UnmeasuredStep,
  Workflow,
} from './definition.ts';
import { type Node, orderSteps } from './graph.ts';
import { DURATION_EXPECTED, LATER_KEYS, MOST_STEPS, type ReadWorkflow, writtenWorkflow } from './written.ts';

export interface EvaluateOptions {
  /** Named in failures. */
  readonly file: string;
  /** Clock deadlines and `+12h` count from here. */
  readonly now: Instant;
  /** Absolute folder that `folder` of the steps is relative to. */
  readonly folder: string;
  /** Zone of clock times that name none. */
  readonly timeZone: string;
  /** The file that `written` was read from, for line and column. */
  readonly document?: PlainDocument;
  /** What past runs of this workflow say of a step. Default: nothing. */
  readonly learn?: Learner | undefined;
}

export interface EvaluatedWorkflow {
  readonly workflow: Workflow;
  /** What the owner should know: sentences. */
  readonly warnings: readonly string[];
}

/** Percent below which nothing is delayed, unless the policy says otherwise. */
const DEFAULT_MIN_PREDICTED_SAVING_PERCENT = 5;

/**
 * Evaluates a written workflow. Throws a {@link Failure} `workload/invalid`, `/cycle`, `/deadline` or `/not-yet` that
 * carries every other mistake in `others`, in the order of the file.
 */
export function evaluateWorkflow(written: unknown, options: EvaluateOptions): EvaluatedWorkflow {
  const { file, document, now, timeZone } = options;
  const source: Source = { file, code: 'workload/invalid', document };
  const names = stepNames(written, document);
  if (names.length > MOST_STEPS) {
    throw new Failure('workload/invalid', 'steps: there are too many', {
      place: placeAt(source, ['steps'], 'key'),
      value: String(names.length),
      expected: `at most ${MOST_STEPS}`,
    });
  }
  const { value, failures: shapeFailures } = evaluate(writtenWorkflow, written, source);
  const { order, failures: graphFailures } = orderSteps(nodesOf(written, names), source);
  const deadline = deadlineOf(written, source, now, timeZone);
  const failures = [...shapeFailures, ...graphFailures, ...laterFailures(written, names, source, shapeFailures)];
  if (deadline instanceof Failure) failures.push(deadline);
  if (value !== undefined) failures.push(...durationFailures(value, source));
  const learn = value?.policy?.learn === 'off' ? undefined : options.learn;
  if (learn === undefined) failures.push(...missingDurations(written, names, source));
  throwAll(failures);
  if (value === undefined || deadline === undefined || deadline instanceof Failure)
    throw new RangeError('a fault went untold');

  const position = new Map(names.map((name, i) => [name, i]));
  const unmeasured = order.flatMap((name) => {
    const one = value.steps[name];
    return one === undefined ? [] : [stepOf(name, one, options.folder, position)];
  });
  const steps = measuredSteps(unmeasured, learn, source);
  return {
    workflow: {
      name: value.workflow,
      project: value.project,
      labels: value.labels ?? {},
      unit: value.unit,
      deadline: deadline.at,
      policy: policyOf(value.policy),
      steps,
    },
    warnings: [...(deadline.warning === undefined ? [] : [deadline.warning]), ...steps.flatMap(stepWarnings)],
  };
}

type ReadStep = ReadWorkflow['steps'][string];

function stepOf(name: string, read: ReadStep, folder: string, position: ReadonlyMap<string, number>): UnmeasuredStep {
  const before = typeof read.after === 'string' ? [read.after] : (read.after ?? []);
  return {
    name,
    after: [...before].sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0)),
    command: read.run,
    environment: read.env ?? {},
    folder: resolve(folder, read.folder ?? '.'),
    declared: lengthOf(read.duration),
    needs: { cpus: read.needs?.cpus ?? 1, gpus: read.needs?.gpus ?? 0, memory: read.needs?.memory ?? 0 },
    power: read.power,
    interruptible: interruptibleOf(read.interruptible),
    retries: read.retries ?? 0,
    timeout: read.timeout,
    sites: read.sites,
    ...(read.levels === undefined ? {} : { levels: levelsOf(read.levels) }),
    ...(read.profiles === undefined ? {} : { profiles: profilesOf(read.profiles) }),
  };
}

const levelsOf = (read: NonNullable<ReadStep['levels']>): readonly StepLevel[] =>
  Object.entries(read)
    .map(([level, { speed, power, needs }]) => ({ level: Number(level), speed, power, needs: needsOf(needs) }))
    .sort((a, b) => a.level - b.level);

const profilesOf = (read: NonNullable<ReadStep['profiles']>): Readonly<Record<string, StepProfile>> =>
  Object.fromEntries(
    Object.entries(read).map(([hardware, { duration, power, needs }]) => {
      const length = lengthOf(duration);
      return [hardware, { duration: length?.p90, durationP50: length?.p50, power, needs: needsOf(needs) }];
    }),
  );

/** Only what is named. */
const needsOf = ({ cpus, gpus, memory }: NonNullable<ReadStep['needs']> = {}): Partial<Needs> => ({
  ...(cpus === undefined ? {} : { cpus }),
  ...(gpus === undefined ? {} : { gpus }),
  ...(memory === undefined ? {} : { memory }),
});
const lengthOf = (read: ReadStep['duration']): Length | undefined =>
  typeof read === 'number' ? { p50: read, p90: read } : read;

/** The steps with their lengths: learned where past runs say one, else declared. Throws where neither is known. */
function measuredSteps(steps: readonly UnmeasuredStep[], learn: Learner | undefined, source: Source): readonly Step[] {
  const failures: Failure[] = [];
  const measured = steps.flatMap((step): Step[] => {
    const learned = learn?.(step);
    const length = learned?.length ?? step.declared;
    if (length === undefined) {
      failures.push(missingDuration(step.name, source, ', until enough of its runs have ended well to say it'));
      return [];
    }
    return [{ ...step, duration: length.p90, durationP50: length.p50, learned }];
  });
  throwAll(failures);
  return measured;
}

function interruptibleOf(read: ReadStep['interruptible']): Interruptible {
  if (read === undefined || read === false) return { mode: 'never' };
  if (read === true) return { mode: 'freeze', pausedPower: watts(0) };
  if (read.mode === 'freeze') return { mode: 'freeze', pausedPower: read.pausedPower ?? watts(0) };
  return { mode: 'checkpoint', checkpoint: read.checkpoint, restart: read.restart, signal: read.signal ?? 'SIGUSR1' };
}

const policyOf = (read: ReadWorkflow['policy']): Policy => ({
  minPredictedSavingPercent: read?.minPredictedSaving ?? DEFAULT_MIN_PREDICTED_SAVING_PERCENT,
  maxDelay: read?.maxDelay,
  maxCostPremiumPercent: read?.cost?.maxPremium,
  ...(read?.quantile === undefined ? {} : { quantile: read.quantile / 100 }),
  allowCountries: read?.residency?.allowCountries,
});

function stepWarnings({ name, needs, power, duration, timeout }: Step): readonly string[] {
  const warnings: string[] = [];
  if (needs.gpus > 0 && power === undefined) {
    warnings.push(`steps.${name}: needs a GPU but names no power: only its CPUs are in the estimate`);
  }
  if (timeout !== undefined && timeout < duration) {
    warnings.push(
      `steps.${name}: the timeout is shorter than the duration, so a run of that length is ended before it is done`,
    );
  }
  return warnings;
}

// What follows looks at the written value before it is known to be right, so that all mistakes are told at once.

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const entry = (value: unknown, key: string): unknown =>
  isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;

function stepNames(written: unknown, document: PlainDocument | undefined): readonly string[] {
  if (document !== undefined) return document.keys(['steps']);
  const steps = entry(written, 'steps');
  return isRecord(steps) ? Object.keys(steps) : [];
}

function nodesOf(written: unknown, names: readonly string[]): readonly Node[] {
  const steps = entry(written, 'steps');
  return names.map((name) => {
    const after = entry(entry(steps, name), 'after');
    const listed = Array.isArray(after);
    const before: readonly unknown[] = listed ? after : [after];
    return { name, after: before.filter((one) => typeof one === 'string'), listed };
  });
}

function missingDurations(written: unknown, names: readonly string[], source: Source): readonly Failure[] {
  const steps = entry(written, 'steps');
  return names
    .filter((name) => isRecord(entry(steps, name)) && entry(entry(steps, name), 'duration') === undefined)
    .map((name) => missingDuration(name, source));
}

const missingDuration = (name: string, source: Source, until = ''): Failure =>
  new Failure(source.code, `steps.${name}.duration is missing`, {
    place: placeAt(source, ['steps', name, 'duration']),
    expected: `${DURATION_EXPECTED}${until}`,
  });

function deadlineOf(
  written: unknown,
  source: Source,
  now: Instant,
  timeZone: string,
): FoundDeadline | Failure | undefined {
  const text = entry(written, 'deadline');
  if (typeof text !== 'string') return undefined;
  try {
    return readDeadline(text, now, timeZone);
  } catch (thrown) {
    if (thrown instanceof Failure) return placed(thrown, placeAt(source, ['deadline']));
    throw asError(thrown);
  }
}

/** A key whose shape is wrong has been told so; its time comes when it is right. */
function laterFailures(
  written: unknown,
  names: readonly string[],
  source: Source,
  shapes: readonly Failure[],
): readonly Failure[] {
  const isWrong = (path: Path): boolean => {
    const name = pathName(path);
    return shapes.some(({ message }) => [name, `${name}.`, `${name}[`].includes(message.slice(0, name.length + 1)));
  };
  const later = (path: Path): Failure =>
    new Failure(
      'workload/not-yet',
      `${path.join('.')}: not yet: this version does not act on "${path.at(-1)}"; leave it out`,
      {
        place: placeAt(source, path, 'key'),
      },
    );
  const steps = entry(written, 'steps');
  const paths: readonly Path[] = [
    ...(entry(written, 'schedule') === undefined ? [] : [['schedule']]),
    ...names.flatMap((name) =>
      LATER_KEYS.filter((key) => entry(entry(steps, name), key) !== undefined).map((key) => ['steps', name, key]),
    ),
  ];
  return paths.filter((path) => !isWrong(path)).map(later);
}

function durationFailures(read: ReadWorkflow, source: Source): readonly Failure[] {
  const declared = Object.entries(read.steps).flatMap(([name, { duration, profiles = {} }]) => [
    { path: ['steps', name, 'duration'], duration },
    ...Object.entries(profiles).map(([hardware, profile]) => ({
      path: ['steps', name, 'profiles', hardware, 'duration'],
      duration: profile.duration,
    })),
  ]);
  return declared.flatMap(({ path, duration }) =>
    typeof duration !== 'object' || duration.p50 <= duration.p90
      ? []
      : [
          new Failure('workload/invalid', `${path.join('.')}: the median (p50) is longer than p90`, {
            place: placeAt(source, [...path, 'p50']),
            expected: 'p50 of at most p90',
          }),
        ],
  );
}
