/**
 * What it costs to keep the grid's past and to read it: 20 years of hourly values of 100 zones (`--zones`, `--years`),
 * each with a first estimate and a later revision of its last month. Reads are of one week, at random. Run:
 * `npm run bench -- store`.
 *
 * @module
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Series } from '../src/grid/index.ts';
import { openVintages, type VintageKey } from '../src/grid/vintages.ts';
import { openStore } from '../src/store/index.ts';
import { DAY, HOUR, type Instant, instant } from '../src/units.ts';

const { values: options } = parseArgs({
  options: {
    zones: { type: 'string', default: '100' },
    years: { type: 'string', default: '20' },
    data: { type: 'string' },
    json: { type: 'boolean' },
  },
});
const ZONES = Number(options.zones);
const YEARS = Number(options.years);
const READS = 400;
const YEAR = 365 * DAY;
const START = instant(Date.UTC(2005, 0, 1));

const keyOf = (zone: number): VintageKey => ({
  provider: 'bench',
  zone: `Z${zone}`,
  signal: { kind: 'average', basis: 'consumption', scope: 'lifecycle', gas: 'CO2e' },
  step: HOUR,
});

function seriesFrom(zone: number, start: Instant, hours: number, observed: Instant, shift: number): Series {
  const { signal, step, provider, zone: name } = keyOf(zone);
  const intensityG = Float64Array.from({ length: hours }, (_, i) => {
    const hour = (start - START) / HOUR + i;
    return 300 + zone + 120 * Math.sin(hour / 3.82) + 60 * Math.sin(hour / 1_395) + shift;
  });
  return {
    zone: name,
    signal,
    axis: { start, step, length: hours },
    intensityG,
    quality: new Array(hours).fill(shift === 0 ? 'estimated' : 'measured'),
    gaps: [],
    provenance: {
      provider,
      source: 'bench',
      licence: 'none',
      fetchedAt: observed,
      issuedAt: observed,
      issuedAtBasis: 'fetch-time',
    },
    warnings: [],
  };
}

const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
};

const folder = mkdtempSync(join(tmpdir(), 'gridtide-bench-'));
const rows: Record<string, number | string | boolean>[] = [];
const label = `${YEARS} years, ${ZONES} zones, hourly`;
const add = (metric: string, value: number, unit: string, target?: number): void => {
  const judged = target === undefined ? {} : { target, pass: value <= target };
  rows.push({ case: label, metric, value: Number(value.toPrecision(4)), unit, ...judged });
};

try {
  const store = await openStore(folder);
  const vintages = openVintages(store);
  console.error(`store: keeping ${label}`);
  const before = process.cpuUsage();
  for (let zone = 0; zone < ZONES; zone += 1) {
    for (let year = 0; year < YEARS; year += 1) {
      const start = instant(START + year * YEAR);
      const end = instant(start + YEAR);
      await vintages.keep(seriesFrom(zone, start, YEAR / HOUR, end, 0));
      await vintages.keep(seriesFrom(zone, instant(end - 30 * DAY), 720, instant(end + 30 * DAY), 0.5));
    }
    if (zone % 10 === 9) console.error(`store: ${zone + 1} zones`);
  }
  add('to keep a value', (cpuMs(before) * 1_000) / ((ZONES * YEARS * (YEAR + 30 * DAY)) / HOUR), 'CPU µs');
  add('file', statSync(store.file).size / 1e6, 'MB');

  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const read = async (asOf?: Instant): Promise<void> => {
    const start = instant(START + Math.floor(random() * (YEARS * 365 - 7)) * DAY);
    const week = await vintages.past(
      keyOf(Math.floor(random() * ZONES)),
      { start, end: instant(start + 7 * DAY) },
      asOf,
    );
    if (asOf === undefined && week.intensityG.some(Number.isNaN)) throw new Error('a week that was kept is not whole');
  };
  for (let i = 0; i < READS; i += 1) await read();
  globalThis.gc?.();
  const memory = process.memoryUsage().rss;
  for (const [metric, asOf] of [
    ['to read a week', undefined],
    ['to read a week as it was known', instant(START + YEARS * YEAR)],
  ] as const) {
    const since = process.cpuUsage();
    for (let i = 0; i < READS; i += 1) await read(asOf);
    add(metric, cpuMs(since) / READS, 'CPU ms', 5);
  }
  for (let i = 0; i < 10 * READS; i += 1) await read();
  add(`memory after ${12 * READS} reads more`, (process.memoryUsage().rss - memory) / 1e6, 'MB more', 50);

  // The worst week: it was revised at every hour of a month.
  const key = keyOf(0);
  const start = instant(START + YEARS * YEAR + 60 * DAY);
  for (let i = 1; i <= 720; i += 1) {
    await vintages.keep(seriesFrom(0, start, Math.min(i, 168), instant(start + i * HOUR), i / 1_000));
  }
  const since = process.cpuUsage();
  for (let i = 0; i < READS; i += 1) await vintages.past(key, { start, end: instant(start + 7 * DAY) });
  add('to read a week that was revised 720 times', cpuMs(since) / READS, 'CPU ms', 5);
  await store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify(rows));
