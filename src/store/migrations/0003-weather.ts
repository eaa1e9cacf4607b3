/**
 * Weather forecasts as they were read. Rows are written once; triggers refuse anything else.
 *
 * @module
 */
import { refusalsOf } from './append-only.ts';

export const weather: readonly string[] = [
  `create table weather_run (
    id integer primary key autoincrement,
    provider text not null,
    zone text not null,
    kind text not null,
    start integer not null,
    hours integer not null,
    known_at integer not null,
    observed_at integer not null,
    weather blob not null,
    source text not null,
    licence text not null,
    sha256 text not null,
    unique (provider, zone, kind, known_at)
  ) strict`,
  ...refusalsOf(['weather_run']),
];
