/**
 * Forecasts that repeat: what every other model has to beat, and what is left where nothing else can speak.
 *
 * @module
 */
import { ahead, at, dayBack, everyDay, meanDay } from './numbers.ts';
import { hoursBefore, type ZoneRecord } from './record.ts';

/** By name, g/kWh for 96 hours from `origin`; empty where the last four weeks are too thin. */
export function seasonalForecasts({ history }: ZoneRecord, origin: number): ReadonlyMap<string, Float64Array> {
  const past = hoursBefore(history.start, history.intensityG, origin, 24 * 28);
  if (past === undefined) return new Map();
  const yesterday = everyDay(dayBack(past, 1));
  const week = everyDay(meanDay(past, 7));
  const weekAgo = past.subarray(past.length - 168);
  return new Map([
    ['yesterday', yesterday.slice()],
    ['week', week.slice()],
    [
      'seasonal',
      ahead((hour) =>
        Math.exp(
          0.5 * Math.log(at(yesterday, hour)) + 0.35 * Math.log(at(week, hour)) + 0.15 * Math.log(at(weekAgo, hour)),
        ),
      ).slice(),
    ],
  ]);
}
