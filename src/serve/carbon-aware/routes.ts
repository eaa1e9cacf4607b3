/**
 * The routes of the Carbon Aware SDK's Web API 1.8: what each is called, what it may be asked and what it answers.
 *
 * @module
 */
import type { z } from 'zod';
import {
  type Answer,
  type Asking,
  averages,
  bestEmissions,
  currentForecasts,
  emissions,
  forecastsThen,
  knownLocations,
} from './answers.ts';
import { carbonIntensity, emissionsData, emissionsForecast, locations } from './forms.ts';
import {
  average,
  emissionsOfMany,
  emissionsOfOne,
  forecastNow,
  forecastThen,
  readItems,
  readQuery,
} from './questions.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** As in the original's description, so that generated clients keep their names. */
  readonly operation: string;
  readonly about: string;
  readonly query?: z.ZodObject;
  /** Of each item of the body. */
  readonly item?: z.ZodObject;
  readonly reply: z.ZodType;
  answer(query: unknown, body: unknown, asking: Asking): Promise<Answer<unknown>>;
}

export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/emissions/bylocation',
    operation: 'GetEmissionsDataForLocationByTime',
    about: 'Intensity at one location: over [time, toTime), at `time`, or now. 204 where nothing is known.',
    query: emissionsOfOne,
    reply: emissionsData.array(),
    answer(query, _, asking) {
      const { location, ...span } = readQuery(emissionsOfOne, query, asking.source.now());
      return emissions({ location: [location], ...span }, asking);
    },
  },
  {
    method: 'GET',
    path: '/emissions/bylocations',
    operation: 'GetEmissionsDataForLocationsByTime',
    about: 'The same at several locations: `location=a&location=b`.',
    query: emissionsOfMany,
    reply: emissionsData.array(),
    answer: (query, _, asking) => emissions(readQuery(emissionsOfMany, query, asking.source.now()), asking),
  },
  {
    method: 'GET',
    path: '/emissions/bylocations/best',
    operation: 'GetBestEmissionsDataForLocationsByTime',
    about: 'All points that share the least rating.',
    query: emissionsOfMany,
    reply: emissionsData.array(),
    answer: (query, _, asking) => bestEmissions(readQuery(emissionsOfMany, query, asking.source.now()), asking),
  },
  {
    method: 'GET',
    path: '/emissions/forecasts/current',
    operation: 'GetCurrentForecastData',
    about: 'The forecast of each location as it is now, and its best windows.',
    query: forecastNow,
    reply: emissionsForecast.array(),
    answer: (query, _, asking) => currentForecasts(readQuery(forecastNow, query, asking.source.now()), asking),
  },
  {
    method: 'POST',
    path: '/emissions/forecasts/batch',
    operation: 'BatchForecastDataAsync',
    about: 'Forecasts as they were known at `requestedAt`.',
    item: forecastThen,
    reply: emissionsForecast.array(),
    answer: (_, body, asking) => forecastsThen(readItems(forecastThen, body, asking.source.now()), asking),
  },
  {
    method: 'GET',
    path: '/emissions/average-carbon-intensity',
    operation: 'GetAverageCarbonIntensity',
    about: 'The mean over [startTime, endTime), weighted by time.',
    query: average,
    reply: carbonIntensity,
    async answer(query, _, asking) {
      const { body, ...more } = await averages([readQuery(average, query, asking.source.now())], asking, () => '');
      return { ...more, body: body[0] };
    },
  },
  {
    method: 'POST',
    path: '/emissions/average-carbon-intensity/batch',
    operation: 'GetAverageCarbonIntensityBatch',
    about: 'The same for several ranges and locations.',
    item: average,
    reply: carbonIntensity.array(),
    answer: (_, body, asking) => averages(readItems(average, body, asking.source.now()), asking, (i) => `[${i}].`),
  },
  {
    method: 'GET',
    path: '/locations',
    operation: 'GetAllLocations',
    about: 'What may be asked for, and where it lies.',
    reply: locations,
    answer: (_query, _body, asking) => knownLocations(asking),
  },
];

/** Whether an answer says nothing: 204, where the original has it. */
export const isEmpty = (route: Route, body: unknown): boolean =>
  route.method === 'GET' &&
  ((Array.isArray(body) && body.length === 0) ||
    (route.path === '/locations' && Object.keys(Object(body)).length === 0));
