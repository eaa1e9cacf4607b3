/**
 * The first tables: runs and what happened to them, and the append-only account with its hash chain.
 *
 * @module
 */
import { refusalsOf } from './append-only.ts';

/** Tables of the account. Their rows are written once; triggers refuse anything else. */
const APPEND_ONLY = ['decision', 'sample', 'factor', 'posting', 'counterfactual', 'receipt', 'chain'] as const;

const TABLES = [
  `create table workflow_run (
    id text primary key not null,
    workflow text not null,
    definition text not null,
    submitted_at integer not null,
    deadline integer not null,
    clock text not null,
    folder text not null,
    desired text not null,
    state text not null,
    ended_at integer,
    controller text,
    epoch integer not null
  ) strict`,
  `create table step_run (
    id text primary key not null,
    workflow_run text not null references workflow_run (id),
    step text not null,
    number integer not null,
    site text not null,
    kind text not null,
    state text not null,
    started_at integer,
    ended_at integer,
    exit_code integer,
    signal text,
    meter_mark text,
    settled integer not null,
    unique (workflow_run, step, number)
  ) strict`,
  `create table run_event (
    id integer primary key autoincrement,
    workflow_run text not null references workflow_run (id),
    at integer not null,
    step text,
    kind text not null,
    text text not null,
    detail text not null
  ) strict`,
  'create index run_event_by_run on run_event (workflow_run, id)',
  `create table decision (
    id text primary key not null,
    workflow_run text not null references workflow_run (id),
    at integer not null,
    plan text not null,
    outlooks text not null
  ) strict`,
  'create index decision_by_run on decision (workflow_run, at)',
  `create table sample (
    id text primary key not null,
    workflow_run text not null references workflow_run (id),
    step text not null,
    run text not null,
    site text not null,
    zone text not null,
    meter text not null,
    tier text not null,
    boundary text not null,
    gsd real not null,
    start integer not null,
    "end" integer not null,
    kind text not null,
    status text not null,
    energy_uj text,
    time_scale real not null,
    note text
  ) strict`,
  'create index sample_by_run on sample (workflow_run, step, start)',
  `create table factor (
    id text primary key not null,
    kind text not null,
    key text not null,
    valid_from integer not null,
    valid_to integer not null,
    value text not null,
    unit text not null,
    gsd real not null,
    signal text,
    quality text not null,
    source text not null,
    licence text not null,
    sha256 text,
    published_at integer not null
  ) strict`,
  'create index factor_by_key on factor (kind, key, valid_from)',
  `create table posting (
    id text primary key not null,
    workflow_run text not null references workflow_run (id),
    step text not null,
    sample text not null references sample (id),
    account text not null,
    basis text not null,
    start integer not null,
    "end" integer not null,
    energy_uj text,
    emissions_ug text,
    intensity_factor text references factor (id),
    pue_factor text references factor (id),
    method text not null,
    reverses text references posting (id)
  ) strict`,
  'create index posting_by_run on posting (workflow_run, step)',
  'create index posting_by_sample on posting (sample)',
  `create table counterfactual (
    id text primary key not null,
    workflow_run text not null references workflow_run (id),
    written_at integer not null,
    name text not null,
    content text not null,
    unique (workflow_run, name)
  ) strict`,
  `create table receipt (
    id text primary key not null,
    workflow_run text not null references workflow_run (id),
    written_at integer not null,
    content text not null
  ) strict`,
  'create index receipt_by_run on receipt (workflow_run)',
  // Autoincrement keeps the greatest number ever given in sqlite_sequence, so a tail that is cut off is noticed.
  `create table chain (
    seq integer primary key autoincrement,
    table_name text not null,
    row_id text not null,
    row_hash text not null,
    hash text not null,
    unique (table_name, row_id)
  ) strict`,
];

export const account: readonly string[] = [...TABLES, ...refusalsOf(APPEND_ONLY)];
