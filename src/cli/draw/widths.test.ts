import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  at,
  NOW,
  outlookOf,
  planOf,
  RECEIPT,
  RISK_SITES,
  runOf,
  type StepChoice,
  seeded,
} from '../../../test/drawing/models.ts';
import type { Outlook, Plan } from '../../plan/index.ts';
import type { Receipt } from '../../report/index.ts';
import { grams, HOUR, kilowattHours, MINUTE, millis } from '../../units.ts';
import { drawPlan } from './plan.ts';
import { drawReceipt } from './receipt.ts';
import { drawRun } from './run.ts';
import { type Line, lineWidth, NO_COLOUR, paint } from './style.ts';

const timeZone = 'Europe/Berlin';

const text = (lines: readonly Line[]): string => paint(lines, NO_COLOUR);

const widest = (lines: readonly Line[]): number => Math.max(0, ...lines.map(lineWidth));

describe('whatever the model, no line is wider than the terminal', () => {
  const seeds = fc.integer({ min: 0, max: 1_000_000 });
  const widths = fc.integer({ min: 40, max: 200 });
  const NAMES = ['train', 'a-step-with-a-rather-long-name-that-goes-on', '日本語ステップ', 'x', 'é́'];

  function randomPlan(seed: number): { plan: Plan; outlooks: Record<string, Outlook>; deadline: number } {
    const random = seeded(seed);
    const pick = <T>(from: readonly [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0];
    const hours = 10 ** (random() * 4 - 1);
    const zones = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, i) =>
      outlookOf(pick(['DE', 'US-CAL-CISO', 'GB']) + i, {
        hours: Math.max(1, hours * (0.3 + random())),
        step: millis(pick([5, 15, 30, 60]) * MINUTE),
        quality: pick(['forecast', 'synthetic', 'replayed', 'modelled', 'yearly-average', 'missing']),
        use: pick(['level', 'level', 'shape', 'none']),
        source: pick(['synthetic', 'https://example.org/a/rather/long/address?with=parameters&and=more']),
        intensity: (hour) => (random() < 0.05 ? Number.NaN : 400 + 390 * Math.sin(hour)),
      }),
    );
    const steps = Array.from({ length: 1 + Math.floor(random() ** 3 * 100) }, (_, i): StepChoice => {
      const start = random() * hours;
      const zone = zones[i % zones.length]?.zone ?? 'DE';
      return {
        name: `${pick(['train', ...NAMES])}-${i}`,
        site: `site-${zone}`,
        zone,
        intervals: [
          [start, start + random() * hours * 0.5, pick([1, 2])],
          [start + hours * 0.6, start + hours * 0.8],
        ],
        deadline: hours * (0.5 + random()),
        latestStart: hours * random(),
        grams: 10 ** (random() * 12 - 5),
        reason: 'starts 22:00Z: 212 g/kWh against 406 g now; 3 pauses skip the evening peak',
        runnerUp:
          random() < 0.5
            ? null
            : {
                site: pick(['elsewhere', `site-${zone}`]),
                level: 1,
                start: at(random() * hours),
                emissionsG: grams(random() * 1e6),
                cost: { amount: random() * 1e4, currency: 'CHF' },
              },
      };
    });
    return {
      plan: planOf({
        name: pick(['risk', ...NAMES]),
        steps,
        outlooks: zones,
        saving: random() < 0.3 ? null : [random() * 60, random() * 90 - 40, 61],
        notes: ['the data end early: 3 h of the horizon are filled with the last known value'],
        unplaced:
          random() < 0.2 ? [{ step: 'train', conflict: ['needs 4 h 35 min to the end, deadline leaves 3 h'] }] : [],
      }),
      outlooks: Object.fromEntries(zones.map((outlook) => [outlook.zone, outlook])),
      deadline: hours,
    };
  }

  test('for plans', () => {
    fc.assert(
      fc.property(seeds, widths, (seed, columns) => {
        const { plan, outlooks, deadline } = randomPlan(seed);
        const lines = drawPlan(plan, {
          outlooks,
          sites: RISK_SITES,
          workflowName: plan.workflow,
          columns,
          timeZone,
          now: NOW,
          deadline: at(deadline),
        });
        expect(widest(lines)).toBeLessThanOrEqual(columns);
        expect(text(lines)).not.toMatch(/NaN|undefined|Infinity/);
      }),
      { seed: 7, numRuns: 80 },
    );
  });

  test('for runs', () => {
    fc.assert(
      fc.property(seeds, widths, (seed, columns) => {
        const random = seeded(seed + 1);
        const { plan, outlooks, deadline } = randomPlan(seed);
        const states = ['waiting', 'running', 'pausing', 'paused', 'done', 'failed', 'cancelled'] as const;
        const run = runOf({
          plan,
          outlooks,
          steps: plan.steps.map(({ step, site }) => {
            const start = -random() * deadline;
            return {
              step,
              site,
              state: states[Math.floor(random() * states.length)] ?? 'waiting',
              ran: random() < 0.4 ? [] : [{ start: at(start), end: random() < 0.5 ? null : at(start / 2) }],
              remaining: millis(random() * deadline * HOUR),
              overrun: millis(random() < 0.8 ? 0 : random() * deadline * HOUR),
              emissionsG: grams(random() ** 8 * 1e5),
              energyKWh: kilowattHours(random() ** 8 * 1e3),
              exitCode: random() < 0.5 ? null : 137,
            };
          }),
          more: {
            deadline: at(deadline),
            submittedAt: at(-deadline),
            speed: random() < 0.5 ? 1 : 600,
            powerW: random() < 0.5 ? null : random() * 1e4,
            trouble:
              random() < 0.5 ? [] : ['the grid has not answered since 13:10: the last forecast is used until 16:10'],
            events: [
              {
                at: at(-1),
                step: 'train',
                kind: 'grid-lost',
                text: `a long event ${'x'.repeat(Math.floor(random() * 200))}`,
              },
            ],
          },
        });
        const lines = drawRun(run, { columns, timeZone });
        expect(widest(lines)).toBeLessThanOrEqual(columns);
        expect(text(lines)).not.toMatch(/NaN|undefined|Infinity/);
      }),
      { seed: 8, numRuns: 80 },
    );
  });

  test('for receipts', () => {
    fc.assert(
      fc.property(widths, fc.boolean(), (columns, all) => {
        const name = 'a-step-with-a-rather-long-name-that-goes-on';
        const receipt: Receipt = {
          ...RECEIPT,
          steps: RECEIPT.steps.map((step, i) => ({ ...step, step: `${name}-${i}` })),
          perUnit: { name, grams: grams(0.0029) },
          savingWithheld: null,
          notes: ['the intensity of 02:00 to 03:00 was missing: the yearly average stands in, with its width'],
        };
        expect(widest(drawReceipt(receipt, { columns, timeZone, all }))).toBeLessThanOrEqual(columns);
      }),
      { seed: 9 },
    );
  });
});
