/**
 * How good forecasts were. Rows are written once; triggers refuse anything else.
 *
 * @module
 */
import { refusalsOf } from './append-only.ts';

export const forecastScores: readonly string[] = [
  `create table forecast_score (
    id integer primary key,
    series integer not null references grid_series (id),
    model text not null,
    origin integer not null,
    day integer not null,
    hours integer not null,
    mape_percent real not null,
    within integer,
    scored_at integer not null,
    unique (series, model, origin, day)
  ) strict`,
  ...refusalsOf(['forecast_score']),
];
