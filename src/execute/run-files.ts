/**
 * The files of a workflow run: what any process (a controller, the guard, a command) needs to know about it when
 * no other lives. Files that are read whole are written by rename, so that nobody sees half of one; `stretches` grows by
 * lines.
 *
 *     <home>/runs/<workflow run>/
 *       orders.json                 what the guard may do without anyone, and when it must
 *       environment.json            the environment of whoever submitted it; removed when it has ended
 *       attended                    identity of the controller that plans it; gone, or dead: nobody does
 *       guard                       identity of the guard process
 *       hold                        people paused the workflow: nobody starts or thaws it
 *       cancel                      people ended the workflow
 *       begun/<step>.<number>       that step run has begun: should its folder be removed, it does not begin again
 *       steps/<step>/<number>/      one step run: the wrapper's files (see start.sh), and
 *         cgroup                    folder of its control group
 *         pause.json                it was asked to stop, and when it must go on
 *         asked                     it was asked for its checkpoint
 *         ending                    it was asked to end (its time says when)
 *         stretches                 one line for each stop and each continuation
 *         alive                     its time says when somebody last saw it running
 *
 * @module
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ClockOrigin } from '../clock.ts';
import { type Instant, instant, type Millis } from '../units.ts';
import { parseEnvironment, parseOrders, parsePause } from './codecs.ts';

/** A step as the guard must know it. */
export interface StepOrder {
  readonly name: string;
  readonly after: readonly string[];
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly retries: number;
  readonly timeout: Millis | null;
  /** No later than this it starts; when it goes on after a pause is said by its `pause.json`. On the run's clock. */
  readonly latestStart: Instant;
  /** When the last plan has it start or go on, ascending: kept while nobody plans anew. */
  readonly starts: readonly Instant[];
  /** The size at which it starts; absent: 1. */
  readonly level?: number;
}

export interface Orders {
  readonly schemaVersion: 1;
  readonly workflowRun: string;
  readonly clock: ClockOrigin;
  readonly steps: readonly StepOrder[];
}

/** Why a run stands still, and until when at most. Instants on the run's clock. */
export interface Pause {
  readonly at: Instant;
  readonly resumeBy: Instant;
  readonly mode: 'freeze' | 'checkpoint';
}

/** One stop or continuation, at wall time. */
export interface Turn {
  readonly wall: Instant;
  readonly turn: 'stop' | 'go';
  readonly by: string;
}

/** Writes `content` so that a reader sees the old or the new file, never half of one. */
export function writeWhole(file: string, content: string): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: 0o600, flush: true });
  renameSync(draft, file);
}

/** What the store calls a step run. */
export const stepRunId = (workflowRun: string, step: string, number: number): string =>
  `${workflowRun}/${step}/${number}`;

/** What the executor knows a step run by. */
export const nameOf = (id: string): string => id.replaceAll('/', '.');

export const runFolder = (root: string, step: string, number: number): string =>
  join(root, 'steps', step, String(number));

/** Numbers of the step's runs so far, ascending. */
export function runNumbers(root: string, step: string): number[] {
  try {
    return readdirSync(join(root, 'steps', step))
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

const begunFile = (root: string, step: string, number: number): string => join(root, 'begun', `${step}.${number}`);

export function markBegun(root: string, step: string, number: number): void {
  mkdirSync(join(root, 'begun'), { recursive: true, mode: 0o700 });
  writeFileSync(begunFile(root, step, number), '', { mode: 0o600 });
}

export const hasBegun = (root: string, step: string, number: number): boolean =>
  existsSync(begunFile(root, step, number));

export function writeOrders(root: string, orders: Orders): void {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  writeWhole(join(root, 'orders.json'), JSON.stringify(orders));
}

/**
 * `undefined`: there are none, the run's folder is gone. `unreadable`: they are damaged or cannot be read; a controller
 * writes them anew.
 */
export function readOrders(root: string): Orders | 'unreadable' | undefined {
  let text: string;
  try {
    text = readFileSync(join(root, 'orders.json'), 'utf8');
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT' ? undefined : 'unreadable';
  }
  return parseOrders(text) ?? 'unreadable';
}

/** Stands in for a pause that cannot be read: it is over, since nothing says how long it may last. */
export const UNREADABLE_PAUSE: Pause = { at: instant(0), resumeBy: instant(0), mode: 'freeze' };

export const readPause = (folder: string): Pause | undefined => {
  const text = readText(join(folder, 'pause.json'));
  return text === undefined ? undefined : (parsePause(text) ?? UNREADABLE_PAUSE);
};

/** Noted by the wrapper, whose start it is; 1 where it did not come to that. */
export const readLevel = (folder: string): number =>
  Number(/^\d+/.exec(readText(join(folder, 'level')) ?? '')?.[0] ?? 1);

export const writePause = (folder: string, pause: Pause): void =>
  writeWhole(join(folder, 'pause.json'), JSON.stringify(pause));

export const clearPause = (folder: string): void => rmSync(join(folder, 'pause.json'), { force: true });

export function appendTurn(folder: string, turn: Turn): void {
  appendFileSync(join(folder, 'stretches'), `${turn.wall} ${turn.turn} ${turn.by}\n`, { mode: 0o600, flush: true });
}

/** The stops and continuations of a run, in the order in which they happened; repeats of the same turn left out. */
export function readTurns(folder: string): Turn[] {
  const turns: Turn[] = [];
  for (const line of (readText(join(folder, 'stretches')) ?? '').split('\n')) {
    const match = /^(\d+) (stop|go) (\S+)$/.exec(line);
    if (match === null) continue;
    const turn = match[2] === 'stop' ? 'stop' : 'go';
    if ((turns.at(-1)?.turn ?? 'go') !== turn)
      turns.push({ wall: instant(Number(match[1])), turn, by: match[3] ?? '' });
  }
  return turns;
}

/** `asked`: a run was asked for its checkpoint; the others as in the head of this file. */
export type Mark = 'hold' | 'cancel' | 'ending' | 'asked' | 'alive';

/** Files whose presence says something: set, clear, and since when (wall time). */
export const markSet = (root: string, mark: Mark, text = ''): void => {
  if (!existsSync(join(root, mark))) writeWhole(join(root, mark), text);
};
/** Has the mark say `wall`, whether it was there or not. */
export const markAt = (root: string, mark: Mark, wall: Instant): void => {
  markSet(root, mark);
  utimesSync(join(root, mark), wall / 1_000, wall / 1_000);
};
export const markClear = (root: string, mark: Mark): void => rmSync(join(root, mark), { force: true });
export const markedSince = (root: string, mark: Mark): Instant | undefined => {
  try {
    return instant(Math.floor(statSync(join(root, mark)).mtimeMs));
  } catch {
    return undefined;
  }
};

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Keeps the environment in which a workflow was submitted, so that whoever starts its steps later (a guard after a
 * reboot, another shell) starts them in the same one. It may hold secrets: only its owner can read it, and it is removed
 * when the run has ended.
 */
export function keepEnvironment(root: string, environment: NodeJS.ProcessEnv): void {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  writeWhole(join(root, 'environment.json'), JSON.stringify(environment));
}

export const forgetEnvironment = (root: string): void => rmSync(join(root, 'environment.json'), { force: true });

/**
 * The kept environment. This process's own where none is kept, or where it cannot be read: a step starts in a poorer
 * one rather than never.
 */
export function readEnvironment(root: string): Readonly<Record<string, string>> {
  const text = readText(join(root, 'environment.json'));
  const kept = text === undefined ? undefined : parseEnvironment(text);
  return kept ?? parseEnvironment(JSON.stringify(process.env)) ?? {};
}
