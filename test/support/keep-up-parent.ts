/**
 * Asks for the forecast of DE to be kept up and stays until it is killed; prints a line when it has asked.
 * Run by a test as a process of its own: `keep-up-parent.ts HOME PROGRAM WORD…`.
 *
 * @module
 */
import { keepUp } from '../../src/forecast/index.ts';
import { instant } from '../../src/units.ts';
import { someSeries } from './some-series.ts';

const [home = '', program = '', ...words] = process.argv.slice(2);
const now = instant(Date.UTC(2026, 2, 18, 12));
void keepUp({
  home,
  now: () => now,
  zones: async () => new Set(['DE']),
  command: [program, ...words],
  cwd: home,
  environment: process.env,
  signal: new AbortController().signal,
})(someSeries({ start: now, at: now, values: [300] }));
process.stdout.write('asked\n');
setInterval(() => {}, 60_000);
