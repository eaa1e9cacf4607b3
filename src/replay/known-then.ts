/**
 * Forecasts as they would have been known: our own model at each moment of the past, learned from what had come by then.
 *
 * @module
 */
import { Forecaster, type ZoneRecord } from '../forecast/index.ts';
import { DAY, HOUR, type Instant, instant } from '../units.ts';
import { type Curve, curveOf } from './curve.ts';
import type { Foresee, Place } from './scene.ts';

export interface KnownThenOptions {
  /** What the model may know of a zone; it reads nothing later than the forecast that it makes. */
  readonly records: ReadonlyMap<string, ZoneRecord>;
  /** Hours between two forecasts; one of {@link EVERY_H}. */
  readonly everyH: number;
  /** Told before a zone is learned. */
  readonly onZone?: (zone: string) => void;
}

/** Rehearsed before the first forecast, so that weights, memory and bands are those of a forecaster at work. */
const REHEARSED_DAYS = 150;
/** Days between two fits: as in use. */
const REFIT_DAYS = 28;
const HORIZON_H = 96;

/** The hours of a day at which forecasts may come: every so many hours. */
export const EVERY_H: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 24];

/**
 * Looks ahead as one could have: a forecast at midnight UTC and every `everyH` hours from there, from the first submission
 * on. Each zone is learned once, for all questions about it: some 2 CPU s, and 0.3 s a month, for each hour of the day that
 * forecasts come at.
 */
export function knownThen({ records, everyH, onZone }: KnownThenOptions): Foresee {
  const learned = new Map<string, Promised>();
  return (places, { submitH, dueH }) => {
    const { axis } = places[0].outlook;
    const stepH = axis.step / HOUR;
    const issues = issuesFrom(axis, submitH[0] ?? 0, everyH);
    const forecastsOf = (zone: string): Promised => {
      const known = learned.get(`${zone} ${axis.step} ${issues[0]}`);
      if (known !== undefined) return known;
      onZone?.(zone);
      const record = records.get(zone);
      const made: Promised = record === undefined ? new Map() : forecastsAt(record, issues, axis.step);
      learned.set(`${zone} ${axis.step} ${issues[0]}`, made);
      return made;
    };
    const byPlace = places.map(({ zone }) => forecastsOf(zone));
    const longestH = dueH.reduce((longest, due, job) => Math.max(longest, due - (submitH[job] ?? 0)), 0);
    const slots = Math.ceil((longestH + everyH + 1) / stepH);
    const blind = issues.filter((at) => byPlace.some((forecasts) => !forecasts.has(at))).length;
    const laid = new Map<number, { readonly issue: number; readonly curve: Curve }>();
    return {
      about: `own forecasts, made anew every ${everyH} h from what was known then`,
      perfect: false,
      notes:
        blind === 0
          ? []
          : [
              `${blind} of ${issues.length} forecasts could not be made, the past being too thin: jobs ran at once then`,
            ],
      issuesH: issues.map((at) => (at - axis.start) / HOUR),
      curve(place, issue) {
        const at = issues[issue];
        const values = at === undefined ? undefined : byPlace[place]?.get(at);
        if (at === undefined || values === undefined) return undefined;
        const known = laid.get(place);
        if (known?.issue === issue) return known.curve;
        const first = Math.round((at - axis.start) / axis.step);
        const curve = curveOf(stepH, first, lengthened(values, slots, DAY / axis.step));
        laid.set(place, { issue, curve });
        return curve;
      },
    };
  };
}

/** Forecasts by when they were made. */
type Promised = ReadonlyMap<Instant, Float64Array>;

/** The moments of forecasts that jobs of the scene may see, from the one in force at the first submission on. */
function issuesFrom(axis: Place['outlook']['axis'], firstH: number, everyH: number): Instant[] {
  const every = everyH * HOUR;
  const floor = Math.floor((axis.start + firstH * HOUR) / every) * every;
  const issues: Instant[] = [];
  const end = axis.start + axis.length * axis.step;
  for (let at = floor < axis.start ? floor + every : floor; at < end; at += every) issues.push(instant(at));
  return issues;
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
