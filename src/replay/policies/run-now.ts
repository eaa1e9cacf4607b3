/**
 * Every job at the moment of its submission, whatever the place holds: what would have been emitted without a queue.
 *
 * @module
 */
import type { Policy } from '../policy.ts';
import { Pieces } from '../schedule.ts';

export const runNow: Policy = {
  name: 'run-now',
  about: 'each job at once, capacity ignored',
  walk({ jobs: { count, submitH, lengthH } }) {
    const pieces = new Pieces();
    for (let job = 0; job < count; job++) {
      const start = submitH[job] ?? 0;
      pieces.add(job, 0, start, start + (lengthH[job] ?? 0));
    }
    return pieces.finish();
  },
};
