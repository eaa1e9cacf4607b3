/**
 * What the publishers of grid data said, and when they said it. Rows are written once; triggers refuse anything else.
 *
 * @module
 */
import { refusalsOf } from './append-only.ts';

const TABLES = [
  `create table grid_series (
    id integer primary key,
    provider text not null,
    zone text not null,
    signal text not null,
    step integer not null,
    phase integer not null,
    factors text not null,
    unique (provider, zone, signal, step, phase, factors)
  ) strict`,
  `create table grid_block (
    id integer primary key autoincrement,
    series integer not null references grid_series (id),
    chunk integer not null,
    offset integer not null,
    whole integer not null,
    observed_at integer not null,
    issued_at integer not null,
    intensity blob not null,
    quality text not null,
    source text not null,
    licence text not null,
    sha256 text
  ) strict`,
  'create index grid_block_by_chunk on grid_block (series, chunk, observed_at)',
  `create table grid_forecast (
    id integer primary key autoincrement,
    series integer not null references grid_series (id),
    issued_at integer not null,
    issued_by text not null,
    observed_at integer not null,
    start integer not null,
    "end" integer not null,
    intensity blob not null,
    low blob,
    high blob,
    source text not null,
    licence text not null,
    sha256 text
  ) strict`,
  'create index grid_forecast_by_issue on grid_forecast (series, issued_at, observed_at)',
];

export const vintages: readonly string[] = [...TABLES, ...refusalsOf(['grid_series', 'grid_block', 'grid_forecast'])];
