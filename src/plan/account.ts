/**
 * What a schedule takes: energy, emissions with their band, and cost, from the intervals themselves. Nothing here
 * depends on how the schedule was found.
 *
 * @module
 */
import type { Money } from '../site/index.ts';
import { HOUR, type Instant, instant } from '../units.ts';
import { item } from './at.ts';
import type { Integral } from './axis.ts';
import type { Job, Option } from './jobs.ts';

/** Half-open [start, end). */
export interface Stretch {
  readonly start: Instant;
  readonly end: Instant;
}

/** A job with its place and the stretches during which it runs (checkpoints and restarts inside them). */
export interface Placed {
  readonly job: Job;
  readonly option: Option;
  /** At least one, in order, not touching. */
  readonly stretches: readonly Stretch[];
}

export const startOf = (placed: Placed): Instant => item(placed.stretches, 0).start;
export const endOf = (placed: Placed): Instant => item(placed.stretches, placed.stretches.length - 1).end;

/** A draw of constant power over a stretch, in kW at the facility's meter. */
export interface Draught extends Stretch {
  readonly kw: number;
}

/** Everything that the job draws; with pauses that come before its first stretch where it has begun already. */
export function draughtsOf(placed: Placed, now: Instant): readonly Draught[] {
  const { option, stretches } = placed;
  return [...stretches.map((stretch) => ({ ...stretch, kw: option.runningKw })), ...pauses(placed, now)];
}

function pauses({ job, option, stretches }: Placed, now: Instant): readonly Draught[] {
  const ends = stretches.map((stretch) => stretch.end);
  const from = job.progress.state === 'waiting' ? [item(stretches, 0).start, ...ends] : [now, ...ends];
  return stretches.map(({ start }, i) => ({ start: item(from, i), end: start, kw: option.pausedKw }));
}

/** The part of {@link draughtsOf} that is not work: paused power, restarts, checkpoints. */
export function overheadsOf(placed: Placed, now: Instant): readonly Draught[] {
  const { job, option, stretches } = placed;
  const kw = option.runningKw;
  const goesOnAtOnce =
    job.progress.state === 'waiting' || (job.progress.state === 'running' && startOf(placed) === now);
  const restarted = goesOnAtOnce ? stretches.slice(1) : stretches;
  return [
    ...pauses(placed, now),
    ...restarted.map(({ start }) => ({ start, end: instant(start + job.restart), kw })),
    ...stretches.slice(0, -1).map(({ end }) => ({ start: instant(end - job.checkpoint), end, kw })),
  ];
}

/** Energy in kWh. */
export const energyOfAll = (draughts: readonly Draught[]): number =>
  draughts.reduce((sum, { start, end, kw }) => sum + (kw * (end - start)) / HOUR, 0);

/** Grams under an intensity. */
export const gramsOfAll = (draughts: readonly Draught[], integral: Integral): number =>
  draughts.reduce((sum, { start, end, kw }) => sum + kw * integral(start, end), 0);

/** The grams that rank: those of {@link accountOf}, for searches that weigh many ways against each other. */
export function rankedGrams({ job, option, stretches }: Placed, now: Instant): number {
  const { runningKw, pausedKw, zone } = option;
  let grams = 0;
  for (const { start, end } of stretches) grams += runningKw * zone.rank(start, end);
  if (pausedKw === 0) return grams;
  let last: number | undefined = job.progress.state === 'waiting' ? undefined : now;
  for (const { start, end } of stretches) {
    if (last !== undefined) grams += pausedKw * zone.rank(last, start);
    last = end;
  }
  return grams;
}

/** What a schedule takes; grams at the expected intensity and at its p10 and p90. */
export interface Account {
  readonly energyKWh: number;
  readonly rankG: number;
  readonly expectedG: number;
  readonly lowG: number;
  readonly highG: number;
  readonly cost: Money | null;
}

export function accountOf(placed: Placed, now: Instant): Account {
  const { zone } = placed.option;
  const draughts = draughtsOf(placed, now);
  return {
    energyKWh: energyOfAll(draughts),
    rankG: gramsOfAll(draughts, zone.rank),
    expectedG: gramsOfAll(draughts, zone.expected),
    lowG: gramsOfAll(draughts, zone.low),
    highG: gramsOfAll(draughts, zone.high),
    cost: costOf(placed, energyOfAll(draughts)),
  };
}

/** Money for the hours that cpus and gpus run and for the facility's energy; `null` without prices in one currency. */
function costOf({ option, stretches }: Placed, energyKWh: number): Money | null {
  const { price } = option.site;
  const { needs } = option.way;
  const hours = stretches.reduce((sum, { start, end }) => sum + (end - start) / HOUR, 0);
  const parts = [
    { money: price?.cpuHour, amount: needs.cpus * hours },
    { money: price?.gpuHour, amount: needs.gpus * hours },
    { money: price?.kWh, amount: energyKWh },
  ];
  return sumOfMoney(
    parts.flatMap(({ money, amount }) =>
      money === undefined ? [] : [{ amount: money.amount * amount, currency: money.currency }],
    ),
  );
}

/** The sum of amounts in one currency; `null` for none, for an unknown amount, or for several currencies. */
export function sumOfMoney(amounts: readonly (Money | null)[]): Money | null {
  const [one] = amounts;
  if (one === undefined || one === null) return null;
  let amount = 0;
  for (const money of amounts) {
    if (money?.currency !== one.currency) return null;
    amount += money.amount;
  }
  return { amount, currency: one.currency };
}

const sumBy = (accounts: readonly Account[], part: (account: Account) => number): number =>
  accounts.reduce((sum, account) => sum + part(account), 0);

/** The sum of what several jobs take. */
export const totalOf = (accounts: readonly Account[]): Account => ({
  energyKWh: sumBy(accounts, (account) => account.energyKWh),
  rankG: sumBy(accounts, (account) => account.rankG),
  expectedG: sumBy(accounts, (account) => account.expectedG),
  lowG: sumBy(accounts, (account) => account.lowG),
  highG: sumBy(accounts, (account) => account.highG),
  cost: sumOfMoney(accounts.map((account) => account.cost)),
});
