/**
 * Forecasts of the wind and sun of countries of Europe a day ahead, as Energy-Charts of Fraunhofer ISE passes them on, no
 * key.
 *
 * Written from public clients of the API; https://api.energy-charts.info could not be asked. UNVERIFIED: for which
 * countries it has them, what it replies where it has none (404 and arrays of null are taken for that), and by when the
 * forecast of a day is out; it is taken for known when European law wants it published ({@link EU_OUT_BY}).
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { DAY, instant, type Millis, millis, SECOND } from '../../units.ts';
import type { OperatorForecasts } from '../operators.ts';
import type { ProviderContext, Range } from '../provider.ts';
import { type DayAheadSlot, dayAheadReading, EU_OUT_BY } from './day-ahead.ts';
import { stepOf } from './energy-charts-times.ts';
import { ask, brokenReply, checkStamps, minuteStamp, readReply } from './reply.ts';

const ID = 'energy-charts';
const URL_OF_FORECASTS = 'https://api.energy-charts.info/public_power_forecast';

const TYPES = [
  ['solar', 'solar'],
  ['wind_onshore', 'wind'],
  ['wind_offshore', 'wind'],
] as const;

const replySchema = z.object({
  unix_seconds: z.array(z.number().int()),
  forecast_values: z.array(z.number().nullable()),
  production_type: z.string().optional(),
  forecast_type: z.string().optional(),
});

/** The values of one type; those of a country that has none of it are null, or not there. */
async function read(
  [type, source]: (typeof TYPES)[number],
  country: string,
  range: Range,
  context: ProviderContext,
): Promise<{ readonly slots: readonly DayAheadSlot[]; readonly bodies: readonly string[] }> {
  const query = new URLSearchParams({
    country,
    production_type: type,
    forecast_type: 'day-ahead',
    start: minuteStamp(range.start),
    end: minuteStamp(range.end),
  });
  const body = await ask(ID, `${URL_OF_FORECASTS}?${query}`, context, { absent: [404] });
  if (body === undefined) return { slots: [], bodies: [] };
  const { unix_seconds: seconds, forecast_values: values, ...said } = readReply(ID, body, replySchema);
  if ((said.production_type ?? type) !== type || (said.forecast_type ?? 'day-ahead') !== 'day-ahead')
    throw brokenReply(ID, 'the reply is another forecast', `${said.production_type} ${said.forecast_type}`, type);
  if (values.length !== seconds.length)
    throw brokenReply(ID, 'arrays of the reply differ in length', `${seconds.length}, ${values.length}`);
  const stamps = seconds.map((second) => instant(second * SECOND));
  checkStamps(ID, stamps, range);
  if (values.every((value) => value === null)) return { slots: [], bodies: [body] };
  const step: Millis = millis(stepOf(stamps));
  const slots = stamps.map((start, i) => ({ source, type, start, step, powerMW: values[i] ?? Number.NaN }));
  return { slots, bodies: [body] };
}

export const energyChartsDayAhead = (countries: ReadonlySet<string>): OperatorForecasts => ({
  about: 'wind and sun a day ahead, by Energy-Charts',
  licence: 'CC BY 4.0, Energy-Charts / Fraunhofer ISE',
  covers: (zone) => countries.has(zone),
  async dayAhead(zone, range, context) {
    if (!countries.has(zone)) throw new Failure('grid/no-zone', `${ID} does not know this zone`, { value: zone });
    const country = zone.toLowerCase();
    // Days of central Europe begin before those of UTC.
    const wide = { start: instant(range.start - DAY), end: instant(range.end + DAY) };
    const parts = await Promise.all(TYPES.map((type) => read(type, country, wide, context)));
    return dayAheadReading({
      provider: ID,
      slots: parts.flatMap(({ slots }) => slots),
      timeZone: 'Europe/Brussels',
      outBy: EU_OUT_BY,
      range,
      now: context.clock.now(),
      source: `${URL_OF_FORECASTS}?country=${country}`,
      bodies: parts.flatMap(({ bodies }) => bodies),
    });
  },
});
