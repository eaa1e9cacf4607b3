/**
 * `gridtide demo`: the first-light example, really run, on a day that passes in two minutes; then its proof.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Receipt } from '../../app.ts';
import { Failure } from '../../errors.ts';
import { receiptToJson } from '../json.ts';
import type { RunOptions } from '../options.ts';
import { note, printJson, say } from '../output.ts';
import { printed, run } from './run.ts';
import { exitOf, recompute, verify } from './verify.ts';

/** Beside the package's sources: a clone has it, an installed package has not. */
const EXAMPLE = fileURLToPath(new URL('../../../examples/first-light/workflow.yaml', import.meta.url));
const SYNTHETIC_SEED = 1;

export async function demo(options: RunOptions & { readonly live?: true }): Promise<number> {
  if (!existsSync(EXAMPLE)) {
    throw new Failure('cli/usage', 'the demo runs in a clone of the repository, where its example is', {
      value: EXAMPLE,
      expected: 'git clone …, then npm ci && npm run demo',
    });
  }
  const { live, speed, ...rest } = options;
  const out = options.json ? note : say;
  if (live) {
    out('The first-light example on the live grid, in real time.', '');
  } else {
    out(
      'The first-light example, really run and measured, on a synthetic grid day that',
      `passes ${speed} times as fast. Every figure of the grid is made up; every joule is`,
      'real. The plan counts hours of this clock, the receipt the seconds that ran, so',
      'its grams are far fewer.',
      '',
    );
  }
  const asked = live ? rest : { ...rest, speed: speed ?? 600, synthetic: SYNTHETIC_SEED };
  const { home } = options;
  const whole = home === undefined ? {} : { home };
  if (options.json) {
    let receipt: Receipt | undefined;
    const code = await run([EXAMPLE], asked, (_, told) => {
      receipt = told;
    });
    if (receipt === undefined) return code; // it was left under way: that has been said
    const verdict = await recompute(undefined, whole);
    printJson({ schemaVersion: 1, receipt: receiptToJson(receipt), verify: verdict });
    return code === 0 ? exitOf(verdict) : code;
  }
  let late = false;
  const tell = printed(options);
  const code = await run([EXAMPLE], asked, (app, told) => {
    late = told.early < 0;
    tell(app, told);
  });
  if (code !== 0) return code;
  if (late) {
    out(
      '',
      'It ended late because this machine was busier than the durations of the example',
      'assume: a step that runs longer than declared is not waited for by its deadline.',
    );
  }
  out('');
  return verify(undefined, whole);
}
