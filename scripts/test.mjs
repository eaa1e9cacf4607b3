/**
 * Everything that continuous integration runs, in one list. Each check counts as one test, beside those of vitest; the
 * last line is `N passed, N failed` and, if any, `, N skipped`. Exits with 1 when anything failed.
 *
 * `--checks` leaves out the tests, the build and what needs the build: types, lint, walls, unused code (`npm run check`).
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = path.join(ROOT, 'node_modules/.bin');
const bin = (name) => path.join(BIN, name);

/** Wanted by tests, which skip and say so where they are missing: command → Debian package. */
const DEBIAN_TOOLS = { tmux: 'tmux' };

/** What is looked at in the source alone. */
const CHECKS = [
  ['types', process.execPath, 'node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.json'],
  [
    'types of the example',
    process.execPath,
    'node_modules/typescript-7/bin/tsc',
    '-p',
    'examples/first-light/jsconfig.json',
  ],
  ['format and lint', bin('biome'), 'ci', '--colors=off', '--error-on-warnings', '.'],
  ['promises and assertions', bin('oxlint'), '--type-aware', '--deny-warnings', '.'],
  ['walls between rooms', bin('depcruise'), 'src', 'test', 'bench', '--config', '.dependency-cruiser.cjs'],
  ['unused code', bin('knip'), '--no-progress'],
];

const BUILD = ['build', process.execPath, 'scripts/build.mjs'];

/** What is looked at in the built package. */
const PACKAGE = [
  ['example', 'npm', 'run', '--silent', 'check', '--workspace', 'examples/first-light'],
  ['package', process.execPath, 'scripts/check-package.mjs'],
];

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
const MARKS = { passed: paint(32, 'ok  '), failed: paint(31, 'FAIL'), skipped: paint(33, 'skip') };

const count = { passed: 0, failed: 0, skipped: 0 };

function tell(result, name, since, note = '') {
  count[result] += 1;
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  console.log(`${MARKS[result]}  ${name.padEnd(26)} ${seconds.padStart(6)} s${note === '' ? '' : `  ${note}`}`);
}

/** Runs a program to its end; never throws. What it says goes to the terminal or comes back as text. */
function run(command, args, { show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      env: show ? process.env : { ...process.env, NO_COLOR: '1' },
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.on('error', (error) => resolve({ ok: false, output: `${output}${error.message}\n` }));
    child.on('close', (code, signal) => {
      const ending = signal === null ? '' : `ended by ${signal}\n`;
      resolve({ ok: code === 0, output: output + ending });
    });
  });
}

async function check([name, command, ...args]) {
  const since = performance.now();
  const { ok, output } = await run(command, args);
  tell(ok ? 'passed' : 'failed', name, since);
  if (!ok) console.log(`\n$ ${[path.basename(command), ...args].join(' ')}\n${output.trimEnd()}\n`);
  return ok;
}

/** Installs what tests want, as far as we may: root with apt-get. Nothing depends on its success. */
async function installTools() {
  const missing = Object.entries(DEBIAN_TOOLS).filter(([tool]) => spawnSync('which', [tool]).status !== 0);
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  if (process.getuid?.() !== 0 || spawnSync('which', ['apt-get']).status !== 0) {
    console.log(`${names.join(', ')} not found: the tests that need it are skipped`);
    return;
  }
  const apt = (...args) => run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args]);
  await apt('update');
  const { ok } = await apt('install', '-y', '--no-install-recommends', ...names);
  console.log(`${names.join(', ')} ${ok ? 'installed' : 'could not be installed: the tests that need it are skipped'}`);
}

/** Runs the tests where they can be watched, and counts them from vitest's own report. */
async function tests() {
  const since = performance.now();
  const folder = await mkdtemp(path.join(tmpdir(), 'gridtide-tests-'));
  const file = path.join(folder, 'report.json');
  try {
    const { ok } = await run(
      bin('vitest'),
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
      { show: true },
    );
    const report = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
    count.passed += report?.numPassedTests ?? 0;
    count.skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
    // A file that cannot even be loaded has no tests to fail, and an error outside every test belongs to none.
    const silent = (report?.testResults ?? []).filter(
      ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
    ).length;
    const failed = (report?.numFailedTests ?? 0) + silent;
    count.failed += failed;
    if (!ok && failed === 0) tell('failed', 'tests', since, 'vitest ended with an error outside every test');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const one of CHECKS) await check(one);
if (!process.argv.includes('--checks')) {
  await installTools();
  const built = await check(BUILD);
  await tests();
  for (const one of PACKAGE) {
    if (built) await check(one);
    else tell('skipped', one[0], performance.now(), 'not built');
  }
}

console.log(`${count.passed} passed, ${count.failed} failed${count.skipped === 0 ? '' : `, ${count.skipped} skipped`}`);
process.exitCode = count.failed === 0 ? 0 : 1;
