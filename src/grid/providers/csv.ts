/**
 * Intensity from a CSV file: the first column is time, every further column is a zone under any header, in g/kWh. A lone
 * column that is called by what it holds (`carbon_intensity`) is of whatever zone is asked.
 * What such a file says is `replayed`: known in advance, so a plan on it has a perfect forecast.
 *
 * @module
 */
import type { Clock } from '../../clock.ts';
import { Failure, type Place } from '../../errors.ts';
import { after, formatInstant, type Instant, instant, MINUTE, type Millis, millis } from '../../units.ts';
import type { Provider, ProviderContext, Range } from '../provider.ts';
import type { Series, Signal } from '../series.ts';
import { cutSeries, isPlausible, isStep, MAX_INTENSITY_G, type Sample, seriesOver } from '../slots.ts';
import { nearZones } from '../zone.ts';
import { scanCsv } from './csv-scan.ts';

export const UNKNOWN_SIGNAL: Signal = { kind: 'unknown', basis: 'unknown', scope: 'unknown', gas: 'unknown' };

/** No file says more slots than this; a stamp of the year 20222 would. */
const MAX_SLOTS = 4_000_000;

export interface CsvOptions {
  /** What the values are; a file does not say. Default: unknown in every part, and shown so. */
  readonly signal?: Signal;
  /** Read this zone at once; others are read when asked. */
  readonly zone?: string;
  readonly clock: Clock;
  readonly abort?: AbortSignal;
}

export interface CsvGrid extends Provider {
  /** The headers that are zones; empty when one nameless column serves any zone. */
  readonly zones: readonly string[];
  /** Whether the file has one column under a header that names a quantity, which stands for whatever zone is asked. */
  readonly servesAnyZone: boolean;
  readonly sha256: string;
  /** From the first slot's start to the last one's end. */
  readonly range: Range;
  readonly step: Millis;
}

const STAMP = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.0+)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const GAP = /^(|nan|null|none|na|n\/a)$/i;

/** RFC 3339 with offset, or `YYYY-MM-DD HH:MM[:SS]` in UTC; `undefined` when the text is neither. */
function parseStamp(text: string): Instant | undefined {
  const match = STAMP.exec(text);
  if (match === null) return undefined;
  const part = (i: number): number => Number(match[i] ?? 0);
  const utc = Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5), part(6));
  // Date.UTC carries 30 February over into March; a file that says so is wrong.
  if (new Date(utc).getUTCDate() !== part(3) || part(4) > 23 || part(5) > 59 || part(6) > 59) return undefined;
  const offset = match[7] ?? 'Z';
  if (offset.toUpperCase() === 'Z') return instant(utc);
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return instant(utc - (offset.startsWith('-') ? -1 : 1) * minutes * MINUTE);
}

function parseValue(text: string, place: () => Place): number {
  if (GAP.test(text)) return Number.NaN;
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!isPlausible(value)) {
    throw new Failure('grid/invalid-data', 'not an intensity', {
      place: place(),
      value: text.slice(0, 40),
      expected: `a number from 0 to ${MAX_INTENSITY_G} in g/kWh, or nothing`,
    });
  }
  return value;
}

interface Column {
  readonly header: readonly string[];
  readonly name: string;
  readonly sha256: string;
  readonly step: Millis;
  readonly stamps: readonly Instant[];
  readonly values: readonly number[];
  /** How many slots each value holds for: 1, or more where the file is coarser for a while. */
  readonly spans: readonly number[];
}

/** So many equal steps in a row are a resolution; fewer are missing rows. */
const LEAST_RUN = 4;

/**
 * Files change their resolution (half-hours, later quarters). Where a coarser step of 15, 30 or 60 min holds for a run,
 * each value holds for all the slots of its step; a lone longer distance is a missing row. O(n).
 */
function spansOf(stamps: readonly Instant[], step: number): number[] {
  const spans = new Array<number>(stamps.length).fill(1);
  const distance = (i: number): number => (stamps[i + 1] ?? Number.NaN) - (stamps[i] ?? Number.NaN);
  for (let from = 0; from < stamps.length - 1; ) {
    let to = from;
    while (distance(to) === distance(from)) to += 1;
    if (distance(from) > step && isStep(distance(from)) && to - from >= LEAST_RUN) {
      // The very last row has no distance of its own and goes on as those before it.
      spans.fill(distance(from) / step, from, to === stamps.length - 1 ? to + 1 : to);
    }
    from = to;
  }
  return spans;
}

/** Which column serves `zone`; the first one when none is asked. */
function chooseColumn(file: string, header: readonly string[], zone: string | undefined): number {
  const names = header.slice(1);
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new Failure('grid/invalid-data', 'two columns have one name', {
      place: { file, line: 1, column: 1 },
      value: twice,
    });
  if (zone === undefined || isNameless(names)) return 1;
  const index = names.indexOf(zone);
  if (index === -1) {
    const near = nearZones(zone, names);
    throw new Failure('grid/no-zone', 'the file has no such zone', {
      place: { file, line: 1, column: 1 },
      value: zone,
      expected: near.length > 0 ? near.join(' or ') : oneOf(names),
    });
  }
  return index + 1;
}

function oneOf(names: readonly string[]): string {
  const [only = ''] = names;
  if (names.length === 1) return `${only}, the one zone of the file (a header such as "intensity" would serve any)`;
  return `one of ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
}

/** What people call a column of intensities that says nothing of the place. `CI` is Côte d'Ivoire, but here it is not. */
const QUANTITY =
  /carbon|intensity|emission|co2|kwh|^(ci|g|grams?|value|values|data|average|avg|mean|marginal|direct|lifecycle|lca|moer|factor|signal|actual|forecast)$/i;

/** One value column under a header that names a quantity, or nothing; any other header is a place, known or not. */
const isNameless = (names: readonly string[]): boolean =>
  names.length === 1 && (names[0] === '' || QUANTITY.test(names[0] ?? ''));

async function readColumn(file: string, zone: string | undefined, abort: AbortSignal | undefined): Promise<Column> {
  const stamps: Instant[] = [];
  const values: number[] = [];
  let name = '';
  let step = Number.POSITIVE_INFINITY;
  const lines: number[] = [];
  const { header, sha256 } = await scanCsv(
    file,
    (cells) => {
      const column = chooseColumn(file, cells, zone);
      name = cells[column] ?? '';
      return column;
    },
    (row) => {
      const place = (): Place => ({ file, line: row.line, column: row.timeColumn });
      const stamp = parseStamp(row.time);
      if (stamp === undefined) {
        throw new Failure('grid/invalid-data', 'the time cannot be read', {
          place: place(),
          value: row.time.slice(0, 40),
          expected: '2022-06-01T08:00:00Z or 2022-06-01 08:00 (UTC)',
        });
      }
      const previous = stamps.at(-1);
      if (previous !== undefined && stamp <= previous) {
        const what = stamp === previous ? 'the time comes twice' : 'times are out of order';
        throw new Failure('grid/invalid-data', what, {
          place: place(),
          value: row.time,
          expected: `later than ${formatInstant(previous)}`,
        });
      }
      if (previous !== undefined) step = Math.min(step, stamp - previous);
      stamps.push(stamp);
      lines.push(row.line);
      values.push(parseValue(row.value, () => ({ file, line: row.line, column: row.valueColumn })));
    },
    abort,
  );
  const first = stamps[0];
  if (first === undefined || stamps.length < 2) {
    throw new Failure('grid/invalid-data', 'too few rows to know the step', {
      place: { file },
      value: `${stamps.length}`,
      expected: 'at least two rows',
    });
  }
  const stray = stamps.findIndex((stamp) => (stamp - first) % step !== 0);
  if (!isStep(step) || stray !== -1) {
    const at = stray === -1 ? stamps.findIndex((stamp, i) => i > 0 && stamp - (stamps[i - 1] ?? 0) === step) : stray;
    throw new Failure('grid/invalid-data', 'the times keep no step', {
      place: { file, line: lines[at] ?? 1, column: 1 },
      value: formatInstant(stamps[at] ?? first),
      expected: 'one step of 5, 15, 30 or 60 min through the whole file',
    });
  }
  if (((stamps.at(-1) ?? first) - first) / step > MAX_SLOTS) {
    throw new Failure('grid/invalid-data', 'the times span too long', {
      place: { file, line: lines.at(-1) ?? 1, column: 1 },
      value: formatInstant(stamps.at(-1) ?? first),
      expected: `at most ${MAX_SLOTS} slots`,
    });
  }
  return { header, name, sha256, step: millis(step), stamps, values, spans: spansOf(stamps, step) };
}

/**
 * Opens a CSV file. Memory grows with the rows of the zones asked for, time with the bytes of the file.
 *
 * Throws `file/unreadable`, `grid/invalid-data` (with line and column) and `grid/no-zone` (with near names).
 */
export async function loadCsv(file: string, options: CsvOptions): Promise<CsvGrid> {
  const signal = options.signal ?? UNKNOWN_SIGNAL;
  const readAt = options.clock.now();
  const first = await readColumn(file, options.zone, options.abort);
  const names = first.header.slice(1);
  const servesAnyZone = isNameless(names);
  const range: Range = {
    start: first.stamps[0] ?? readAt,
    end: after(first.stamps.at(-1) ?? readAt, first.step * (first.spans.at(-1) ?? 1)),
  };
  const whole = new Map<string, Promise<Series>>();

  const toSeries = (column: Column, zone: string): Series => {
    if (column.sha256 !== first.sha256)
      throw new Failure('file/unreadable', 'the file changed while it was in use', { place: { file } });
    const present = new Set<number>();
    const samples: Sample[] = [];
    let held = 0;
    for (const [i, stamp] of column.stamps.entries()) {
      const span = column.spans[i] ?? 1;
      if (span > 1) held += 1;
      for (let slot = 0; slot < span; slot += 1) {
        const start = after(stamp, slot * column.step);
        present.add(start);
        samples.push({ start, value: column.values[i] ?? Number.NaN, quality: 'replayed' });
      }
    }
    return seriesOver({
      zone,
      signal,
      range,
      step: column.step,
      samples,
      provenance: {
        provider: 'csv',
        source: file,
        sha256: column.sha256,
        licence: 'as the file states',
        fetchedAt: readAt,
        issuedAt: readAt,
        issuedAtBasis: 'fetch-time',
      },
      reason: (start) => (present.has(start) ? 'empty cell' : 'missing row'),
      labels: [
        ...(servesAnyZone ? [`the column "${column.name}" is taken as ${zone}`] : []),
        ...(held > 0 ? [`the step of the file changes: ${held} coarser values hold for several slots`] : []),
      ],
    });
  };

  const wholeSeries = (zone: string, abort: AbortSignal): Promise<Series> => {
    const key = servesAnyZone ? first.name : zone;
    const known = whole.get(key);
    if (known !== undefined) return known;
    const reading = (
      zone === first.name || servesAnyZone ? Promise.resolve(first) : readColumn(file, zone, abort)
    ).then((column) => toSeries(column, zone));
    whole.set(key, reading);
    reading.catch(() => whole.delete(key));
    return reading;
  };

  return {
    id: 'csv',
    about: `the file ${file}`,
    keys: [],
    signal,
    zones: servesAnyZone ? [] : names.filter((name) => name !== ''),
    servesAnyZone,
    sha256: first.sha256,
    range,
    step: first.step,
    covers: (zone) => servesAnyZone || (zone !== '' && names.includes(zone)),
    async intensity(zone: string, asked: Range, context: ProviderContext): Promise<Series> {
      context.signal.throwIfAborted();
      const series = await wholeSeries(zone, context.signal);
      const cut = cutSeries({ ...series, zone }, asked);
      const span = `the file spans ${formatInstant(range.start)} to ${formatInstant(range.end)}`;
      return {
        ...cut,
        gaps: cut.gaps.map((gap) =>
          gap.end <= range.start || gap.start >= range.end ? { ...gap, reason: span } : gap,
        ),
      };
    },
  };
}
