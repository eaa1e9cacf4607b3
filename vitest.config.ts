/**
 * How tests are run: beside the source for a room, in `test/` for what spans rooms.
 *
 * @module
 */
import { defineConfig } from 'vitest/config';

/** Stryker runs only the tests that stand beside what it mutates: the others reach it too, through real processes. */
const mutating = process.env['STRYKER_MUTATOR_WORKER'] !== undefined;

export default defineConfig({
  // The example imports the package by its name, as its users do.
  resolve: { alias: { gridtide: new URL('./src/index.ts', import.meta.url).pathname } },
  test: {
    include: mutating ? ['src/units.test.ts', 'src/plan/**/*.test.ts'] : ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Processes are started and killed in some tests; threads would share signals and the working folder.
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Nothing may depend on where or in which language the machine stands.
    env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  },
});
