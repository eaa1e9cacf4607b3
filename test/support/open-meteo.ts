/**
 * Open-Meteo as it answers by its documentation, for tests: whatever is asked gets a reply of that shape, whose numbers a
 * test chooses.
 *
 * @module
 */
import { z } from 'zod';
import { DAY, HOUR, type Instant, instant } from '../../src/units.ts';

/** What is asked about one number. */
export interface Asked {
  /** `wind_speed_10m`, without what it ends in. */
  readonly variable: string;
  /** How many days before the stamp it was forecast; 0: the newest forecast. */
  readonly daysBefore: number;
  readonly stamp: Instant;
  /** Which of the places. */
  readonly place: number;
}

export type Says = (asked: Asked) => number | null;

const UNITS: Readonly<Record<string, string>> = {
  wind_speed_10m: 'm/s',
  temperature_2m: '°C',
  dew_point_2m: '°C',
  shortwave_radiation: 'W/m²',
  precipitation: 'mm',
};

/** Something that changes by the hour, with each run, and from place to place. */
export const someWeather: Says = ({ variable, daysBefore, stamp, place }) => {
  const hour = stamp / HOUR;
  const wave = Math.sin(hour / 7 + daysBefore + place);
  const values: Readonly<Record<string, number>> = {
    wind_speed_10m: 6 + 4 * wave,
    temperature_2m: 9 + 8 * wave,
    dew_point_2m: 4 + 5 * wave,
    shortwave_radiation: 300 + 290 * wave,
    precipitation: Math.max(0, wave),
  };
  return Math.round((values[variable] ?? 0) * 100) / 100;
};

const replySchema = z.object({
  latitude: z.number(),
  longitude: z.number(),
  generationtime_ms: z.number(),
  utc_offset_seconds: z.number(),
  timezone: z.string(),
  elevation: z.number(),
  hourly_units: z.record(z.string(), z.string()),
  hourly: z.record(z.string(), z.array(z.number().nullable())),
});
/** Of one place. */
export type PlaceReply = z.infer<typeof replySchema>;

/** The newest run, of those of 00, 06, 12 and 18 UTC, that began `daysBefore` days before `stamp` or earlier. */
export const runBefore = (stamp: number, daysBefore: number): number =>
  Math.floor((stamp - daysBefore * DAY) / (6 * HOUR)) * 6 * HOUR;

/** The reply to `url` at `now`; `change` edits that of each place. */
export function openMeteoReply(
  url: string,
  now: Instant,
  says: Says = someWeather,
  change: (reply: PlaceReply, place: number) => unknown = (reply) => reply,
): string {
  const query = new URL(url).searchParams;
  const list = (name: string): string[] => (query.get(name) ?? '').split(',');
  const midnight = Math.floor(now / DAY) * DAY;
  const start = query.has('start_date') ? Date.parse(`${query.get('start_date')}T00:00Z`) : midnight;
  const end = query.has('end_date')
    ? Date.parse(`${query.get('end_date')}T00:00Z`) + DAY
    : midnight + Number(query.get('forecast_days')) * DAY;
  const stamps = Array.from({ length: Math.max(0, (end - start) / HOUR) }, (_, i) => start + i * HOUR);
  const names = list('hourly');
  const longitudes = list('longitude').map(Number);
  const replies = list('latitude').map((latitude, place) => {
    const column = (name: string): (number | null)[] => {
      const [, variable = name, days = '0'] = /^(.*)_previous_day(\d)$/.exec(name) ?? [];
      return stamps.map((stamp) => says({ variable, daysBefore: Number(days), stamp: instant(stamp), place }));
    };
    const reply = {
      // The middle of the cell of the model.
      latitude: Number(latitude) + 0.03,
      longitude: (longitudes[place] ?? 0) - 0.02,
      generationtime_ms: 0.3,
      utc_offset_seconds: 0,
      timezone: 'GMT',
      timezone_abbreviation: 'GMT',
      elevation: 38,
      hourly_units: {
        time: 'unixtime',
        ...Object.fromEntries(names.map((name) => [name, UNITS[name.replace(/_previous_day\d$/, '')] ?? 'undefined'])),
      },
      hourly: {
        time: stamps.map((stamp) => stamp / 1000),
        ...Object.fromEntries(names.map((name) => [name, column(name)])),
      },
    };
    return change(reply, place);
  });
  return JSON.stringify(replies.length === 1 ? replies[0] : replies);
}
