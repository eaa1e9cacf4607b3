/**
 * Forecasts as they would have been known: our own model at each moment of the past, learned from what had come by then.
 *
 * @module
 */
import { Forecaster, type ZoneRecord } from '../forecast/index.ts';
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import { type Curve, curveOf } from './curve.ts';
import type { Foresight, Place, SceneJobs } from './scene.ts';

export interface KnownThenOptions {
  readonly places: readonly [Place, ...Place[]];
  /** What the model may know of each place; it reads nothing later than the forecast that it makes. */
  readonly records: readonly ZoneRecord[];
  readonly jobs: Pick<SceneJobs, 'submitH' | 'dueH'>;
  /** Hours between two forecasts: 1, 2, 3, 4, 6, 8, 12 or 24. */
  readonly everyH: number;
  /** Told before each place is learned. */
  readonly onPlace?: (zone: string) => void;
}

/** Rehearsed before the first forecast, so that weights, memory and bands are those of a forecaster at work. */
const REHEARSED_DAYS = 150;
/** Days between two fits: as in use. */
const REFIT_DAYS = 28;
const HORIZON_H = 96;

/** The hours of a day at which forecasts may come: every so many hours. */
export const EVERY_H: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 24];

/**
 * Makes all forecasts from the first submission to the last deadline, at midnight UTC and every `everyH` hours from there.
 * For each hour of the day that a forecast comes at, a model is learned: about 2 CPU s and 0.3 s a month for each of them
 * and each zone.
 */
export function knownThen({ places, records, jobs, everyH, onPlace }: KnownThenOptions): Foresight {
  const { axis } = places[0].outlook;
  const stepH = axis.step / HOUR;
  const every = everyH * HOUR;
  const floor = Math.floor((axis.start + (jobs.submitH[0] ?? 0) * HOUR) / every) * every;
  const until = instant(axis.start + jobs.dueH.reduce((latest, due) => Math.max(latest, due), 0) * HOUR);
  const longestH = jobs.dueH.reduce((longest, due, job) => Math.max(longest, due - (jobs.submitH[job] ?? 0)), 0);
  const slots = Math.ceil((longestH + everyH + 1) / stepH);
  const issues: Instant[] = [];
  for (let at = floor < axis.start ? floor + every : floor; at < until; at += every) issues.push(instant(at));
  const byPlace = places.map(({ zone }, index) => {
    onPlace?.(zone);
    const record = records[index];
    return record === undefined ? new Map<Instant, Float64Array>() : forecastsAt(record, issues, axis.step);
  });
  const laid = new Map<number, { readonly issue: number; readonly curve: Curve }>();
  return {
    about: `our own forecast, made anew every ${everyH} h from what was known then`,
    perfect: false,
    issuesH: issues.map((at) => (at - axis.start) / HOUR),
    curve(place, issue) {
      const at = issues[issue];
      const values = at === undefined ? undefined : byPlace[place]?.get(at);
      if (at === undefined || values === undefined) return undefined;
      const known = laid.get(place);
      if (known?.issue === issue) return known.curve;
      const curve = curveOf(stepH, Math.round((at - axis.start) / axis.step), lengthened(values, slots, DAY / axis.step));
      laid.set(place, { issue, curve });
      return curve;
    },
  };
}

/** As far as anybody may look; beyond its end the last day of a forecast goes on. */
function lengthened(values: Float64Array, slots: number, daySlots: number): Float64Array {
  const length = Math.max(slots, 1);
  const longer = new Float64Array(length);
  longer.set(values.subarray(0, length));
  for (let slot = values.length; slot < length; slot++) longer[slot] = longer[slot - daySlots] ?? 0;
  return longer;
}

/** 96 hours from each of `issues` (ascending) on, in slots of `step`; none where the past is too thin for any. */
function forecastsAt(record: ZoneRecord, issues: readonly Instant[], step: Place['outlook']['axis']['step']) {
  const found = new Map<Instant, Float64Array>();
  const hourOf = (at: Instant): number => new Date(at).getUTCHours();
  for (const hour of new Set(issues.map(hourOf))) {
    const moments = issues.filter((at) => hourOf(at) === hour);
    const [first, last] = [moments[0], moments.at(-1)];
    if (first === undefined || last === undefined) continue;
    const forecaster = new Forecaster(record, hour);
    const asked = new Set<number>(moments);
    const earliest = Math.ceil((record.history.start - hour * HOUR) / DAY) * DAY + hour * HOUR;
    let learned = Number.NEGATIVE_INFINITY;
    for (let origin = Math.max(first - REHEARSED_DAYS * DAY, earliest); origin <= last; origin += DAY) {
      if (origin - learned >= REFIT_DAYS * DAY) {
        forecaster.learn(origin);
        learned = origin;
      }
      forecaster.observe(origin);
      const at = instant(origin);
      if (forecaster.issue(at) === undefined || !asked.has(origin)) continue;
      const stepped = forecaster.onSteps(at, step, []);
      if (stepped !== undefined) found.set(at, stepped.intensityG.subarray(0, (HORIZON_H * HOUR) / step));
    }
  }
  return found;
}
