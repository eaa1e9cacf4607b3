import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  at,
  DEMO_OUTLOOKS,
  DEMO_RUN,
  NOW,
  outlookOf,
  PAUSED_RUN,
  type PlanChoice,
  planOf,
  RECEIPT,
  RISK_OUTLOOKS,
  RISK_PLAN,
  RISK_SITES,
  runOf,
  SIGNAL,
  type StepChoice,
  seeded,
  siteOf,
} from '../../../test/drawing/models.ts';
import { Failure } from '../../errors.ts';
import type { Outlook, Plan } from '../../plan/index.ts';
import type { Receipt } from '../../report/index.ts';
import { grams, HOUR, kilowattHours, MINUTE, millis } from '../../units.ts';
import { drawFailure } from './failure.ts';
import { drawFrontier } from './frontier.ts';
import { drawGrid } from './grid.ts';
import { drawList } from './list.ts';
import { drawPlan } from './plan.ts';
import { drawReceipt } from './receipt.ts';
import { drawRun } from './run.ts';
import { type Line, lineWidth, NO_COLOUR, type Palette, paint } from './style.ts';
import { drawVerify } from './verify.ts';

const timeZone = 'Europe/Berlin';
const COLOUR: Palette = { depth: 24, background: 'dark' };
const WIDTHS = [60, 80, 140] as const;

const text = (lines: readonly Line[]): string => paint(lines, NO_COLOUR);
const widest = (lines: readonly Line[]): number => Math.max(0, ...lines.map(lineWidth));

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

describe.each(WIDTHS)('at %d columns', (columns) => {
  const drawings: Record<string, readonly Line[]> = {
    plan: drawPlan(RISK_PLAN, riskView(columns)),
    'run-paused': drawRun(PAUSED_RUN, { columns, timeZone }),
    'run-demo': drawRun(DEMO_RUN, { columns, timeZone }),
    receipt: drawReceipt(RECEIPT, { columns, timeZone }),
  };

  test.each(Object.entries(drawings))('%s looks as it was last looked at', async (name, lines) => {
    expect(widest(lines)).toBeLessThanOrEqual(columns);
    await expect(text(lines)).toMatchFileSnapshot(`golden/${name}-${columns}.txt`);
    await expect(paint(lines, COLOUR)).toMatchFileSnapshot(`golden/${name}-${columns}.ansi`);
  });
});

test('colour adds nothing but colour: without its sequences the text is the same', () => {
  const lines = [...drawPlan(RISK_PLAN, riskView(80)), ...drawRun(DEMO_RUN, { columns: 80, timeZone })];
  // biome-ignore lint/complexity/useRegexLiterals: the escape character reads better in a string
  const sequences = new RegExp('\u001b\\[[0-9;]*m', 'g');
  expect(paint(lines, COLOUR).replace(sequences, '')).toBe(text(lines));
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

describe('a run', () => {
  test('says what it waits for: now, then, when', () => {
    expect(text(drawRun(PAUSED_RUN, { columns: 140, timeZone })).split('\n')[1]).toBe(
      '  fine-tune paused at 13:42: 418 g now, 353 g then. It goes on Sat 09:00.',
    );
  });

  test('on a fast clock says so, and adds no real joules to planned hours', () => {
    const drawn = text(drawRun(DEMO_RUN, { columns: 80, timeZone }));
    expect(drawn).toContain('600× speed');
    expect(drawn).toContain('16 mgCO2e');
    expect(drawn).toMatch(/when done {3}21:30, 5 h early/);
  });

  test('that failed says which step, when, with which code, and draws no plan', () => {
    const failed = {
      ...DEMO_RUN,
      state: 'failed' as const,
      steps: DEMO_RUN.steps.map((step) =>
        step.step === 'train'
          ? { ...step, state: 'failed' as const, exitCode: 137, since: at(-1), ran: [{ start: at(-5), end: at(-1) }] }
          : step,
      ),
    };
    const drawn = text(drawRun(failed, { columns: 80, timeZone }));
    expect(drawn).toContain('train failed at 13:30 with exit code 137.');
    expect(drawn).not.toMatch(/[░┊┃↑]/);
  });

  test('that nobody attends says who keeps the deadline; trouble has its sign', () => {
    const drawn = text(
      drawRun(
        { ...DEMO_RUN, attended: false, trouble: ['the grid has not answered since 13:10'] },
        { columns: 80, timeZone },
      ),
    );
    expect(drawn).toContain('Nobody attends it; its guard keeps the deadline.');
    expect(drawn).toContain('▲ the grid has not answered since 13:10');
    expect(drawn.startsWith('▲ first-light')).toBe(true);
  });

  test('keeps its height and its field from frame to frame', () => {
    const frames = [-6, -5, -2, -0.5, 0, 0.4, 3, 5.9].map((hours) => {
      const now = at(hours);
      const run = {
        ...DEMO_RUN,
        now,
        steps: DEMO_RUN.steps.map((step) => ({
          ...step,
          emissionsG: grams(Math.max(0, hours + 6) * 0.003),
          energyKWh: kilowattHours(Math.max(0, hours + 6) * 1e-5),
          ran: step.ran.filter(({ start }) => start <= now),
        })),
        events: Array.from({ length: Math.round(hours + 6) }, (_, i) => ({
          at: at(i - 6),
          step: 'train',
          kind: 'x',
          text: `event ${i}`,
        })),
      };
      return drawRun(run, { columns: 80, timeZone, steady: true });
    });
    expect(new Set(frames.map((lines) => lines.length)).size).toBe(1);
    const strips = frames.map((lines) =>
      text(lines)
        .split('\n')
        .find((line) => line.startsWith('here DE'))
        ?.slice(0, 48),
    );
    expect(new Set(strips).size).toBe(1);
  });

  test('fits the rows of a low terminal: events go first, then lanes', () => {
    for (const rows of [12, 16, 20, 24, 40]) {
      const drawn = drawRun(DEMO_RUN, { columns: 80, timeZone, rows, steady: true });
      expect(drawn.length).toBeLessThan(Math.max(rows, 17));
    }
    const many = runOf({
      plan: DEMO_RUN.plan,
      outlooks: DEMO_OUTLOOKS,
      steps: Array.from({ length: 100 }, (_, i) => ({
        step: `s${i}`,
        state: i === 0 ? ('running' as const) : ('waiting' as const),
      })),
    });
    expect(text(drawRun(many, { columns: 80, timeZone, rows: 24 }))).toMatch(/… \d\d more steps +.*0 done/);
  });
});

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
      /saved ·+ ±0, not distinguishable\n {2}p10 … p90 ·+ \+1 … −4 %/,
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
    expect(drawn).toMatch(/energy, estimated \(tier E\) ·+ 234 J ±69 %/);
    expect(drawn).toMatch(/location-based ·+ 19 mgCO2e/);
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
    expect(late).toContain('✕ train failed, exit code 3');
    expect(late).toMatch(/ended, failed ·+ 20 min after its deadline/);
  });

  test('shows every row where it is asked to', () => {
    expect(
      text(drawReceipt(RECEIPT, { columns: 80, timeZone, all: true })).match(/^ {2}\d\d:\d\d–\d\d:\d\d/gm),
    ).toHaveLength(11);
  });
});

describe('a failure', () => {
  const source = 'gridtide: 1\nsteps:\n  train:\n    power: fast\n';
  const failure = new Failure('workload/invalid', 'steps.train.power', {
    place: { file: 'workflow.yaml', line: 4, column: 12 },
    value: 'fast',
    expected: 'a power such as "180 W"',
  });

  test('shows its line with a mark under its place, what was expected, and what to do', () => {
    expect(text(drawFailure(failure, { columns: 80, source }))).toBe(
      [
        '✕ steps.train.power: found "fast"',
        '  workflow.yaml:4:12',
        '  4 │     power: fast',
        '                 ^',
        '  expected a power such as "180 W"',
        '',
        'The workflow file does not say what it must. Correct it and try again.',
        '(workload/invalid)',
        '',
      ].join('\n'),
    );
  });

  test('shows a long line around its place, a wide character as two columns, and no control character', () => {
    const long = new Failure('workload/invalid', 'name', { place: { file: 'w.yaml', line: 1, column: 200 } });
    const lines = drawFailure(long, { columns: 60, source: `${'日'.repeat(198)} X\u001b[2J${'y'.repeat(300)}` });
    expect(widest(lines)).toBeLessThanOrEqual(60);
    const rows = text(lines).split('\n');
    const [excerpt = '', caret = ''] = rows.slice(2, 4);
    expect(excerpt).not.toContain('\u001b');
    const before = excerpt.slice(0, excerpt.indexOf('X'));
    expect(lineWidth([{ text: before }])).toBe(caret.indexOf('^'));
  });

  test('counts those that it does not show', () => {
    const others = Array.from({ length: 9 }, (_, i) => new Failure('workload/invalid', `step ${i}`));
    const drawn = text(drawFailure(new Failure('workload/invalid', 'first', { others }), { columns: 80 }));
    expect(drawn.match(/✕/g)).toHaveLength(5);
    expect(drawn).toContain('… 5 more');
  });
});

describe('other answers', () => {
  const listed = {
    attended: true,
    stepsDone: 1,
    steps: 4,
    submittedAt: at(-6),
    deadline: at(12),
    emissionsG: grams(0.0142),
  } as const;
  const answer = {
    zone: 'GB',
    use: 'level' as const,
    series: {
      zone: 'GB',
      signal: SIGNAL,
      axis: outlookOf('GB', { start: at(-12.5), hours: 60 }).axis,
      intensityG: outlookOf('GB', { start: at(-12.5), hours: 60 }).intensityG,
      quality: Array.from({ length: 60 }, () => 'replayed' as const),
      gaps: [],
      provenance: {
        provider: 'csv',
        source: 'grid.csv',
        licence: 'CC BY 4.0',
        fetchedAt: NOW,
        issuedAt: NOW,
        issuedAtBasis: 'fetch-time' as const,
      },
      warnings: [],
    },
    average: { intensityG: 200, gsd: 1.4, of: 'Great Britain', source: 'a yearbook', licence: 'CC BY 4.0', year: 2024 },
    links: [{ provider: 'neso-uk', outcome: 'failed' as const, reason: 'no answer within 15 s' }],
    warnings: ['older than 3 h'],
  };

  test('a list leaves out what is least missed where the terminal is narrow, never state and grams', () => {
    const runs = [
      {
        ...listed,
        id: 'w-0147',
        workflow: 'a-workflow-with-quite-a-long-name-indeed',
        state: 'running',
        mark: 'synthetic',
      },
    ] as const;
    const drawn = text(drawList(runs, { columns: 60, timeZone, now: NOW }));
    expect(drawn).toContain('running');
    expect(drawn).toContain('14 mg synthetic');
    expect(drawn).not.toContain('submitted');
    expect(text(drawList(runs, { columns: 140, timeZone, now: NOW }))).toContain('submitted');
    expect(text(drawList([], { columns: 80, timeZone, now: NOW }))).toContain('gridtide run workflow.yaml');
  });

  test('a run that nobody attends is listed as such, one that is over is not', () => {
    const rows = text(
      drawList(
        [
          { ...listed, id: 'a', workflow: 'x', state: 'paused', attended: false },
          { ...listed, id: 'b', workflow: 'x', state: 'done', attended: false },
        ],
        { columns: 80, timeZone, now: NOW },
      ),
    );
    expect(rows.match(/unattended/g)).toHaveLength(1);
  });

  test('a frontier falls to the right and is told against its first point', () => {
    const points = [0, 4, 16].map((hours) => ({
      finish: at(5 + hours),
      emissionsG: grams(5240 - 200 * hours),
      cost: null,
    }));
    const view = { workflowName: 'risk-7b', columns: 80, timeZone, now: NOW, deadline: at(24), mark: 'synthetic' };
    const drawn = text(drawFrontier(points, view));
    expect(drawn).toContain('risk-7b: finishing 16 h later emits 2.04 kg instead of 5.24 kg, −61 % (synthetic');
    const dots = drawn.split('\n').flatMap((line) => (line.includes('●') ? [line.indexOf('●')] : []));
    expect(dots).toEqual([...dots].sort((a, b) => a - b));
    expect(dots).toHaveLength(3);
    expect(text(drawFrontier(points, { ...view, claims: false }))).not.toMatch(/−\d+ %/);
    expect(
      text(
        drawFrontier(
          points.map((p, i) => ({ ...p, emissionsG: grams(1000 - i) })),
          view,
        ),
      ),
    ).toContain('does not begin at 0');
    expect(text(drawFrontier(points.slice(0, 1), view))).toContain('waiting changes nothing');
    expect(text(drawFrontier([], view))).toBe('No choice meets the deadline.\n');
  });

  test('verify names the first row that does not hold', () => {
    expect(text(drawVerify({ ok: true, rows: 12_345, runs: 1, grams: grams(5781) }, { columns: 80 }))).toContain(
      '✓ The ledger holds: 1 run, 12 345 rows, 5781 g.',
    );
    expect(
      text(
        drawVerify({ ok: false, table: 'sample', id: 'abc', seq: 17, what: 'its energy was changed' }, { columns: 80 }),
      ),
    ).toBe('✕ The ledger does not hold: its energy was changed.\n  first at sample abc, row 17 of the chain\n');
  });

  test('the grid of a zone says now, next low and next high, how the zone was found, and what each source said', () => {
    const drawn = text(
      drawGrid(answer, {
        zoneFrom: 'time zone Europe/London',
        place: 'Great Britain',
        columns: 140,
        timeZone,
        now: NOW,
      }),
    );
    expect(drawn).toMatch(
      /^Great Britain \(GB\) is at 169 g\/kWh now; cleanest at 19:00 with 107, dirtiest Sat 07:00 with 299\.\n/,
    );
    expect(drawn).toMatch(/GB +[▁▂▃▄▅▆▇█]+ {2}\d+ … \d+ g\/kWh replayed\n/);
    expect(drawn).toContain('GB, from time zone Europe/London');
    expect(drawn).toContain('✕ neso-uk  no answer within 15 s');
    expect(drawn).toContain('older than 3 h');
  });
});

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
