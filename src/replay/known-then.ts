/**
 * Forecasts as they would have been known: our own model at each moment of the past, learned from what had come by then.
 *
 * @module
 */
import { Forecaster, type ZoneRecord } from '../forecast/index.ts';
import { DAY, HOUR, type Instant, instant, type Millis } from '../units.ts';
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

/** The hours of a day at which forecasts may come: every so many hours. */
export const EVERY_H: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 24];

/**
 * Looks ahead as one could have: a forecast at midnight UTC and every `everyH` hours from there, from the first submission
 * on. Each zone is learned once, for all questions about it, and as far as it is asked: some 2 CPU s, and 0.3 s a month,
 * for each hour of the day that forecasts come at.
 */
export function knownThen({ records, everyH, onZone }: KnownThenOptions): Foresee {
  const learned = new Map<string, ForecastsThen>();
  return (places, { submitH, dueH }) => {
    const { axis } = places[0].outlook;
    const stepH = axis.step / HOUR;
    const issues = issuesFrom(axis, submitH[0] ?? 0, everyH);
    const byPlace = places.map(({ zone }) => {
      const key = `${zone} ${axis.step} ${issues[0]}`;
      const known = learned.get(key) ?? new ForecastsThen(records.get(zone), axis.step);
      if (!learned.has(key)) onZone?.(zone);
      learned.set(key, known);
      return known;
    });
    const longestH = dueH.reduce((longest, due, job) => Math.max(longest, due - (submitH[job] ?? 0)), 0);
    const slots = Math.ceil((longestH + everyH + 1) / stepH);
    const laid = new Map<number, { readonly issue: number; readonly curve: Curve }>();
    const [asked, blind] = [new Set<number>(), new Set<number>()];
    return {
      about: `own forecasts, made anew every ${everyH} h from what was known then`,
      perfect: false,
      get notes() {
        if (blind.size === 0) return [];
        const words = `${blind.size} of ${asked.size} forecasts could not be made, the past being too thin`;
        return [`${words}: jobs ran at once then`];
      },
      issuesH: issues.map((at) => (at - axis.start) / HOUR),
      curve(place, issue) {
        const at = issues[issue];
        if (at === undefined) return undefined;
        const known = laid.get(place);
        if (known?.issue === issue) return known.curve;
        const values = byPlace[place]?.at(at);
        asked.add(issue);
        if (values === undefined) {
          blind.add(issue);
          return undefined;
        }
        const first = Math.round((at - axis.start) / axis.step);
        const curve = curveOf(stepH, first, lengthened(values, slots, DAY / axis.step));
        laid.set(place, { issue, curve });
        return curve;
      },
    };
  };
}

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

/** The forecasts of one zone, made when they are first asked for. */
class ForecastsThen {
  readonly #record: ZoneRecord | undefined;
  readonly #step: Millis;
  readonly #made = new Map<Instant, Float64Array>();
  readonly #walks = new Map<number, ForecasterThen>();

  constructor(record: ZoneRecord | undefined, step: Millis) {
    this.#record = record;
    this.#step = step;
  }

  /** 96 hours from `at` on, in slots; `undefined` where the past is too thin. The first time is the earliest. */
  at(at: Instant): Float64Array | undefined {
    const record = this.#record;
    if (record === undefined) return undefined;
    const hour = new Date(at).getUTCHours();
    const walk = this.#walks.get(hour) ?? new ForecasterThen(record, hour, at);
    this.#walks.set(hour, walk);
    for (const { origin, intensityG } of walk.until(at, this.#step)) this.#made.set(origin, intensityG);
    return this.#made.get(at);
  }
}

/** A forecaster at one hour of the day, led from day to day. */
class ForecasterThen {
  readonly #forecaster: Forecaster;
  readonly #first: Instant;
  #next: number;
  #learned = Number.NEGATIVE_INFINITY;

  constructor(record: ZoneRecord, hour: number, first: Instant) {
    this.#forecaster = new Forecaster(record, hour);
    this.#first = first;
    const earliest = Math.ceil((record.history.start - hour * HOUR) / DAY) * DAY + hour * HOUR;
    this.#next = Math.min(first, Math.max(first - REHEARSED_DAYS * DAY, earliest));
  }

  /** The forecasts up to `until` that it has not made yet, from the first that was asked for on. */
  *until(until: Instant, step: Millis): Generator<{ readonly origin: Instant; readonly intensityG: Float64Array }> {
    for (; this.#next <= until; this.#next += DAY) {
      const origin = instant(this.#next);
      if (origin - this.#learned >= REFIT_DAYS * DAY) {
        this.#forecaster.learn(origin);
        this.#learned = origin;
      }
      this.#forecaster.observe(origin);
      this.#forecaster.issue(origin);
      const stepped = origin < this.#first ? undefined : this.#forecaster.onSteps(origin, step, []);
      if (stepped !== undefined) yield { origin, intensityG: stepped.intensityG };
    }
  }
}
