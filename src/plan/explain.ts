/**
 * Why a step runs where and when it does, in one sentence of facts.
 *
 * @module
 */
import type { Instant } from '../units.ts';
import { accountOf, endOf, type Placed, startOf } from './account.ts';
import { duration, energy, intensity, time } from './words.ts';

/** Share of an intensity below which two are the same. */
const NOTHING = 1e-9;

/** Mean g/kWh of what a schedule draws, in the grams that rank. */
function meanOf(placed: Placed, now: Instant): number {
  const { energyKWh, rankG } = accountOf(placed, now);
  return energyKWh > 0 ? rankG / energyKWh : 0;
}

/** The size where it is not that of run-now: how long it takes then, and how long it would have taken. */
function sizeOf({ option }: Placed, atOnce: Placed): string {
  const { level } = option.way;
  if (level === atOnce.option.way.level) return '';
  return `, level ${level} for ${duration(option.work)} instead of ${duration(atOnce.option.work)}`;
}

/**
 * @param atOnce the same step in run-now
 * @param bestAlone the best it could do in its window if it were the only step; asked only where the reason needs it
 */
export function reasonOf(placed: Placed, atOnce: Placed, bestAlone: () => Placed | undefined, now: Instant): string {
  const ours = meanOf(placed, now);
  const theirs = meanOf(atOnce, now);
  const moved = placed.option.site !== atOnce.option.site;
  const size = sizeOf(placed, atOnce);
  const start = startOf(placed);
  const sameTime = start === startOf(atOnce) && endOf(placed) === endOf(atOnce);
  if (sameTime && !moved && size === '') {
    const alone = bestAlone();
    const best = alone === undefined ? ours : meanOf(alone, now);
    const why =
      alone === undefined || best >= ours * (1 - NOTHING)
        ? ', nothing cleaner in its window'
        : ` for the sake of the steps beside it, against ${intensity(best)} at ${time(startOf(alone), now)}`;
    return `starts ${time(start, now)} without waiting: ${intensity(ours)}${why}`;
  }
  const where = moved ? ` at ${placed.option.site.name} (${placed.option.site.zone})` : '';
  const pauses = placed.stretches.length - 1;
  const skipping = pauses === 0 ? '' : `; ${pauses} ${pauses === 1 ? 'pause skips' : 'pauses skip'} dirtier hours`;
  if (size !== '' && Math.abs(ours - theirs) <= NOTHING * theirs) {
    const energyOf = (one: Placed): string => energy(accountOf(one, now).energyKWh);
    return `starts ${time(start, now)}${where}${size}: ${energyOf(placed)} instead of ${energyOf(atOnce)}${skipping}`;
  }
  const against = theirs > ours ? 'against' : 'for the sake of the steps beside it, against';
  return `starts ${time(start, now)}${where}${size}: ${intensity(ours)} ${against} ${intensity(theirs)} run now${skipping}`;
}
