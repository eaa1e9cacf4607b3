/**
 * Energy-Charts as it answers by its documentation, hourly, for tests: whatever is asked gets a reply of that shape, whose
 * numbers a test chooses.
 *
 * @module
 */
import { HOUR, type Instant, instant } from '../../src/units.ts';

export interface Told {
  /** g/kWh of an hour that has begun; `null` where it has none. */
  readonly measured: (start: Instant) => number | null;
  /** g/kWh of an hour to come; `null` beyond its reach. Default: none. */
  readonly forecast?: (start: Instant) => number | null;
}

/** The reply to `url` at `now`. */
export function energyChartsReply(url: string, now: Instant, { measured, forecast = () => null }: Told): string {
  const query = new URL(url).searchParams;
  const of = (name: string): number => Date.parse(query.get(name) ?? '');
  const stamps: Instant[] = [];
  for (let at = Math.ceil(of('start') / HOUR) * HOUR; at < of('end'); at += HOUR) stamps.push(instant(at));
  return JSON.stringify({
    unix_seconds: stamps.map((at) => at / 1000),
    co2eq: stamps.map((at) => (at < now ? measured(at) : null)),
    co2eq_forecast: stamps.map((at) => (at < now ? null : forecast(at))),
    country: query.get('country'),
    deprecated: false,
  });
}
