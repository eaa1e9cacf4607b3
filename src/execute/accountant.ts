/**
 * Turns what meters say of running steps into samples of the ledger, in step with the work, and picks up what ran
 * while nobody looked.
 *
 * A run is measured by one or more probes. What they say is cut at each stop and continuation of the run, and adds up
 * in pieces until it is entered (`flush`): at the edges of slots, when a run begins or ends, and every minute. The mark of
 * the counters is stored in the same transaction as the samples it ends, so that the next controller continues exactly
 * there, and the energy of an unattended stretch is entered from the counters with the status `unattended`. Where the
 * counters are gone (another boot, no control group) the stretch is entered as `missing`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Clock, systemClock } from '../clock.ts';
import type { Factor, Sample } from '../ledger/index.ts';
import {
  chooseMeters,
  createMeters,
  type Gap,
  type ListedMeter,
  type Probe,
  type ProbeMark,
  type Reading,
  surroundingsOf,
  type Target,
} from '../meter/index.ts';
import type { Site } from '../site/index.ts';
import { type Instant, instant, type Microjoules, type Millis, microjoules, millis, type Watts } from '../units.ts';
import type { Executor } from './executor.ts';
import { endOfRun, stretchesOf } from './keep.ts';
import { cutReading, joinPieces, type Piece } from './pieces.ts';
import type { StepRun } from './step-phase.ts';

/** What is written in one transaction. */
export interface Entry {
  readonly samples: readonly Sample[];
  readonly factors: readonly Factor[];
  /** Step-run id → counters at the end of these samples. */
  readonly marks: Readonly<Record<string, string>>;
}

export interface AccountantOptions {
  readonly workflowRun: string;
  readonly executor: Pick<Executor, 'observe'>;
  readonly clock: Clock;
  readonly wallNow: () => Instant;
  readonly factors: (site: Site, start: Instant, end: Instant) => readonly Factor[];
  readonly write: (entry: Entry) => Promise<void>;
  /** The meters of a site; those of this machine by default. */
  readonly metersOf?: (site: Site) => readonly ListedMeter[];
}

/** A run as the accountant follows it. */
export interface Subject {
  readonly id: string;
  readonly step: string;
  readonly site: Site;
  readonly run: StepRun;
  readonly cpus: number;
  readonly gpus: number;
  /** What it is declared to draw while it stands frozen. */
  readonly pausedPower: Watts;
  /** Counters at the end of the last sample in the ledger, `undefined` when there is none. */
  readonly mark: string | undefined;
}

export interface Accountant {
  /** Starts to follow a run; `unattended` when it began without this process. */
  follow(subject: Subject, unattended: boolean): void;
  /** Reads every meter once. */
  read(): void;
  /** IT energy that was read and is not entered yet, by step. */
  pending(): ReadonlyMap<string, Microjoules>;
  /** Watts of all followed runs at the last reading; `undefined` before the first. */
  powerW(): number | undefined;
  /** Meter names in use. */
  meters(): string[];
  /** Enters what has been read since the last entry. */
  flush(): Promise<void>;
  /** Reads and enters the rest of a run that has ended, and forgets it. */
  settle(run: StepRun, id: string): Promise<void>;
  close(): void;
}

/** What one probe has read but nobody has entered yet, on wall time. */
interface Open {
  readonly probe: Probe;
  pieces: readonly Piece[];
  /** How far it has read. */
  end: Instant;
  unattended: boolean;
  notes: Set<string>;
  /** Wall time of the last attempt to read. */
  readAt: Instant;
  /** Watts at the last reading. */
  power: number | undefined;
}

interface Followed {
  readonly subject: Subject;
  readonly opens: Open[];
  /** Wall time whose energy nobody will ever know, not yet entered. */
  readonly missing: (Gap & { readonly meter: string })[];
  /** Nothing here can measure it: since when it is not entered, and why. */
  unmeasured: { readonly since: Instant; readonly why: string } | undefined;
}

/** Stands where a meter's name would where nothing measures: how far that is entered must be known, too. */
const NO_METER = 'none';
/** A stretch shorter than this is not worth a row saying that it is missing. */
const SHORTEST_GAP: Millis = millis(1_000);

export function openAccountant(options: AccountantOptions): Accountant {
  const followed = new Map<string, Followed>();
  const meters = new Map<string, readonly ListedMeter[]>();

  /** Made once a site: some of them start programs. */
  const metersAt = (site: Site): readonly ListedMeter[] => {
    const metersOf = options.metersOf ?? (({ machine }) => createMeters(surroundingsOf(machine, systemClock)));
    const made = meters.get(site.name) ?? metersOf(site);
    meters.set(site.name, made);
    return made;
  };

  const follow = (subject: Subject, unattended: boolean): void => {
    if (followed.has(subject.id)) return;
    const seen = subject.run.seen;
    if (seen.state === 'absent') return;
    const target: Target = {
      runId: subject.id,
      cgroup: seen.cgroup,
      pid: seen.state === 'running' ? seen.pid : 0,
      cpus: subject.cpus,
      gpus: subject.gpus,
      startedAt: seen.since,
      endedCpuMicros: () => {
        const now = options.executor.observe(subject.run.folder);
        return now.state === 'ended' ? now.cpuMicros : undefined;
      },
    };
    const marks = subject.mark === undefined ? {} : parseMarks(subject.mark);
    const { probes, passedOver } = chooseMeters(target, subject.site.machine, {
      clock: systemClock,
      meters: metersAt(subject.site),
      marks,
    });
    const why = passedOver.map((other) => `${other.meter}: ${other.why}`).join('; ');
    followed.set(subject.id, {
      subject,
      opens: probes.map((probe) => newOpen(probe, marks[probe.meter]?.at ?? seen.since, unattended)),
      missing: [],
      unmeasured: probes.length === 0 ? { since: marks[NO_METER]?.at ?? seen.since, why } : undefined,
    });
  };

  const readOne = (item: Followed, last = false): void => {
    for (const open of item.opens) {
      const wall = options.wallNow();
      if (!last && wall - open.readAt < (open.probe.every ?? 0)) continue;
      open.readAt = wall;
      const reading = open.probe.read();
      if (reading !== undefined) {
        add(open, reading, item.subject);
        continue;
      }
      const gap = open.probe.gap?.();
      if (gap === undefined) continue;
      item.missing.push({ meter: open.probe.meter, ...gap });
      open.end = gap.end;
    }
  };

  const entryOf = (items: readonly Followed[]): Entry => {
    const samples = items.flatMap((item) => [
      ...item.opens.flatMap((open) => samplesOf(options, item.subject, open)),
      ...missingOf(options, item),
    ]);
    const spans = new Map<Site, { start: Instant; end: Instant }>();
    for (const item of items) {
      for (const sample of samples.filter((one) => one.run === item.subject.id)) {
        const span = spans.get(item.subject.site);
        spans.set(item.subject.site, {
          start: instant(Math.min(span?.start ?? sample.start, sample.start)),
          end: instant(Math.max(span?.end ?? sample.end, sample.end)),
        });
      }
    }
    const factors = [...spans].flatMap(([site, span]) => options.factors(site, span.start, span.end));
    const marks = Object.fromEntries(
      items.map(({ subject, opens, unmeasured }) => {
        const own: [string, ProbeMark][] = opens.map(({ probe }) => [probe.meter, probe.mark()]);
        if (unmeasured !== undefined) own.push([NO_METER, { at: unmeasured.since, bootId: '', counters: {} }]);
        return [subject.id, JSON.stringify(Object.fromEntries(own))];
      }),
    );
    return { samples, factors, marks };
  };

  const enter = async (items: readonly Followed[]): Promise<void> => {
    const entry = entryOf(items);
    if (entry.samples.length === 0) return;
    await options.write(entry);
    for (const item of items) {
      for (const open of item.opens) reset(open);
      item.missing.length = 0;
    }
  };

  return {
    follow,
    read() {
      for (const item of followed.values()) readOne(item);
    },
    powerW() {
      const powers = [...followed.values()].flatMap((item) => item.opens.map((open) => open.power));
      const known = powers.filter((power) => power !== undefined);
      return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
    },
    pending() {
      const sums = new Map<string, Microjoules>();
      for (const { subject, opens } of followed.values()) {
        const read = opens.flatMap((open) => open.pieces).reduce((sum, piece) => sum + piece.dynamic + piece.idle, 0n);
        sums.set(subject.step, microjoules((sums.get(subject.step) ?? 0n) + read));
      }
      return sums;
    },
    meters: () => [...new Set([...followed.values()].flatMap((item) => item.opens.map((open) => open.probe.meter)))],
    flush: () => enter([...followed.values()]),
    async settle(run, id) {
      const item = followed.get(id);
      if (item === undefined) return;
      const ended: Followed = { ...item, subject: { ...item.subject, run } };
      for (const open of ended.opens) await open.probe.settle?.();
      readOne(ended, true);
      const end = endOfRun(run, options.wallNow());
      for (const open of ended.opens) {
        open.pieces = endingAt(open.pieces, end);
        if (end - open.end < SHORTEST_GAP) continue;
        ended.missing.push({ meter: open.probe.meter, start: open.end, end, why: 'its last reading failed' });
      }
      await enter([ended]);
      for (const open of ended.opens) open.probe.close();
      followed.delete(id);
    },
    close() {
      for (const item of followed.values()) for (const open of item.opens) open.probe.close();
      followed.clear();
    },
  };
}

const newOpen = (probe: Probe, start: Instant, unattended: boolean): Open => ({
  probe,
  pieces: [],
  end: start,
  unattended,
  readAt: instant(0),
  notes: new Set(),
  power: undefined,
});

function add(open: Open, reading: Reading, { run, pausedPower }: Subject): void {
  open.pieces = joinPieces(open.pieces, cutReading(reading, stretchesOf(run, reading.end), pausedPower));
  open.end = reading.end;
  if (reading.note !== undefined) open.notes.add(reading.note);
  const seconds = (reading.end - reading.start) / 1000;
  if (seconds > 0) open.power = Number(reading.dynamic + reading.idle) / 1e6 / seconds;
}

/** A reading is taken a little after the end of what it reads: the last piece ends where the run did. */
function endingAt(pieces: readonly Piece[], end: Instant): readonly Piece[] {
  const last = pieces.at(-1);
  return last === undefined || last.end <= end || last.start >= end
    ? pieces
    : [...pieces.slice(0, -1), { ...last, end }];
}

function reset(open: Open): void {
  open.pieces = [];
  open.unattended = false;
  open.notes = new Set();
}

function samplesOf(options: AccountantOptions, subject: Subject, open: Open): Sample[] {
  const { probe, notes, unattended } = open;
  const common = {
    meter: probe.meter,
    tier: probe.tier,
    boundary: probe.boundary,
    gsd: probe.gsd,
    status: unattended ? 'unattended' : 'ok',
    note: notes.size === 0 ? null : [...notes].join('; '),
  } as const;
  return open.pieces.flatMap(({ start, end, stopped, dynamic, idle }) => {
    // Standing still costs what was declared for it; mostly nothing, and then there is nothing to enter.
    if (end <= start || (stopped && dynamic === 0n && idle === 0n)) return [];
    const sample = (kind: Sample['kind'], energy: bigint): Sample =>
      sampleOf(options, subject, { ...common, kind, start, end, energy: microjoules(energy) });
    return [sample('dynamic', dynamic), sample('idle', idle)];
  });
}

/** Stretches without a figure: entered as missing, never as zero. */
function missingOf(options: AccountantOptions, item: Followed): Sample[] {
  const { subject, unmeasured } = item;
  const { seen } = subject.run;
  const over = seen.state === 'ended' || seen.state === 'lost' ? endOfRun(subject.run, options.wallNow()) : undefined;
  // What a meter calls a gap may reach to the moment of asking; the run did not.
  const gaps = item.missing.map((gap) => ({ ...gap, end: instant(Math.min(gap.end, over ?? gap.end)) }));
  if (unmeasured !== undefined) {
    const end = endOfRun(subject.run, options.wallNow());
    if (end - unmeasured.since >= SHORTEST_GAP) {
      gaps.push({
        meter: NO_METER,
        start: unmeasured.since,
        end,
        why: unmeasured.why || 'nothing here can measure it',
      });
      item.unmeasured = { ...unmeasured, since: end };
    }
  }
  return gaps
    .filter(({ start, end }) => end > start)
    .map(({ meter, start, end, why }) =>
      sampleOf(options, subject, {
        meter,
        tier: 'E',
        boundary: 'machine',
        gsd: 1,
        kind: 'dynamic',
        start,
        end,
        energy: null,
        status: 'missing',
        note: why,
      }),
    );
}

function sampleOf(
  options: AccountantOptions,
  subject: Subject,
  what: Pick<Sample, 'meter' | 'tier' | 'boundary' | 'gsd' | 'kind' | 'energy' | 'status' | 'note' | 'start' | 'end'>,
): Sample {
  const start = options.clock.fromWall(what.start);
  const name = `${subject.id}|${what.meter}|${what.kind}|${what.status === 'missing' ? 'missing|' : ''}${what.start}`;
  return {
    ...what,
    id: createHash('sha256').update(name).digest('hex').slice(0, 24),
    workflowRun: options.workflowRun,
    step: subject.step,
    run: subject.id,
    site: subject.site.name,
    zone: subject.site.zone,
    start: instant(Math.round(start)),
    end: instant(Math.round(options.clock.fromWall(what.end))),
    timeScale: options.clock.speed,
  };
}

const MARKS = z.record(
  z.string(),
  z.object({ at: z.number().transform(instant), bootId: z.string(), counters: z.record(z.string(), z.string()) }),
);

/** Marks by meter name, as `entryOf` wrote them. Without one that can be read, what ran meanwhile is a gap. */
function parseMarks(text: string): Readonly<Record<string, ProbeMark>> {
  try {
    return MARKS.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
