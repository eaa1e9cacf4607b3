/**
 * What operators of the grid forecast of wind and sun, as it was read. Rows are written once; triggers refuse anything
 * else.
 *
 * @module
 */
import { refusalsOf } from './append-only.ts';

export const operatorForecasts: readonly string[] = [
  `create table operator_run (
    id integer primary key autoincrement,
    provider text not null,
    zone text not null,
    start integer not null,
    hours integer not null,
    known_at integer not null,
    observed_at integer not null,
    power blob not null,
    origin integer not null references grid_origin (id),
    sha256 blob not null,
    unique (provider, zone, start, known_at)
  ) strict`,
  ...refusalsOf(['operator_run']),
];
