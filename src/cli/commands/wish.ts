/**
 * `gridtide pause`, `resume` and `cancel`.
 *
 * @module
 */
import { execution } from '../../app.ts';
import { appFor, interrupt } from '../context.ts';
import type { GlobalOptions } from '../options.ts';
import { printJson, say } from '../output.ts';
import { settleUnattended } from './attending.ts';

export async function wish(what: 'pause' | 'resume' | 'cancel', id: string, options: GlobalOptions): Promise<number> {
  const signal = interrupt();
  const app = await appFor(options, signal);
  const { cancel, findRun, isAttended, pause, resume } = await execution();
  const { store, ledger } = await app.openExisting();
  try {
    const run = await findRun(store, id);
    if (what === 'pause') await pause(store, run);
    else if (what === 'resume') await resume(store, run);
    else if (!(await cancel(store, run, signal))) await settleUnattended(app, { store, ledger }, run.id);
    const after = await findRun(store, run.id);
    const attended = isAttended(after);
    if (options.json) printJson({ schemaVersion: 1, id: run.id, desired: after.desired, state: after.state, attended });
    else {
      say(SAID[what](run.id));
      if (what === 'resume' && !attended) {
        say(
          'nobody attends it: its guard starts each step at its latest start.',
          `To let it seek clean hours:  gridtide attach ${run.id}`,
        );
      }
    }
    return 0;
  } finally {
    await store.close();
  }
}

const SAID = {
  pause: (id: string) => `${id} is paused. Its deadline no longer holds until:  gridtide resume ${id}`,
  resume: (id: string) => `${id} goes on.`,
  cancel: (id: string) => `${id} is cancelled and settled. Its receipt:  gridtide show ${id}`,
} as const;
