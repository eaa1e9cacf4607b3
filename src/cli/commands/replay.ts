/**
 * `gridtide replay`: past jobs on a past grid, before anything is switched on.
 *
 * @module
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type Capacity,
  type JobHistory,
  type PlaceOptions,
  placeName,
  type ReplayChange,
  type ReplayReport,
  type ReplayWhatIf,
  replays,
  type ZonePast,
} from '../../app.ts';
import { parseInstant } from '../../calendar.ts';
import { Failure } from '../../errors.ts';
import { writeNumber } from '../../figures.ts';
import { DAY, formatInstant, HOUR, type Instant, instant, parsePower } from '../../units.ts';
import { appFor, columns, show } from '../context.ts';
import { drawReplay } from '../draw/index.ts';
import type { ReplayOptions } from '../options.ts';
import { note, printJson } from '../output.ts';
import { notesOf } from './replay-notes.ts';
import { byOf, readingOf } from './replay-options.ts';

/** So far before the first job the grid is read, for forecasts to learn from. */
const LEARNED = 730 * DAY;
/** So far after the last submission: most slacks are shorter. */
const AHEAD = 60 * DAY;
/** The slacks that the picture's curve shows, times the one that was asked. */
const CURVE = [0.25, 0.5, 1, 2] as const;

type Rooms = Awaited<ReturnType<typeof replays>>;

export async function replay(file: string, options: ReplayOptions): Promise<number> {
  // While it computes it hears nobody: Ctrl-C is to end the process itself, which leaves nothing half done.
  const { signal } = new AbortController();
  const { zone: zones, at: firstAtText, ...rest } = options;
  const rooms = await replays();
  const reading = readingOf(options, rooms);
  const slack = rooms.slackOf(options.slack);
  const changes = (options.whatIf ?? []).map(rooms.parseWhatIf);
  const capacity = capacityOf(options, changes);
  const by = byOf(options);
  const firstAt = firstAtText === undefined ? undefined : momentOf(firstAtText);
  const [home] = zones ?? [];
  const app = await appFor({ ...rest, ...(home === undefined ? {} : { zone: home }) }, signal);
  const history = await rooms.readJobs({ ...reading, path: resolve(file), name: file, signal });
  const named = zones ?? (await app.sites()).slice(0, 1).map((site) => site.zone);
  const further = changes.flatMap((change) => ('zones' in change ? change.zones : []));
  const names = [...new Set([...named, ...further])];
  const pasts = await app.gridsPast(names, spanOf(history, firstAt, app.now));
  const pastsOf = (some: readonly string[]) => pasts.filter((_, i) => some.includes(names[i] ?? ''));
  const asked = pastsOf(named);
  const place = (past: readonly ZonePast[]) => rooms.placesOf(placed(past), { fitted: capacity !== undefined });
  const power = powerOf(options, rooms);
  const report = rooms.replay({
    past: history.jobs,
    places: place(asked),
    slack,
    capacity,
    firstAt,
    power,
    by,
    ...(options.perfect === true ? {} : { foresee: foreseeing(pasts, options, rooms) }),
    changes: changes.map((change) => changeOf(change, { named, capacity, place: (some) => place(pastsOf(some)) })),
    slacks: options.svg === undefined ? [] : CURVE,
  });
  const notes = notesOf(history, report, asked, options);
  if (options.svg !== undefined) {
    const picture = rooms.drawPicture(report, {
      title: placeNames(report),
      timeZone: app.timeZone,
      power: power.words,
      notes,
    });
    writeWhole(resolve(options.svg), picture);
    note(`The picture is in ${options.svg}.`);
  }
  if (options.json) printJson({ ...toJson(report, history), notes });
  else {
    show(
      drawReplay(report, {
        columns: columns(),
        timeZone: app.timeZone,
        place: placeNames(report),
        slack: options.slack,
        power: power.words,
        notes,
      }),
    );
  }
  return 0;
}

const placeNames = ({ zones }: ReplayReport): string => zones.map(({ zone }) => placeName(zone)).join(', ');

/** A zone without a site of its own is taken as built like the first one's: else its PUE alone would save something. */
function placed(pasts: readonly ZonePast[]): [PlaceOptions, ...PlaceOptions[]] {
  const [first, ...others] = pasts;
  if (first === undefined) throw new Failure('grid/no-zone', 'no site has a zone', { expected: '--zone ZONE' });
  const toPlace = ({ zone, site = first.site, outlook }: ZonePast): PlaceOptions => ({
    zone,
    pue: site?.pue ?? 1,
    price: site?.price,
    outlook,
  });
  return [toPlace(first), ...others.map(toPlace)];
}

function foreseeing(pasts: readonly ZonePast[], { every }: ReplayOptions, { EVERY_H, knownThen }: Rooms) {
  if (!EVERY_H.includes(every))
    throw new Failure('cli/usage', '--every', { value: String(every), expected: `one of ${EVERY_H.join(', ')} hours` });
  return knownThen({
    records: new Map(pasts.map(({ zone, record }) => [zone, record])),
    everyH: every,
    onZone: (zone) => note(`learning ${zone}, as it was known day by day`),
  });
}

interface Asked {
  readonly named: readonly string[];
  readonly place: (zones: readonly string[]) => ReturnType<Rooms['placesOf']>;
  readonly capacity: Capacity | undefined;
}

function changeOf(change: ReplayWhatIf, { named, place, capacity }: Asked): ReplayChange {
  const { name } = change;
  if ('slack' in change) return { name, with: { slack: change.slack } };
  if ('slackTimes' in change) return { name, with: { slackTimes: change.slackTimes } };
  if ('capacity' in change) return { name, with: { capacity: capacity && change.capacity(capacity) } };
  return { name, with: { places: place([...named, ...change.zones]) } };
}

function capacityOf({ cpus, gpus }: ReplayOptions, changes: readonly ReplayWhatIf[]): Capacity | undefined {
  if (cpus !== undefined || gpus !== undefined) return { cpus: countOf('--cpus', cpus), gpus: countOf('--gpus', gpus) };
  const change = changes.find((one) => 'capacity' in one);
  if (change === undefined) return undefined;
  throw new Failure('cli/usage', '--what-if capacity', { expected: '--cpus or --gpus beside it: more than what?' });
}

/** No limit where nothing is said. */
function countOf(option: string, text: string | undefined): number {
  const count = text === undefined ? Number.POSITIVE_INFINITY : Number(text);
  if (text === undefined || (count > 0 && count <= 1e7)) return count;
  throw new Failure('cli/usage', option, { value: text, expected: 'a number above 0 such as 64, at most 10000000' });
}

function powerOf({ cpuPower, gpuPower }: ReplayOptions, { meanServer }: Rooms) {
  const wattsOf = (text: string, option: string): number => {
    const watts = parsePower(text);
    if (watts !== undefined) return watts;
    throw new Failure('cli/usage', option, { value: text, expected: 'a power such as 6 W' });
  };
  const mean = meanServer();
  const wattsPerCpu = cpuPower === undefined ? mean.wattsPerCpu : wattsOf(cpuPower, '--cpu-power');
  return {
    wattsPerCpu,
    wattsPerGpu: gpuPower === undefined ? undefined : wattsOf(gpuPower, '--gpu-power'),
    words:
      cpuPower === undefined
        ? `${wattsPerCpu} W a CPU where a job does not say, the mean of servers; grams may be ${writeNumber(mean.gsd, 1)} times off, shares are not`
        : `${wattsPerCpu} W a CPU where a job does not say, from --cpu-power`,
  };
}

function momentOf(text: string): Instant {
  const at = parseInstant(text);
  if (at !== undefined) return at;
  throw new Failure('cli/usage', '--at', {
    value: text,
    expected: 'a time with its offset such as 2022-06-01T08:00Z: when the first job is submitted',
  });
}

/** The time that the grid must be known of; all that there is, for jobs without dates. */
function spanOf({ jobs }: JobHistory, firstAt: Instant | undefined, now: Instant) {
  const [firstH = 0, lastH = 0] = [jobs.submitH[0], jobs.submitH[jobs.count - 1]];
  const first = firstAt ?? (jobs.dated ? instant(firstH * HOUR) : undefined);
  if (first === undefined) return { start: instant(now - LEARNED), end: now };
  return {
    start: instant(Math.floor((first - LEARNED) / DAY) * DAY),
    end: instant(Math.ceil((first + (lastH - firstH) * HOUR + AHEAD) / DAY) * DAY),
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function toJson(report: ReplayReport, { format, bad, passed, remarks }: JobHistory) {
  const { jobs, zones, capacity, foresight, rows, unanswered, groups, week, patience } = report;
  return {
    schemaVersion: 1,
    jobs: {
      format,
      replayed: jobs.count,
      pausable: jobs.pausable,
      cpuHours: jobs.cpuHours,
      gpuHours: jobs.gpuHours,
      first: formatInstant(jobs.first),
      last: formatInstant(jobs.last),
      leftOut: {
        ...jobs.leftOut,
        badRows: bad.count,
        neverRan: passed.get('never ran') ?? 0,
        notOver: passed.get('not over') ?? 0,
      },
      failed: remarks.get('failed') ?? 0,
      cancelled: remarks.get('cancelled') ?? 0,
      badRows: bad.first.map((failure) => failure.describe()),
    },
    zones,
    capacity: capacity === undefined ? null : { cpus: finite(capacity.cpus), gpus: finite(capacity.gpus) },
    comparedWith: report.comparedWith,
    foresight: { about: foresight.about, perfect: foresight.perfect },
    policies: rows.map(({ meanDelayH, p95DelayH, ...row }) => ({
      ...row,
      meanDelaySeconds: meanDelayH * 3_600,
      p95DelaySeconds: p95DelayH * 3_600,
    })),
    unanswered: unanswered.map(({ name, failure }) => ({ whatIf: name, code: failure.code, why: failure.describe() })),
    groups: groups.map(({ meanDelayH, ...group }) => ({ ...group, meanDelaySeconds: meanDelayH * 3_600 })),
    week: {
      start: formatInstant(week.start),
      slotMinutes: week.stepH * 60,
      savingPercent: week.savingPercent,
      intensityGPerKWh: [...week.intensityG],
      runNowKw: [...week.runNowKw],
      gridtideKw: [...week.gridtideKw],
    },
    patience: patience.map(({ meanDelayH, ...rest }) => ({ ...rest, meanDelaySeconds: meanDelayH * 3_600 })),
  };
}

/** All of a file or none of it. */
function writeWhole(file: string, content: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, content);
    renameSync(draft, file);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new Failure('file/unwritable', 'the picture cannot be written', { place: { file }, cause });
  }
}
