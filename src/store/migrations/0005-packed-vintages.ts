/**
 * What publishers said, in fewer bytes: values packed (`grid/packing.ts`), what a reading says of its source once, hashes
 * as bytes; and, beside each block, which share of generation its values rest on. Blocks are found in the order in which
 * they were written, which no clock can change. What was kept before is taken over unchanged.
 *
 * @module
 */
import { refusalsOf } from './append-only.ts';

/** Bytes of doubles, marked as such. */
const raw = (column: string): string => `cast(x'21' || ${column} as blob)`;
const origin = (table: string): string =>
  `(select id from grid_origin o where o.source = ${table}.source and o.licence = ${table}.licence)`;

const TABLES = [
  `create table grid_origin (
    id integer primary key,
    source text not null,
    licence text not null,
    unique (source, licence)
  ) strict`,
  `insert into grid_origin (source, licence)
    select source, licence from grid_block union select source, licence from grid_forecast`,
  'alter table grid_block rename to grid_block_2',
  'alter table grid_forecast rename to grid_forecast_2',
  `create table grid_block (
    id integer primary key autoincrement,
    series integer not null references grid_series (id),
    chunk integer not null,
    offset integer not null,
    whole integer not null,
    observed_at integer not null,
    issued_at integer,
    intensity blob not null,
    covered blob,
    quality text not null,
    origin integer not null references grid_origin (id),
    sha256 blob
  ) strict`,
  `insert into grid_block
    select id, series, chunk, offset, whole, observed_at, nullif(issued_at, observed_at), ${raw('intensity')}, null,
      quality, ${origin('grid_block_2')}, unhex(sha256)
    from grid_block_2 order by id`,
  `create table grid_forecast (
    id integer primary key autoincrement,
    series integer not null references grid_series (id),
    issued_at integer not null,
    issued_by text not null,
    observed_at integer not null,
    base integer references grid_forecast (id),
    start integer not null,
    "end" integer not null,
    intensity blob not null,
    low blob,
    high blob,
    origin integer not null references grid_origin (id),
    sha256 blob
  ) strict`,
  `insert into grid_forecast
    select id, series, issued_at, issued_by, observed_at, null, start, "end", ${raw('intensity')},
      iif(low is null, null, ${raw('low')}), iif(high is null, null, ${raw('high')}), ${origin('grid_forecast_2')},
      unhex(sha256)
    from grid_forecast_2 order by id`,
  'drop table grid_block_2',
  'drop table grid_forecast_2',
  'create index grid_block_by_chunk on grid_block (series, chunk)',
  'create index grid_block_whole on grid_block (series, chunk) where whole = 1',
  'create index grid_forecast_by_issue on grid_forecast (series, issued_at, observed_at)',
];

export const packedVintages: readonly string[] = [
  ...TABLES,
  ...refusalsOf(['grid_origin', 'grid_block', 'grid_forecast']),
];
