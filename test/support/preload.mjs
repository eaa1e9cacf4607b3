/**
 * Loaded into every node process of a command under test, guard included: sends questions to grid providers to a server
 * of the test, lets wall time pass faster, and turns the clock when the test says so.
 *
 *     GRIDTIDE_TEST_GRID    address of the server; it is asked `/?url=<what was asked>`
 *     GRIDTIDE_TEST_TIME    "BASE FACTOR": from BASE (epoch ms) on, FACTOR seconds pass in each
 *     GRIDTIDE_TEST_TURNED  file "AT BY": from AT (epoch ms, real) on the clock shows BY ms more
 *
 * Times of files are mapped alike, so that processes and the clock still tell one story. Timers stay real.
 *
 * @module
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { GRIDTIDE_TEST_GRID: grid, GRIDTIDE_TEST_TIME: time, GRIDTIDE_TEST_TURNED: turnedFile } = process.env;

if (grid !== undefined) {
  const ask = globalThis.fetch;
  globalThis.fetch = (url, options) => ask(`${grid}/?url=${encodeURIComponent(String(url))}`, options);
}

if (time !== undefined) {
  const [base = 0, factor = 1] = time.split(' ').map(Number);
  const readFile = fs.readFileSync;
  const stat = fs.statSync;
  const realNow = Date.now;
  const realPerformance = performance.now.bind(performance);
  const LOOK_EVERY_MS = 20;
  let turned = { at: Number.POSITIVE_INFINITY, by: 0 };
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = () => {
    if (turnedFile === undefined || realPerformance() - lookedAt < LOOK_EVERY_MS) return;
    lookedAt = realPerformance();
    try {
      const [at = 0, by = 0] = readFile(turnedFile, 'utf8').split(' ').map(Number);
      turned = { at, by };
    } catch {
      // not turned yet
    }
  };
  const shown = (at) => {
    look();
    return base + (at - base) * factor + (at >= turned.at ? turned.by : 0);
  };

  Date.now = () => Math.floor(shown(realNow()));
  performance.now = () => realPerformance() * factor;
  fs.statSync = (...args) => {
    const stats = stat(...args);
    if (typeof stats?.mtimeMs === 'number' && stats.mtimeMs >= base) stats.mtimeMs = shown(stats.mtimeMs);
    return stats;
  };

  // Time since boot, which meters compare with wall time to notice that the clock was turned.
  const open = fs.openSync;
  const read = fs.readSync;
  const uptimes = new Set();
  fs.openSync = (path, ...rest) => {
    const file = open(path, ...rest);
    if (path === '/proc/uptime') uptimes.add(file);
    else uptimes.delete(file);
    return file;
  };
  fs.readSync = (file, buffer, ...rest) => {
    const length = read(file, buffer, ...rest);
    if (!uptimes.has(file) || length === 0) return length;
    const seconds = Number.parseFloat(buffer.toString('utf8', 0, length)) + ((realNow() - base) / 1000) * (factor - 1);
    return buffer.write(`${seconds.toFixed(2)} 0.00\n`, 0);
  };
  syncBuiltinESMExports();
}
