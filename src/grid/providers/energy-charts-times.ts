/**
 * The times of replies of Energy-Charts.
 *
 * @module
 */
import { formatInstant, type Instant, MINUTE, type Millis, millis } from '../../units.ts';
import { isStep } from '../slots.ts';
import { brokenReply } from './reply.ts';

const ID = 'energy-charts';

/** The constant step of the stamps: 15 or 60 min by country and year, so it is read, not assumed. */
export function stepOf(stamps: readonly Instant[]): Millis {
  let step = Number.POSITIVE_INFINITY;
  for (let i = 1; i < stamps.length; i += 1) step = Math.min(step, (stamps[i] ?? 0) - (stamps[i - 1] ?? 0));
  if (stamps.length < 2) return millis(60 * MINUTE);
  const first = stamps[0] ?? 0;
  const stray = stamps.find((stamp) => (stamp - first) % step !== 0);
  if (!isStep(step) || stray !== undefined) {
    const value = stray === undefined ? `${step / MINUTE} min` : formatInstant(stray);
    throw brokenReply(ID, 'the times keep no step', value, 'steps of 5, 15, 30 or 60 min');
  }
  return millis(step);
}
