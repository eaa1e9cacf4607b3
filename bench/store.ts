/**
 * What it costs to keep the grid's past and to read it: 20 years of hourly values of 100 zones (`--zones`, `--years`),
 * each with a first estimate and a later revision of its last month. Reads are of one week, at random. And how fast the
 * archive of one zone grows that is read every five minutes, all year. Run: `npm run bench -- store`.
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
import { DAY, HOUR, type Instant, instant, MINUTE, millis } from '../src/units.ts';

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

/** Days of five-minute values that are read as they come; a year is taken from them. */
const READ_DAYS = 10;
const FIVE_MINUTES = millis(5 * MINUTE);
const SLOTS_A_DAY = DAY / FIVE_MINUTES;

/** What one of many readings says: the last two days, final after one, in tenths, and `ahead` days of forecast. */
function readingAt(index: number, ahead: number): Series {
  const at = (slot: number): Instant => instant(START + slot * FIVE_MINUTES);
  const first = index - 2 * SLOTS_A_DAY;
  const slots = Array.from({ length: (2 + ahead) * SLOTS_A_DAY }, (_, i) => first + i);
  // Gusts of 15 g, and a forecast that moves with each issue.
  const level = (slot: number): number =>
    300 + 120 * Math.sin(slot / 46) + 10 * Math.sin(1.7 * slot) + 5 * Math.sin((slot % 9_973) ** 2 % 97);
  const said = (slot: number): number =>
    slot < index ? level(slot) : level(slot) + 3 * Math.sin(slot / 30 + index / 50);
  return {
    ...seriesFrom(0, at(first), 0, at(index), 0),
    axis: { start: at(first), step: FIVE_MINUTES, length: slots.length },
    intensityG: Float64Array.from(slots, (slot) => Math.round(10 * said(slot)) / 10),
    quality: slots.map((slot) => {
      if (slot >= index) return 'forecast';
      return slot < index - SLOTS_A_DAY ? 'measured' : 'estimated';
    }),
  };
}

/** Megabytes a year of one zone, and what its last week costs to read. */
async function growth(label: string, ahead: number, target: number): Promise<void> {
  console.error(`store: ${label}`);
  const place = mkdtempSync(join(tmpdir(), 'gridtide-bench-'));
  try {
    const nothing = await openStore(place);
    await nothing.close();
    const empty = statSync(nothing.file).size;
    const written = await openStore(place);
    const archive = openVintages(written);
    for (let i = 1; i <= READ_DAYS * SLOTS_A_DAY; i += 1) await archive.keep(readingAt(i, ahead));
    await written.close();
    add(label, ((statSync(written.file).size - empty) / 1e6) * (365 / READ_DAYS), 'MB a year', target);
    const store = await openStore(place);
    const vintages = openVintages(store);
    const since = process.cpuUsage();
    const start = instant(START + (READ_DAYS - 7) * DAY);
    const key = { ...keyOf(0), step: FIVE_MINUTES };
    for (let i = 0; i < 50; i += 1) await vintages.past(key, { start, end: instant(start + 7 * DAY) });
    add(`${label}: to read a week`, cpuMs(since) / 50, 'CPU ms', 5);
    await store.close();
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

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
await growth('a zone read every 5 min', 0, 45);
await growth('a zone read every 5 min, with a forecast of 3 days', 3, 100);
console.log(JSON.stringify(rows));
