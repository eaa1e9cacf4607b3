/**
 * The migrations, in order; migration i brings the schema from version i to i + 1. A published one is never edited.
 *
 * @module
 */
import { account } from './0001-account.ts';
import { vintages } from './0002-vintages.ts';
import { weather } from './0003-weather.ts';
import { forecastScores } from './0004-forecast-scores.ts';
import { packedVintages } from './0005-packed-vintages.ts';
import { generation } from './0006-generation.ts';
import { operatorForecasts } from './0007-operator-forecasts.ts';
import { pastAttempts } from './0008-past-attempts.ts';

export const MIGRATIONS: readonly (readonly string[])[] = [
  account,
  vintages,
  weather,
  forecastScores,
  packedVintages,
  generation,
  operatorForecasts,
  pastAttempts,
];
