/**
 * Other ways to run one step while all others stay where they are: its best single piece, and the runner-up that a
 * plan shows beside its choice.
 *
 * @module
 */
import { type Instant, instant } from '../units.ts';
import { endOf, type Placed, rankedGrams, startOf } from './account.ts';
import { item } from './at.ts';
import { type Job, lengthOf, type Option } from './jobs.ts';
import { cheapestSchedule, type ScheduleQuestion } from './schedule.ts';

/** Half-open span, ms since 1970, in which a step may run. */
export interface Room {
  readonly from: number;
  readonly to: number;
}

/** The span that the neighbours of a placed job leave it. */
export function roomOf(placed: readonly Placed[], index: number, now: Instant, latest: number): Room {
  const { job } = item(placed, index);
  const from = job.after.reduce((time, i) => Math.max(time, endOf(item(placed, i))), Math.max(now, job.release));
  const successors = placed.filter((other) => other.job.after.includes(index));
  return { from, to: successors.reduce((time, other) => Math.min(time, startOf(other)), latest) };
}

const EQUAL = 1e-12;

/**
 * The job in one piece with the least emissions in `room`; ties: earliest. Exact at any instant: the emissions are
 * piecewise linear in the start, so a best start has its start or its end at an edge of the data or of the room.
 * O(slots of the room).
 *
 * @param apart keep the start at least `length` ms away from `from`
 */
export function bestOnePiece(
  job: Job,
  option: Option,
  room: Room,
  now: Instant,
  apart?: { readonly from: number; readonly length: number },
): Placed | undefined {
  const length = lengthOf(job, option);
  const last = Math.min(room.to, option.latest) - length;
  const { start, step } = option.zone.outlook.axis;
  const starts = [room.from, last];
  if (apart !== undefined) starts.push(apart.from - apart.length, apart.from + apart.length);
  for (let edge = start + Math.ceil((room.from - start) / step) * step; edge <= room.to; edge += step) {
    starts.push(edge, edge - length);
  }
  const allowed = starts
    .filter((time) => time >= room.from && time <= last)
    .filter((time) => apart === undefined || Math.abs(time - apart.from) >= apart.length)
    .sort((a, b) => a - b);
  let best: Placed | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const time of allowed) {
    const placed = { job, option, stretches: [{ start: instant(time), end: instant(time + length) }] };
    const grams = rankedGrams(placed, now);
    if (grams < least * (1 - EQUAL)) {
      least = grams;
      best = placed;
    }
  }
  return best;
}

/** Workflows of more steps than this are not planned again for a runner-up: that would take time in steps squared. */
const FEW_STEPS = 16;

/**
 * The best choice that differs from the plan's in site or size, or else in start by a slot (for a step in one piece) or by
 * running in one piece (for a step with pauses), with all other steps where they are. Where those leave no room, they
 * move: the step's part of the best plan on whole slots in which it starts at another slot. `undefined` when there is
 * none.
 *
 * @param question what the plan answers
 */
export function runnerUpOf(placed: readonly Placed[], index: number, question: ScheduleQuestion): Placed | undefined {
  const { now, slot } = question;
  const ours = item(placed, index);
  const { job, option, stretches } = ours;
  const room = roomOf(placed, index, now, item(question.latest, index));
  const apart = { from: startOf(ours), length: slot };
  const hasBegun = job.progress.state === 'running';
  const here = hasBegun ? undefined : bestOnePiece(job, option, room, now, stretches.length > 1 ? undefined : apart);
  const elsewhere = job.options.filter((other) => other !== option).map((other) => alone(job, other, room, question));
  const best = [here, ...elsewhere].reduce((a, b) => {
    if (a === undefined || b === undefined) return a ?? b;
    return rankedGrams(b, now) < rankedGrams(a, now) ? b : a;
  }, undefined);
  if (best !== undefined || job.progress.state !== 'waiting' || placed.length > FEW_STEPS) return best;
  return cheapestSchedule({ ...question, apart: { ...apart, index } })?.placed[index];
}

/** The best way to run a step in a room if it were the only one, with pauses where it may pause. */
export function bestAlone(placed: Placed, room: Room, question: ScheduleQuestion): Placed | undefined {
  return placed.job.options
    .flatMap((option) => alone(placed.job, option, room, question) ?? [])
    .reduce<Placed | undefined>(
      (a, b) => (a !== undefined && rankedGrams(a, question.now) <= rankedGrams(b, question.now) ? a : b),
      undefined,
    );
}

/** The same at one place. */
export function alone(job: Job, option: Option, room: Room, question: ScheduleQuestion): Placed | undefined {
  if (!job.pausable) return bestOnePiece(job, option, room, question.now);
  const moved = { ...job, release: instant(room.from), after: [], options: [option] };
  const horizon = instant(room.to);
  return cheapestSchedule({ ...question, jobs: [moved], latest: [room.to], horizon, extra: [] })?.placed[0];
}
