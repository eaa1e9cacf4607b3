/**
 * Many steps on sites that cannot hold them all at once: a list in the order of their wishes, each as soon after its wish
 * as its site has room, and then better places for one after the other.
 *
 * @module
 */
import type { Site } from '../site/index.ts';
import { type Instant, instant } from '../units.ts';
import { endOf, type Placed, rankedGrams, type Stretch, startOf } from './account.ts';
import { item } from './at.ts';
import { lengthOf, shortestOf } from './jobs.ts';
import type { ScheduleQuestion } from './schedule.ts';
import { Usage } from './usage.ts';

/** How far steps are let go from their soonest start to their wish: all the way, and less where that ends too late. */
const PARTS = [1, 0.8, 0.6, 0.4, 0.2, 0];

/** So often each step looks for a better place. */
const ROUNDS = 2;

/**
 * The cheapest schedule found in which each site holds its steps, from `wishes` that ask too much of them; `undefined`
 * where none was found. Steps take the places of their wishes; their pauses stay where they fit.
 * O(steps × (slots of the window + steps at a time)).
 */
export function packed(question: ScheduleQuestion, wishes: readonly Placed[]): readonly Placed[] | undefined {
  const soonest = soonestStarts(question);
  let best: readonly Placed[] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const part of PARTS) {
    const listed = listSchedule(question, wishes, soonest, part);
    if (listed === undefined) continue;
    const better = improved(question, listed);
    const grams = better.reduce((sum, placed) => sum + rankedGrams(placed, question.now), 0);
    if (grams < least) {
      least = grams;
      best = better;
    }
  }
  return best;
}

/** What a placed step holds of its site, its pauses included. */
const held = (placed: Placed): Stretch => ({ start: startOf(placed), end: endOf(placed) });

class Sites {
  readonly #usages = new Map<Site, Usage>();

  of(site: Site): Usage {
    const usage = this.#usages.get(site) ?? new Usage(site.capacity);
    this.#usages.set(site, usage);
    return usage;
  }

  add = (placed: Placed): void => this.of(placed.option.site).add(placed.option.way.needs, held(placed));
  remove = (placed: Placed): void => this.of(placed.option.site).remove(placed.option.way.needs, held(placed));
}

function soonestStarts({ jobs }: ScheduleQuestion): readonly number[] {
  const ends: number[] = [];
  return jobs.map((job) => {
    const start = job.after.reduce((latest, index) => Math.max(latest, item(ends, index)), job.release);
    ends.push(start + shortestOf(job));
    return start;
  });
}

/** Of the steps whose predecessors have ended, the one that wishes to start first is placed next. */
function listSchedule(
  { jobs, latest }: ScheduleQuestion,
  wishes: readonly Placed[],
  soonest: readonly number[],
  part: number,
): readonly Placed[] | undefined {
  const wished = wishes.map((wish, i) => item(soonest, i) + part * (startOf(wish) - item(soonest, i)));
  const order = jobs.map((_, i) => i).sort((a, b) => item(wished, a) - item(wished, b) || a - b);
  const sites = new Sites();
  const placed: Placed[] = new Array<Placed>(jobs.length);
  for (const index of order) {
    const wish = item(wishes, index);
    const { job, option } = wish;
    const after = job.after.reduce((time, before) => Math.max(time, endOf(item(placed, before))), job.release);
    const ready = job.progress.state === 'running' ? after : Math.max(after, item(wished, index));
    const { needs } = option.way;
    const usage = sites.of(option.site);
    const isAsWished = startOf(wish) >= ready && usage.fits(needs, held(wish));
    const length = lengthOf(job, option);
    const start = isAsWished ? startOf(wish) : usage.earliestFit(needs, ready, length);
    const one = isAsWished
      ? wish
      : { job, option, stretches: [{ start: instant(start), end: instant(start + length) }] };
    if (endOf(one) > Math.min(item(latest, index), option.latest)) return undefined;
    sites.add(one);
    placed[index] = one;
  }
  return placed;
}

/** The schedule after each step in turn has taken the cleanest start between its neighbours at which its site has room. */
function improved(question: ScheduleQuestion, listed: readonly Placed[]): readonly Placed[] {
  const { jobs, latest, now } = question;
  const behind: number[][] = jobs.map(() => []);
  jobs.forEach((job, i) => {
    for (const before of job.after) item(behind, before).push(i);
  });
  const sites = new Sites();
  listed.forEach(sites.add);
  const placed = [...listed];
  // From the last on, so that those behind have left room by the time that their predecessors look for it.
  for (let round = 0; round < ROUNDS; round++) {
    for (let index = jobs.length - 1; index >= 0; index--) {
      const ours = item(placed, index);
      if (ours.job.progress.state !== 'waiting' || ours.stretches.length > 1) continue;
      const from = ours.job.after.reduce((time, i) => Math.max(time, endOf(item(placed, i))), ours.job.release);
      const to = item(behind, index).reduce((time, i) => Math.min(time, startOf(item(placed, i))), item(latest, index));
      sites.remove(ours);
      const better = cleanestStart(ours, from, to, now, sites.of(ours.option.site));
      sites.add(better);
      placed[index] = better;
    }
  }
  return placed;
}

/** The step in one piece at the cleanest start of those at edges of the data, or where it is. */
function cleanestStart(ours: Placed, from: number, to: number, now: Instant, usage: Usage): Placed {
  const { job, option } = ours;
  const { start, step } = option.zone.outlook.axis;
  const length = lengthOf(job, option);
  let least = rankedGrams(ours, now) * (1 - 1e-9);
  let best = startOf(ours);
  const consider = (time: number): void => {
    if (time < from || time + length > Math.min(to, option.latest)) return;
    const grams = option.runningKw * option.zone.rank(time, time + length);
    if (grams >= least || !usage.fits(option.way.needs, { start: instant(time), end: instant(time + length) })) return;
    least = grams;
    best = instant(time);
  };
  consider(from);
  consider(to - length);
  for (let edge = start + Math.ceil((from - start) / step) * step; edge <= to; edge += step) {
    consider(edge);
    consider(edge - length);
  }
  return { job, option, stretches: [{ start: best, end: instant(best + length) }] };
}
