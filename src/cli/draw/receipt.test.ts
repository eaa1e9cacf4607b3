import { describe, expect, test } from 'vitest';
import { at, RECEIPT, SIGNAL } from '../../../test/drawing/models.ts';
import type { Receipt } from '../../report/index.ts';
import { grams, kilowattHours, MINUTE, millis } from '../../units.ts';
import { drawReceipt } from './receipt.ts';
import { type Line, NO_COLOUR, paint } from './style.ts';

const timeZone = 'Europe/Berlin';

const text = (lines: readonly Line[]): string => paint(lines, NO_COLOUR);

describe('a receipt', () => {
  test('that missed energy states it, and withholds the saving with the reason', () => {
    const receipt: Receipt = {
      ...RECEIPT,
      saving: null,
      savingWithheld: '40 % of the running time has no reading',
      energy: {
        ...RECEIPT.energy,
        coveragePercent: 60,
        missing: [{ step: 'train', start: at(-3), end: at(-2), why: 'nobody attended it' }],
      },
    };
    const drawn = text(drawReceipt(receipt, { columns: 80, timeZone }));
    expect(drawn).toMatch(/running time measured ·+ 60 %/);
    expect(drawn).toContain('▲ no energy of train from 11:30 to 12:30: nobody');
    expect(drawn).toMatch(/saved ·+ no saving is claimed\n {2}40 % of the running time has no reading/);
    expect(drawn).not.toContain('−23 %');
  });

  test('without any energy knows no emissions, and does not write zero', () => {
    const zero = { expected: kilowattHours(0), low: kilowattHours(0), high: kilowattHours(0) };
    const receipt: Receipt = {
      ...RECEIPT,
      saving: null,
      savingWithheld: 'nothing was measured',
      energy: { ...RECEIPT.energy, it: zero, overhead: zero, coveragePercent: 0 },
      emissions: { location: null },
      baseline: { ...RECEIPT.baseline, settledG: null },
      rows: [],
    };
    const drawn = text(drawReceipt(receipt, { columns: 140, timeZone }));
    expect(drawn).toMatch(/location-based ·+ not known: no energy was measured/);
    expect(drawn).not.toMatch(/\b0 g|\b0 kWh|0\.00/);
  });

  test('that cannot tell its saving from zero says so', () => {
    const receipt: Receipt = {
      ...RECEIPT,
      saving: {
        grams: { expected: grams(100), low: grams(-90), high: grams(300) },
        percent: { expected: 2, low: -1, high: 4 },
        distinguishable: false,
      },
    };
    expect(text(drawReceipt(receipt, { columns: 80, timeZone }))).toMatch(
      /saved, replayed ·+ ±0, not distinguishable\n {2}p10 … p90, replayed ·+ \+1 … −4 %/,
    );
  });

  test('of a demonstration carries its speed and its word, and small figures read well', () => {
    const receipt: Receipt = {
      ...RECEIPT,
      speed: 600,
      energy: {
        ...RECEIPT.energy,
        tiers: ['E'],
        it: { expected: kilowattHours(6.5e-5), low: kilowattHours(3e-5), high: kilowattHours(1.2e-4) },
      },
      emissions: { location: { expected: grams(0.0187), low: grams(0.009), high: grams(0.035) } },
      signals: { DE: { ...SIGNAL, source: 'synthetic', quality: 'synthetic', licence: 'CC0', sha256: null } },
    };
    const drawn = text(drawReceipt(receipt, { columns: 80, timeZone }));
    expect(drawn).toContain('synthetic grid; 600× speed');
    expect(drawn).toMatch(/energy, estimated \(tier E\) ·+ 234 J −54 … \+85 %/);
    expect(drawn).toMatch(/location-based, synthetic ·+ 19 mgCO2e/);
  });

  test('that was late or failed says so', () => {
    const late = text(
      drawReceipt(
        {
          ...RECEIPT,
          outcome: 'failed',
          early: millis(-20 * MINUTE),
          steps: RECEIPT.steps.map((step) => ({ ...step, outcome: 'failed' as const, exitCode: 3 })),
        },
        { columns: 80, timeZone },
      ),
    );
    expect(late).toContain('✕ train failed, exit code 3\n    why: gridtide logs 0147 train\n');
    expect(late).toMatch(/ended, failed ·+ 20 min after its deadline/);
  });

  test('tells how to see why a step failed, not why it was cancelled or never began', () => {
    const [train, evaluate] = RECEIPT.steps;
    if (train === undefined || evaluate === undefined) throw new Error('no steps');
    const steps = [
      { ...train, outcome: 'cancelled' as const, exitCode: 143 },
      { ...evaluate, outcome: 'not-started' as const, exitCode: null },
    ];
    const drawn = text(drawReceipt({ ...RECEIPT, outcome: 'cancelled', steps }, { columns: 80, timeZone }));
    expect(drawn).toContain('✕ train cancelled, exit code 143\n  ✕ evaluate was not started\n');
    expect(drawn).not.toContain('gridtide logs');
  });

  test.each(['synthetic', 'replayed', 'yearly-average'] as const)(
    'says in every line with grams that the grid is %s',
    (quality) => {
      const receipt: Receipt = {
        ...RECEIPT,
        signals: { GB: { ...SIGNAL, source: 'grid.csv', quality, licence: 'CC0', sha256: null } },
        rows: RECEIPT.rows.map((row) => ({ ...row, quality })),
        perUnit: { name: 'scenario', grams: grams(12) },
        events: [],
      };
      const word = quality.replace('-', ' ');
      const stated = (columns: number) =>
        text(drawReceipt(receipt, { columns, timeZone, all: true }))
          .split(/\n(?! {10})/) // a pair that is too long for one line goes on at the right
          .filter((line) => /\d [mk]?g(?:CO2e)?\b|\d{2}:\d{2}–\d{2}:\d{2}|%$/.test(line) && !/[±]/.test(line));
      expect(stated(80)).toHaveLength(6 + 1 + RECEIPT.rows.length);
      for (const columns of [60, 80]) for (const line of stated(columns)) expect(line).toContain(word);
    },
  );

  test('of a grid that was measured needs no such word', () => {
    const { GB } = RECEIPT.signals;
    if (GB === undefined) throw new Error('no signal');
    const drawn = text(
      drawReceipt(
        {
          ...RECEIPT,
          signals: { GB: { ...GB, quality: 'measured' } },
          rows: RECEIPT.rows.map((row) => ({ ...row, quality: 'measured' })),
        },
        { columns: 140, timeZone },
      ),
    );
    expect(drawn).toMatch(/run-now settled, written 18:40 ·+ 7493 gCO2e/);
    expect(drawn).toContain('5781 g is');
    expect(drawn).not.toContain('replayed');
  });

  test('shows every row where it is asked to', () => {
    expect(
      text(drawReceipt(RECEIPT, { columns: 80, timeZone, all: true })).match(/^ {2}\d\d:\d\d–\d\d:\d\d/gm),
    ).toHaveLength(11);
  });
});
