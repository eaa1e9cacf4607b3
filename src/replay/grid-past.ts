/**
 * The grid of a zone as it was: without gaps for planning and accounting, and with them for whoever learns from it.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { historyOf, recordOf, type ZoneRecord } from '../forecast/index.ts';
import { type Series, toOutlook, type WeatherRun, yearlyAverage } from '../grid/index.ts';
import type { Outlook } from '../plan/index.ts';
import { HOUR, instant } from '../units.ts';

export interface GridPastOptions {
  readonly zone: string;
  /** All that is known of it. */
  readonly series: Series;
  /** Forecasts of the weather as they were issued; none: the model learns from history alone. */
  readonly weather: readonly WeatherRun[];
}

export interface GridPast {
  readonly outlook: Outlook;
  readonly record: ZoneRecord;
  /** Hours that were filled in. */
  readonly filledH: number;
}

/** Throws `grid/no-signal` where nothing of it is known. */
export function gridPast({ zone, series, weather }: GridPastOptions): GridPast {
  const { axis, intensityG } = series;
  const first = intensityG.findIndex((value) => !Number.isNaN(value));
  const end = intensityG.findLastIndex((value) => !Number.isNaN(value)) + 1;
  const [from, until] = [instant(axis.start + first * axis.step), instant(axis.start + end * axis.step)];
  const history = first === -1 ? undefined : historyOf([series], until);
  if (history === undefined) throw new Failure('grid/no-signal', `nothing is known of the past grid of ${zone}`);
  const answer = { zone, use: 'level', series, average: yearlyAverage(zone), links: [], warnings: [] } as const;
  const outlook = toOutlook(answer, { now: from, until });
  return {
    outlook,
    record: recordOf(zone, history, weather),
    filledH: (outlook.gaps ?? []).reduce((sum, gap) => sum + (gap.end - gap.start) / HOUR, 0),
  };
}
