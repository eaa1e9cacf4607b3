/**
 * How good forecasts were. Rows are written once; triggers refuse anything else.
 *
 * @module
 */
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
  ...['update', 'delete'].map(
    (verb) =>
      `create trigger forecast_score_refuses_${verb} before ${verb} on forecast_score
       begin select raise(abort, 'forecast_score is append-only'); end`,
  ),
];
