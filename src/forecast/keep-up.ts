/**
 * Forecasts beside long work: once an hour and zone a process of its own learns and issues one, whoever and however many
 * ask for it, so that no decision waits and no run carries a model. It ends with whoever started it; then the last forecast
 * stays in force, and what was read of the past is kept.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { PROVIDERS, type Series } from '../grid/index.ts';
import { HOUR, type Instant } from '../units.ts';
import { originAt } from './zone-forecast.ts';

/** Below what people and their work are given. */
const NICE = 10;

export interface KeepUpOptions {
  /** Folder of the store. */
  readonly home: string;
  readonly now: () => Instant;
  /** The zones that it is done for: those of the sites, and not whatever somebody asks about. */
  readonly zones: () => Promise<ReadonlySet<string>>;
  /** The program and its first arguments that make a forecast: `… forecast`. */
  readonly command: readonly [program: string, ...words: string[]];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
}

/**
 * Has the forecast of what `published` is an answer of made for this hour, unless somebody has. Resolves when that is over;
 * never rejects.
 */
export type KeepUp = (published: Series) => Promise<void>;

export function keepUp(options: KeepUpOptions): KeepUp {
  const { home, now, zones, signal } = options;
  const folder = join(home, 'forecasts');
  /** One after the other: a machine with many zones has other work. */
  let last = Promise.resolve();
  return ({ zone, provenance }) => {
    const hour = originAt(now()) / HOUR;
    const turn = async (): Promise<void> => {
      if (signal.aborted || !isPlain(zone) || !(await zones()).has(zone) || !claim(folder, zone, hour)) return;
      // A year of the past is asked for unasked only where that costs nobody's quota.
      const costs = (PROVIDERS.find(({ id }) => id === provenance.provider)?.keys.length ?? 1) > 0;
      await make(options, [zone, '--home', home, '--json', ...(costs ? ['--no-backfill'] : [])]);
    };
    last = last.then(turn).catch(() => {}); // no process was to be had, which the next hour tries again
    return last;
  };
}

/** Zones become names of files and words of a command. */
const isPlain = (zone: string): boolean => /^[A-Z0-9-]{2,40}$/.test(zone) && !zone.startsWith('-');

/** Runs the command to its end, or ours. */
function make({ command, cwd, environment, signal }: KeepUpOptions, more: readonly string[]): Promise<void> {
  const [program, ...words] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...words, ...more], {
      cwd,
      env: environment,
      // The channel carries nothing: that it breaks tells the child that we are gone.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      signal,
    });
    const end = (): void => void child.kill();
    const settle = (error?: Error): void => {
      process.off('exit', end);
      if (error === undefined) resolve();
      else reject(error);
    };
    process.once('exit', end);
    child.once('exit', () => settle());
    child.once('error', settle);
    child.unref();
    child.channel?.unref();
    if (child.pid !== undefined) giveWay(child.pid);
  });
}

function giveWay(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // it has ended, or the system does not let us: it is the same work
  }
}

/**
 * Whether this process is the one to do it: a file for the hour that only the first can make. Who comes with an earlier hour
 * than another came with has a clock that is behind.
 */
function claim(folder: string, zone: string, hour: number): boolean {
  const hourOf = (name: string): number =>
    name.startsWith(`${zone}.`) ? Number(name.slice(zone.length + 1)) : Number.NaN;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const before = readdirSync(folder);
    if (before.some((name) => hourOf(name) > hour)) return false;
    closeSync(openSync(join(folder, `${zone}.${hour}`), 'wx', 0o600));
    for (const name of before) if (hourOf(name) < hour) rmSync(join(folder, name), { force: true });
    return true;
  } catch {
    return false; // claimed, or a disk that takes nothing: then there is no store to keep it in either
  }
}
