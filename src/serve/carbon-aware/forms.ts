/**
 * The JSON of the Carbon Aware SDK's Web API, as its version 1.8 writes it.
 *
 * Source: Green Software Foundation, Carbon Aware SDK, `src/CarbonAware.WebApi/src/Models` (MIT).
 *
 * @module
 */
import { z } from 'zod';
import { DAY, HOUR, type Instant, MINUTE, type Millis, SECOND } from '../../units.ts';

const time = z.string().meta({ format: 'date-time' });

export const emissionsData = z.object({
  location: z.string(),
  time,
  rating: z.number().meta({ description: 'grams per kilowatt-hour' }),
  duration: z.string().meta({ description: 'a .NET TimeSpan: [d.]hh:mm:ss' }),
});
export type EmissionsData = z.infer<typeof emissionsData>;

const dataPoint = z.object({
  location: z.string(),
  timestamp: time,
  duration: z.number().meta({ description: 'minutes' }),
  value: z.number().meta({ description: 'grams per kilowatt-hour' }),
});

export const emissionsForecast = z.object({
  generatedAt: time,
  requestedAt: time,
  location: z.string(),
  dataStartAt: time,
  dataEndAt: time,
  windowSize: z.number().meta({ description: 'minutes; 0 where none was asked for' }),
  optimalDataPoints: z.array(dataPoint),
  forecastData: z.array(dataPoint),
});
export type EmissionsForecast = z.infer<typeof emissionsForecast>;

export const carbonIntensity = z.object({
  location: z.string(),
  startTime: time,
  endTime: time,
  carbonIntensity: z.number().meta({ description: 'grams per kilowatt-hour' }),
});
export type CarbonIntensity = z.infer<typeof carbonIntensity>;

export const locations = z.record(
  z.string(),
  z.object({ latitude: z.number().nullable(), longitude: z.number().nullable(), name: z.string() }),
);
export type Locations = z.infer<typeof locations>;

/** As .NET writes a DateTimeOffset in UTC: `2022-03-01T15:30:00+00:00`, fractions only where there are some. */
export const writtenTime = (at: Instant): string => new Date(at).toISOString().replace(/\.?0*Z$/, '+00:00');

/** As .NET writes a TimeSpan: `08:00:00`, `1.00:00:00`. */
export function writtenSpan(length: Millis): string {
  const days = Math.floor(length / DAY);
  const clock = [(length % DAY) / HOUR, (length % HOUR) / MINUTE, (length % MINUTE) / SECOND]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
  return days === 0 ? clock : `${days}.${clock}`;
}
