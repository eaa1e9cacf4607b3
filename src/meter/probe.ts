/**
 * What every probe over cumulative counters shares: the interval of a reading, marks that outlive the process, and the
 * rule that what cannot be known is a gap and never a zero.
 *
 * @module
 */
import { after, type Instant, type Microjoules, type Millis, millis } from '../units.ts';
import { CountersGone } from './counter-file.ts';
import type { Boundary, Gap, Probe, ProbeMark, Reading, Tier } from './meter.ts';
import { readBootId } from './proc.ts';
import type { Surroundings } from './surroundings.ts';
import type { Moment } from './timepiece.ts';

/** Cumulative counters by name, all taken at one moment. */
export type Counters = Readonly<Record<string, bigint>>;

/** What two sets of counters say about the time between them. */
export type Difference =
  | {
      readonly dynamic: Microjoules;
      readonly idle: Microjoules;
      readonly cpuMicros: bigint | undefined;
      readonly note: string | undefined;
    }
  /** The counters cannot be trusted over this time: it is lost. */
  | { readonly lost: string }
  /** Too early to tell: nothing is lost, the next reading covers this time too. */
  | { readonly wait: true };

export interface ProbeParts {
  readonly meter: string;
  readonly tier: Tier;
  readonly boundary: Boundary;
  readonly gsd: number;
  readonly idlePolicy: string;
  readonly every?: Millis | undefined;
  /** Names what is counted; a mark of another source is not continued. */
  readonly source: string;
  /** Throws when the counters cannot be read just now. */
  take(): Counters;
  difference(before: Counters, now: Counters, elapsed: Millis): Difference;
  /** What a mark holds besides the counters. */
  memory?(): Readonly<Record<string, string>>;
  close(): void;
}

interface Base extends Moment {
  readonly counters: Counters;
}

/** Wall time and time since boot may differ by this much before the wall clock counts as turned. */
const TURNED_MS = 250;
/** Slack for the 10 ms steps of the uptime and the scheduler's tick. */
const ALLOWANCE_MS = 20;

/**
 * The largest plausible growth over `elapsed` at `limitPerSecond`, plus five per cent and the resolution of the clocks.
 * What grows faster is a glitch.
 */
export const plausible = (limitPerSecond: number, elapsed: Millis): number =>
  (limitPerSecond * 1.05 * (elapsed + ALLOWANCE_MS)) / 1_000;

/**
 * Opens a probe over `parts`.
 *
 * @param mark continues from here, if it is of this boot and this source; else the time since it is a gap
 * @param begun continues from here when there is no mark: the counters at a known moment
 */
export function openProbe(
  parts: ProbeParts,
  { timepiece, roots }: Surroundings,
  mark: ProbeMark | undefined,
  begun: { readonly at: Instant; readonly counters: Counters | undefined } | undefined,
): Probe {
  const { take, difference, memory, close, source, every, ...facts } = parts;
  const bootId = readBootId(roots.proc);
  const release = timepiece.use();
  const now = (): Base => {
    const counters = take();
    const { wall, uptime } = timepiece.now();
    return { wall, uptime, counters };
  };

  const opened = timepiece.now();
  const openedAt = opened.wall;
  let isOpen = true;
  let base: Base | undefined;
  /** Lost before the first reading. */
  let pending: Gap | undefined;
  let gap: Gap | undefined;

  const continued = mark === undefined ? undefined : momentOf(mark, bootId, source);
  if (typeof continued === 'object') base = continued;
  else if (begun?.counters !== undefined && mark === undefined && isOfThisBoot(begun.at, opened)) {
    base = { wall: begun.at, uptime: undefined, counters: begun.counters };
  } else {
    const since = mark?.at ?? begun?.at;
    const why = continued ?? 'the meter was opened after the run had started';
    try {
      base = now();
    } catch {
      // Read fails just now: the first reading that succeeds begins the account.
    }
    const start = since ?? openedAt;
    if (base !== undefined && since !== undefined && since < base.wall) pending = { start, end: base.wall, why };
    if (base === undefined) pending = { start, end: openedAt, why: 'the counters could not be read' };
  }

  const lose = (start: Instant, end: Instant, why: string): undefined => {
    gap = { start, end, why };
    return undefined;
  };

  /** The time up to now is lost, and so will be what follows: said again each time, for the time in between. */
  const forego = (why: string): undefined => {
    const moment = timepiece.now();
    const start = base?.wall ?? pending?.start ?? openedAt;
    pending = undefined;
    base = { ...moment, counters: base?.counters ?? {} };
    return moment.wall > start ? lose(start, moment.wall, why) : undefined;
  };

  return {
    ...facts,
    ...(every === undefined ? {} : { every }),
    read() {
      gap = undefined;
      if (!isOpen) return undefined;
      if (pending !== undefined && base !== undefined) {
        gap = pending;
        pending = undefined;
        return undefined;
      }
      let current: Base;
      try {
        current = now();
      } catch (error) {
        return error instanceof CountersGone ? forego(error.message) : undefined;
      }
      const previous = base;
      if (previous === undefined) {
        base = current;
        const start = pending?.start ?? openedAt;
        pending = undefined;
        return lose(start, current.wall, 'the counters could not be read');
      }
      const time = elapsedBetween(previous, current);
      if (time.elapsed < 0) {
        base = current;
        return lose(current.wall, current.wall, 'the clock went back, and nothing else tells how long it was');
      }
      if (time.elapsed === 0) return undefined;
      const said = difference(previous.counters, current.counters, millis(time.elapsed));
      if ('wait' in said) return undefined;
      base = current;
      if ('lost' in said) return lose(time.start, current.wall, said.lost);
      return {
        start: time.start,
        end: current.wall,
        dynamic: said.dynamic,
        idle: said.idle,
        cpuMicros: said.cpuMicros,
        note:
          said.note === undefined || time.note === undefined ? (said.note ?? time.note) : `${said.note}; ${time.note}`,
      } satisfies Reading;
    },
    gap: () => gap,
    mark() {
      const counters: Record<string, string> = { source, ...memory?.() };
      if (base?.uptime !== undefined) counters['uptimeMs'] = String(base.uptime);
      for (const [name, value] of Object.entries(base?.counters ?? {})) counters[`n:${name}`] = String(value);
      return { at: base?.wall ?? openedAt, bootId: bootId ?? '', counters };
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      release();
      close();
    },
  };
}

/**
 * The length of a reading: wall time, unless the wall clock was turned meanwhile; then the time since boot tells.
 * The interval starts where the last one ended, or, when the wall clock went back, its own length before its end.
 */
function elapsedBetween(
  before: Moment,
  now: Moment,
): { readonly start: Instant; readonly elapsed: number; readonly note?: string } {
  const wall = now.wall - before.wall;
  if (before.uptime === undefined || now.uptime === undefined) return { start: before.wall, elapsed: wall };
  const real = now.uptime - before.uptime;
  // Time since boot moves in steps of 10 ms; a small turn back shows as a negative wall length.
  if (wall >= 0 && Math.abs(wall - real) <= TURNED_MS) return { start: before.wall, elapsed: wall };
  const start = wall >= 0 ? before.wall : after(now.wall, -real);
  return { start, elapsed: real, note: 'the wall clock was turned during this reading' };
}

/** The moment that `mark` holds, or why it cannot be continued. */
function momentOf(mark: ProbeMark, bootId: string | undefined, source: string): Base | string {
  if (bootId === undefined || mark.bootId === '') return 'the machine does not tell its boots apart';
  if (mark.bootId !== bootId) return 'the machine was restarted';
  if (mark.counters['source'] !== source) return 'the run was counted in another way before';
  const counters: Record<string, bigint> = {};
  let uptime: number | undefined;
  for (const [name, text] of Object.entries(mark.counters)) {
    if (!/^\d+$/.test(text)) continue;
    if (name === 'uptimeMs') uptime = Number(text);
    if (name.startsWith('n:')) counters[name.slice(2)] = BigInt(text);
  }
  if (Object.keys(counters).length === 0) return 'the mark holds no counters';
  return { wall: mark.at, uptime, counters };
}

const isOfThisBoot = (at: Instant, { wall, uptime }: Moment): boolean =>
  at <= wall && (uptime === undefined || wall - at <= uptime + 1_000);
