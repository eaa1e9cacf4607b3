/**
 * Today's Outlook of the California Independent System Operator: direct emissions of what California uses, imports
 * included, every 5 min, no key, no forecast.
 *
 * Its files have times of day and no dates. Written from clients of them; UNVERIFIED: the order of columns, so they are
 * found by name.
 *
 * @module
 */
import { formatLocal, instantsOf, localDates } from '../../calendar.ts';
import { Failure } from '../../errors.ts';
import { formatInstant, type Instant, instant, MINUTE, millis, SECOND } from '../../units.ts';
import type { Provider, ProviderContext } from '../provider.ts';
import { type Sample, seriesOver } from '../slots.ts';
import { ask, brokenReply, checkValue, fetched } from './reply.ts';
import { numberIn, readTable, type TableRow } from './table.ts';

const ID = 'caiso';
const ZONE = 'US-CAL-CISO';
const BASE = 'https://www.caiso.com/outlook';
const TIME_ZONE = 'America/Los_Angeles';
const STEP = millis(5 * MINUTE);
/** Megawatts by source; imports are negative where more is sent out. */
const SOURCES = [
  'solar',
  'wind',
  'geothermal',
  'biomass',
  'biogas',
  'small hydro',
  'coal',
  'nuclear',
  'natural gas',
  'large hydro',
  'imports',
  'other',
];
/** Tonnes of CO2 an hour. */
const EMITTERS = ['biogas co2', 'biomass co2', 'natural gas co2', 'coal co2', 'imports co2', 'geothermal co2'];

/** Sum of the columns of each row that has them all, by the instant its time of day stands for. */
function sumsOf(body: string, columns: readonly string[], date: string): ReadonlyMap<Instant, number> {
  const rows = readTable(ID, body, ['time', ...columns]);
  const sums = new Map<Instant, number>();
  let previous = instant(Number.NEGATIVE_INFINITY);
  for (const [i, row] of rows.entries()) {
    const sum = sumOf(row, columns);
    const time = row.get('time') ?? '';
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) throw brokenReply(ID, 'a time cannot be read', time, '13:05');
    // Where clocks are turned back an hour comes twice: the second time it is later.
    const start = instantsOf(date, time, TIME_ZONE).find((at) => at > previous);
    if (start === undefined) {
      // The midnight that ends the day belongs to the next; the hour that clocks jump over stands there and is empty.
      const isEnd = i === rows.length - 1 && time === '00:00';
      if (isEnd || sum === undefined) continue;
      throw brokenReply(ID, `a time is not one of ${date} or is out of order`, time);
    }
    previous = start;
    if (sum !== undefined) sums.set(start, sum);
  }
  return sums;
}

function sumOf(row: TableRow, columns: readonly string[]): number | undefined {
  const values = columns.map((column) => numberIn(ID, row, column));
  return values.includes(undefined) ? undefined : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

interface Day {
  readonly samples: readonly Sample[];
  readonly bodies: readonly string[];
}

async function readDay(date: string, context: ProviderContext): Promise<Day> {
  const now = context.clock.now();
  const isToday = date === formatLocal(now, TIME_ZONE, 'date');
  const folder = isToday ? 'current' : `history/${date.replaceAll('-', '')}`;
  const read = async (file: string): Promise<string | undefined> =>
    // The time in the query keeps a cache on the way from answering.
    ask(ID, `${BASE}/${folder}/${file}.csv?_=${Math.floor(now / SECOND)}`, context, { absent: [404] });
  const [generation, emissions] = await Promise.all([read('fuelsource'), read('co2')]);
  if (generation === undefined || emissions === undefined) return { samples: [], bodies: [] };
  const powerMW = sumsOf(generation, SOURCES, date);
  const tonnes = sumsOf(emissions, EMITTERS, date);
  // For a while after midnight one or both of `current` are still of yesterday, which shows by the hours to come.
  if (isToday && [...powerMW.keys(), ...tonnes.keys()].some((start) => start > now)) return { samples: [], bodies: [] };
  const samples: Sample[] = [];
  for (const [start, power] of powerMW) {
    const emitted = tonnes.get(start);
    if (emitted === undefined || power <= 0) continue;
    // t/h over MW is t/MWh. More may be sent out with imports than is emitted.
    samples.push({ start, value: checkValue(ID, Math.max(0, (emitted / power) * 1_000)), quality: 'measured' });
  }
  return { samples, bodies: [generation, emissions] };
}

export const caiso: Provider = {
  id: ID,
  about: "Today's Outlook, California ISO, public with attribution",
  keys: [],
  signal: { kind: 'average', basis: 'consumption', scope: 'direct', gas: 'CO2' },
  covers: (zone) => zone === ZONE,
  async intensity(zone, range, context) {
    if (zone !== ZONE)
      throw new Failure('grid/no-zone', `${ID} knows California alone`, { value: zone, expected: ZONE });
    const now = context.clock.now();
    const days: Day[] = [];
    for (const date of localDates(range.start, instant(Math.min(range.end, now)), TIME_ZONE))
      days.push(await readDay(date, context));
    const samples = days.flatMap((day) => day.samples);
    const known = samples.filter(({ start }) => start > range.start - STEP && start < range.end);
    const last = known.at(-1)?.start;
    if (last === undefined)
      throw new Failure('grid/unavailable', `${ID}: no value from ${formatInstant(range.start)} on`);
    return seriesOver({
      zone,
      signal: caiso.signal,
      range,
      step: STEP,
      samples: known,
      provenance: fetched(
        ID,
        `${BASE}/current/co2.csv`,
        'public, California ISO',
        now,
        days.flatMap((day) => day.bodies),
      ),
      reason: (start) => (start > last ? 'not published yet: there is no forecast' : 'not published'),
    });
  },
};
