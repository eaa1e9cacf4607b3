/**
 * Checks the example by itself, without Gridtide: runs the four steps, interrupts the training on the way, and holds
 * the result against that of a training left in peace. Ends with code 0 when all is as promised, else with 1.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'first-light-'));
process.env['FIRST_LIGHT_OUT'] = out; // for the steps, and for these modules, which read it when they load
process.env['FIRST_LIGHT_EPOCHS'] ??= '12'; // enough for 90 %, in less than half of the time
const { writeArrays } = await import('./files.js');
const { HIDDEN } = await import('./model.js');
const { initialParameters } = await import('./network.js');
const { Random } = await import('./random.js');

const CHECKPOINTED = 75;
let failed = 0;

/**
 * Runs a step in the temporary folder.
 *
 * @param {string} script
 * @param {{ after: RegExp, signal: NodeJS.Signals }} [interrupt] send `signal` at the first line that matches
 * @returns {Promise<{ code: number | null, signal: string | null, output: string }>}
 */
function run(script, interrupt = undefined) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(here, script)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let sent = false;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text);
      output += text;
      if (interrupt !== undefined && !sent && interrupt.after.test(output)) sent = child.kill(interrupt.signal);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
}

/**
 * @param {string} promise
 * @param {boolean} kept
 */
function check(promise, kept) {
  if (!kept) failed++;
  console.log(`${kept ? 'ok    ' : 'FAILED'} ${promise}`);
}

/** @param {string} name */
const hash = (name) =>
  existsSync(join(out, name))
    ? createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('hex')
    : 'missing';

try {
  check('prepare ends well', (await run('prepare.js')).code === 0);

  const first = await run('train.js', { after: /epoch 2\//, signal: 'SIGUSR2' });
  check('at SIGUSR2 the training writes a checkpoint and ends with 75', first.code === CHECKPOINTED);
  check(
    'the checkpoint is there, the model is not',
    hash('checkpoint.bin') !== 'missing' && hash('model.bin') === 'missing',
  );
  const second = await run('train.js', { after: /epoch 5\//, signal: 'SIGUSR2' });
  check('started again, it resumes', /^resumed in epoch [34]\//m.test(second.output));
  check('and can be interrupted again', second.code === CHECKPOINTED);
  const third = await run('train.js', { after: /epoch 7\//, signal: 'SIGTERM' });
  check('at SIGTERM it writes a checkpoint and ends with 143', third.code === 143);
  const killed = await run('train.js', { after: /epoch 9\//, signal: 'SIGKILL' });
  check(
    'killed outright, it leaves its last checkpoint',
    killed.signal === 'SIGKILL' && hash('checkpoint.bin') !== 'missing',
  );
  const last = await run('train.js');
  check('started again, it comes to its end', last.code === 0 && /^resumed in epoch/m.test(last.output));
  check('and leaves no checkpoint', hash('checkpoint.bin') === 'missing');
  const interrupted = hash('model.bin');

  const evaluation = await run('evaluate.js');
  const accuracy = Number(/accuracy ([\d.]+) %/.exec(evaluation.output)?.[1]);
  check('the model reads at least 90 % of the held-out digits', evaluation.code === 0 && accuracy >= 90);

  check('score ends well', (await run('score.js')).code === 0);
  const lines = readFileSync(join(out, 'predictions.csv'), 'utf8').trimEnd().split('\n');
  check('there are 1000 predictions', lines.length === 1001);
  check(
    'each names a digit and a probability',
    lines.slice(1).every((line, i) => new RegExp(`^${i},\\d,[01]\\.\\d{4}$`).test(line)),
  );

  check('a training left in peace ends well', (await run('train.js')).code === 0);
  check('with the same model, to the last bit', interrupted !== 'missing' && hash('model.bin') === interrupted);

  writeArrays('model.bin', { hidden: HIDDEN }, { parameters: initialParameters(HIDDEN, new Random(2)) });
  check('evaluation refuses a model that learned nothing', (await run('evaluate.js')).code === 1);
  rmSync(join(out, 'model.bin'));
  check('and a model that is not there', (await run('evaluate.js')).code === 1);

  writeFileSync(join(out, 'checkpoint.bin'), 'half a file');
  const begun = await run('train.js', { after: /from the start/, signal: 'SIGUSR2' });
  check(
    'a damaged checkpoint is noticed and not used',
    begun.code === CHECKPOINTED && !begun.output.includes('resumed'),
  );
} finally {
  rmSync(out, { recursive: true, force: true });
}
console.log(failed === 0 ? 'all as promised' : `${failed} promises broken`);
process.exitCode = failed === 0 ? 0 : 1;
