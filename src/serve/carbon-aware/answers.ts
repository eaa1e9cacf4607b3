/**
 * The answers of the Carbon Aware SDK's Web API from whatever source is behind the door. What differs from the original is
 * listed in `docs/reference/carbon-aware-sdk.md`.
 *
 * @module
 */
import type { z } from 'zod';
import { Failure } from '../../errors.ts';
import type { Range } from '../../grid/index.ts';
import { after, formatInstant, type Instant, instant, MINUTE, millis } from '../../units.ts';
import type { CarbonSource, Intensities } from '../port.ts';
import { refuse } from '../refusal.ts';
import type { CarbonIntensity, EmissionsData, EmissionsForecast, Locations } from './forms.ts';
import { writtenSpan, writtenTime } from './forms.ts';
import {
  asRange,
  type average,
  type forecastNow,
  type forecastThen,
  limitRanges,
  ordered,
  rangeOf,
} from './questions.ts';
import { averageOver, leastOf, type Point, pointsIn, windowsIn } from './windows.ts';

export interface Answer<T> {
  readonly body: T;
  /** What each location's values are. */
  readonly from: readonly (readonly [location: string, from: Intensities])[];
  /** Locations that nothing can be said of, and why. */
  readonly missing?: ReadonlyMap<string, string>;
}

export interface Asking {
  readonly source: CarbonSource;
  readonly signal: AbortSignal;
}

interface EmissionsQuestion {
  readonly location: readonly string[];
  readonly time?: Instant | undefined;
  readonly toTime?: Instant | undefined;
}

/**
 * What was emitted at each location. A source that fails at one of several leaves that one out, and says so; one that fails
 * at all of them is a failure.
 */
export async function emissions(
  asked: EmissionsQuestion,
  { source, signal }: Asking,
): Promise<Answer<EmissionsData[]>> {
  const range = rangeOf(asked, source.now());
  limitRanges(
    'toTime',
    asked.location.map(() => range),
  );
  const missing = new Map<string, string>();
  const failures: Failure[] = [];
  const told = await Promise.all(
    asked.location.map(async (location) => {
      try {
        return { location, from: await source.past(location, asRange(range), signal) };
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        failures.push(thrown);
        missing.set(location, thrown.message);
        return { location, from: undefined };
      }
    }),
  );
  signal.throwIfAborted();
  const unknown = failures.filter(({ code }) => code === 'grid/no-zone');
  if (unknown[0] !== undefined) throw allOf(unknown[0], unknown.slice(1));
  if (failures[0] !== undefined && failures.length === asked.location.length) throw failures[0];
  const found = told.flatMap(({ location, from }) => (from === undefined ? [] : [{ location, from }]));
  return {
    body: found.flatMap(({ location, from }) => pointsIn(from, range).map((point) => emissionsOf(location, point))),
    from: found.map(({ location, from }) => [location, from]),
    missing,
  };
}

/** As {@link emissions}, but all points that share the least rating. Throws `plan/mixed-signals`. */
export async function bestEmissions(asked: EmissionsQuestion, asking: Asking): Promise<Answer<EmissionsData[]>> {
  const answer = await emissions(asked, asking);
  mustBeComparable(answer.from);
  const least = leastOf(answer.body.map((data) => ({ data, intensityG: data.rating })));
  return { ...answer, body: least.map(({ data }) => data) };
}

const allOf = (first: Failure, others: readonly Failure[]): Failure =>
  new Failure(first.code, first.message, {
    ...(first.value === undefined ? {} : { value: first.value }),
    ...(first.expected === undefined ? {} : { expected: first.expected }),
    others,
  });

const emissionsOf = (location: string, { start, length, intensityG }: Point): EmissionsData => ({
  location,
  time: writtenTime(start),
  rating: intensityG,
  duration: writtenSpan(length),
});

/** Grams of two signals, or of two methods, are not better or worse than each other. */
function mustBeComparable(told: Answer<unknown>['from']): void {
  const signals = new Set(
    told.map(([, { publisher, signal }]) => [publisher, signal.kind, signal.basis, signal.scope, signal.gas].join('/')),
  );
  if (signals.size < 2) return;
  throw new Failure(
    'plan/mixed-signals',
    `the locations cannot be compared: their intensities are of several publishers or signals (${[...signals].join(', ')})`,
  );
}

type ForecastQuestion = Omit<z.output<typeof forecastNow>, 'location'>;

export async function currentForecasts(
  { location: locations, ...bounds }: z.output<typeof forecastNow>,
  { source, signal }: Asking,
): Promise<Answer<EmissionsForecast[]>> {
  mustHaveOrder(bounds);
  const requestedAt = source.now();
  const told = await Promise.all(
    locations.map(async (location) => ({ location, from: await source.forecast(location, signal) })),
  );
  return {
    body: told.map(({ location, from }) => forecastOf(location, from, requestedAt, bounds)),
    from: told.map(({ location, from }) => [location, from]),
  };
}

export async function forecastsThen(
  items: readonly z.output<typeof forecastThen>[],
  { source, signal }: Asking,
): Promise<Answer<EmissionsForecast[]>> {
  const now = source.now();
  items.forEach((item, i) => {
    mustHaveOrder(item, `[${i}].`);
    if (item.requestedAt <= now) return;
    throw refuse([
      { name: `[${i}].requestedAt`, message: `requestedAt must not be later than now, ${formatInstant(now)}` },
    ]);
  });
  const told = await Promise.all(
    items.map(async ({ location, requestedAt, ...bounds }, i) => {
      const from = await source.forecastAt(location, requestedAt, signal);
      if (from !== undefined)
        return { location, from, body: forecastOf(location, from, requestedAt, bounds, `[${i}].`) };
      throw refuse([
        {
          name: `[${i}].requestedAt`,
          message: `requestedAt must be a time at which a forecast of ${location} was known here: none was at ${formatInstant(requestedAt)}`,
        },
      ]);
    }),
  );
  return { body: told.map(({ body }) => body), from: told.map(({ location, from }) => [location, from]) };
}

function mustHaveOrder({ dataStartAt, dataEndAt }: ForecastQuestion, at = ''): void {
  if (dataStartAt !== undefined && dataEndAt !== undefined)
    ordered([`${at}dataStartAt`, `${at}dataEndAt`], dataStartAt, dataEndAt);
}

/** The windows of a forecast within the bounds that were asked for, by default all of it. */
function forecastOf(
  location: string,
  from: Intensities,
  requestedAt: Instant,
  { dataStartAt, dataEndAt, windowSize = millis(0) }: ForecastQuestion,
  at = '',
): EmissionsForecast {
  const known = reachOf(from);
  const range = { start: dataStartAt ?? known.start, end: dataEndAt ?? known.end };
  for (const [name, given] of [
    ['dataStartAt', dataStartAt],
    ['dataEndAt', dataEndAt],
  ] as const) {
    if (given === undefined || (known.start <= given && given <= known.end)) continue;
    throw refuse([
      {
        name: `${at}${name}`,
        message: `${name} must be within time range of the forecasted data, '${writtenTime(known.start)}' through '${writtenTime(known.end)}'`,
      },
    ]);
  }
  const points = windowsIn(from, range, { window: windowSize });
  if (points.length === 0) {
    throw refuse([
      {
        name: `${at}windowSize`,
        message: `windowSize must fit into the forecasted data: no such window is known between '${writtenTime(range.start)}' and '${writtenTime(range.end)}'`,
      },
    ]);
  }
  const dataOf = ({ start, length, intensityG }: Point) => ({
    location,
    timestamp: writtenTime(start),
    duration: length / MINUTE,
    value: intensityG,
  });
  return {
    generatedAt: writtenTime(from.issuedAt),
    requestedAt: writtenTime(requestedAt),
    location,
    dataStartAt: writtenTime(range.start),
    dataEndAt: writtenTime(range.end),
    windowSize: windowSize / MINUTE,
    optimalDataPoints: leastOf(points).map(dataOf),
    forecastData: points.map(dataOf),
  };
}

/** From the first slot with a value to the end of the last. */
function reachOf({ axis, intensityG }: Intensities): Range {
  const first = intensityG.findIndex((value) => !Number.isNaN(value));
  const last = intensityG.findLastIndex((value) => !Number.isNaN(value));
  const at = (slot: number): Instant => after(axis.start, slot * axis.step);
  return { start: at(Math.max(0, first)), end: at(last + 1) };
}

export async function averages(
  items: readonly z.output<typeof average>[],
  { source, signal }: Asking,
  nameAt: (item: number) => string,
): Promise<Answer<CarbonIntensity[]>> {
  const ranges = items.map(({ startTime, endTime }, i) =>
    ordered([`${nameAt(i)}startTime`, `${nameAt(i)}endTime`], startTime, endTime),
  );
  limitRanges('endTime', ranges);
  const told = await Promise.all(
    items.map(async ({ location, startTime, endTime }, i) => {
      const range = { start: startTime, end: endTime };
      const from = await source.past(location, range, signal);
      const carbonIntensity = from === undefined ? Number.NaN : averageOver(from, range);
      if (from === undefined || Number.isNaN(carbonIntensity)) throw unknownIn(location, range, from, nameAt(i));
      return {
        body: { location, startTime: writtenTime(startTime), endTime: writtenTime(endTime), carbonIntensity },
        from: [location, from] as const,
      };
    }),
  );
  return { body: told.map(({ body }) => body), from: told.map(({ from }) => from) };
}

/** An average of less than all would be of something else than was asked for. */
function unknownIn(location: string, range: Range, from: Intensities | undefined, at: string): Failure {
  const missing = from === undefined ? range.start : firstUnknown(from, range);
  return refuse([
    {
      name: `${at}startTime`,
      message: `startTime and endTime must lie in measured time: the intensity of ${location} is not known at ${formatInstant(missing)}`,
    },
  ]);
}

function firstUnknown({ axis, intensityG }: Intensities, { start, end }: Range): Instant {
  for (
    let at: number = start;
    at < end;
    at = axis.start + (Math.floor((at - axis.start) / axis.step) + 1) * axis.step
  ) {
    if (Number.isNaN(intensityG[Math.floor((at - axis.start) / axis.step)] ?? Number.NaN)) return instant(at);
  }
  return start;
}

export async function knownLocations({ source }: Asking): Promise<Answer<Locations>> {
  const known = await source.locations();
  return {
    body: Object.fromEntries(known.map(({ name, latitude, longitude }) => [name, { latitude, longitude, name }])),
    from: [],
  };
}
