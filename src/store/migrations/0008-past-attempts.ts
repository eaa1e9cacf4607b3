/**
 * What past attempts at steps took, so that plans learn from them. No part of the account: only the newest are kept.
 *
 * @module
 */
export const pastAttempts: readonly string[] = [
  `create table past_attempt (
    id text primary key not null,
    workflow text not null,
    step text not null,
    what text not null,
    hardware text not null,
    time_scale real not null,
    ended_at integer not null,
    work_ms integer not null,
    cut integer not null,
    power_w real,
    power_gsd real
  ) strict`,
  'create index past_attempt_by_step on past_attempt (workflow, time_scale, step, what, hardware, ended_at)',
];
