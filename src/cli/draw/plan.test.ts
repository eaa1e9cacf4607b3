import { describe, expect, test } from 'vitest';
import {
  at,
  NOW,
  outlookOf,
  type PlanChoice,
  planOf,
  RISK_OUTLOOKS,
  RISK_PLAN,
  RISK_SITES,
  type StepChoice,
  siteOf,
} from '../../../test/drawing/models.ts';
import type { Outlook } from '../../plan/index.ts';
import { drawPlan } from './plan.ts';
import { type Line, NO_COLOUR, paint } from './style.ts';

const timeZone = 'Europe/Berlin';

const WIDTHS = [60, 80, 140] as const;

const text = (lines: readonly Line[]): string => paint(lines, NO_COLOUR);

const riskView = (columns: number) =>
  ({
    outlooks: RISK_OUTLOOKS,
    sites: RISK_SITES,
    workflowName: 'risk-7b',
    columns,
    timeZone,
    now: NOW,
    deadline: at(41),
  }) as const;

/** A plan at one site `here` in DE. */
function drawHere(choice: Omit<PlanChoice, 'outlooks'>, outlook: Outlook, deadlineHours: number, columns = 80): string {
  const plan = planOf({
    ...choice,
    outlooks: [outlook],
    steps: choice.steps.map((step) => ({ site: 'here', zone: 'DE', ...step })),
  });
  return text(
    drawPlan(plan, {
      outlooks: { DE: outlook },
      sites: [siteOf('here', 'DE', 'time zone Europe/Berlin')],
      workflowName: 'first-light',
      columns,
      timeZone,
      now: NOW,
      deadline: at(deadlineHours),
    }),
  );
}

const train = (more: Partial<StepChoice> = {}): StepChoice => ({
  name: 'train',
  intervals: [[5, 8]],
  deadline: 12,
  latestStart: 9,
  ...more,
});

describe('a plan', () => {
  test('says first what it emits instead of what, and how early', () => {
    const [first, second] = text(drawPlan(RISK_PLAN, riskView(140))).split('\n');
    expect(first).toBe('risk-7b will emit 2.26 kg instead of 5.25 kg and be done 19 h early.');
    expect(second).toBe('−57 % (−48 … −63) vs run-now, 1.87 … 2.73 kgCO2e (p10 … p90); least possible 0.9 % below');
  });

  test('that runs now says so and claims nothing', () => {
    const reason = 'runs now: waiting would save 1.2 %, below the 5 % that is worth a delay';
    const drawn = drawHere(
      { saving: [0, 0, 0], steps: [train({ intervals: [[0, 3]], reason })], notes: [reason] },
      outlookOf('DE'),
      12,
      140,
    );
    expect(drawn).toMatch(/^first-light runs now, will emit 100 g and be done 9 h early\.\n±0 vs run-now,/);
    expect(drawn.match(/worth a delay/g)).toHaveLength(1);
    expect(drawn).toMatch(/100 g +±0\n/);
  });

  test('whose saving cannot be told from zero says so in its first sentence and gives no percent', () => {
    const drawn = drawHere({ saving: [6, -2, 9], steps: [train()] }, outlookOf('DE'), 12, 140);
    expect(drawn).toMatch(
      /^first-light will emit 100 g and be done 4 h early: not distinguishable from run-now\.\n±0 \(\+2 … −9 %\) vs run-now/,
    );
    expect(drawn).not.toMatch(/100 g +[−+±]/);
  });

  test('that knows only the shape of the day claims no saving and shows no intensity', () => {
    const outlook = outlookOf('DE', { use: 'shape', quality: 'modelled', source: 'national shape' });
    const drawn = drawHere({ saving: null, steps: [train()] }, outlook, 12, 140);
    expect(drawn).toContain('no saving is claimed: the shape ranks hours, it does not weigh them');
    expect(drawn).toContain('shape only modelled');
    expect(drawn).not.toContain('instead of');
    expect(drawn).not.toMatch(/\d … \d+ g\/kWh/);
  });

  test('without a signal runs now for want of one', () => {
    const outlook = outlookOf('DE', { use: 'none', quality: 'yearly-average', source: 'yearly average' });
    const drawn = drawHere({ saving: null, steps: [train({ intervals: [[0, 3]] })] }, outlook, 12);
    expect(drawn).toMatch(/^first-light runs now, for want of a grid signal, and is done 9 h early\./);
    expect(drawn).toContain('no signal yearly average');
    expect(drawn).not.toMatch(/[▁▂▃▄▅▆▇]/);
  });

  test('names each step without a place and every reason', () => {
    const drawn = drawHere(
      {
        steps: [],
        unplaced: [
          {
            step: 'train',
            conflict: ['needs 4 h 35 min to the end, deadline leaves 3 h', 'here: needs 2 GPUs, has 0'],
          },
        ],
      },
      outlookOf('DE'),
      3,
    );
    expect(drawn).toMatch(
      /^✕ first-light cannot run as asked: train has no place\.\n\n✕ train\n {4}needs 4 h 35 min to the end, deadline leaves 3 h\n {4}here: needs 2 GPUs, has 0\n/,
    );
    expect(drawn).not.toContain('legend');
  });

  test('that ends late says how late, with its sign', () => {
    expect(drawHere({ steps: [train({ intervals: [[5, 13]] })] }, outlookOf('DE'), 12)).toMatch(
      /^▲ first-light will emit .* be done 1 h late\.\n/,
    );
  });

  test('draws a flat grid level', () => {
    const outlook = outlookOf('DE', { intensity: () => 300 });
    expect(drawHere({ saving: [0, 0, 0], steps: [train({ intervals: [[0, 3]] })] }, outlook, 12)).toMatch(
      /here DE +▃+ {2}300\n/,
    );
  });

  test('folds more than twelve steps into one row with their grams', () => {
    const steps = Array.from({ length: 100 }, (_, i) => train({ name: `step-${i}`, grams: i + 1 }));
    const drawn = drawHere({ steps }, outlookOf('DE'), 12);
    expect(drawn.match(/^○ /gm)).toHaveLength(12);
    expect(drawn).toMatch(/^… 88 more steps +█+ +4\.97 kg$/m);
    expect(drawHere({ steps: steps.slice(0, 12) }, outlookOf('DE'), 12)).not.toContain('more steps');
  });

  test.each(['synthetic', 'replayed', 'modelled', 'estimated'] as const)(
    'marks %s data in the line of the strip and of the grid',
    (quality) => {
      const outlook = outlookOf('DE', { quality, source: 'somewhere' });
      for (const columns of WIDTHS) {
        const lines = drawHere({ steps: [train()] }, outlook, 12, columns).split('\n');
        expect(lines.find((line) => /[▁▂▃▄▅▆▇]{5}/.test(line))).toContain(quality);
        const grid = lines.slice(lines.findIndex((line) => line.startsWith('  grid'))).join(' ');
        expect(grid).toContain(quality);
      }
    },
  );
});
