import { describe, expect, test } from 'vitest';
import {
  at,
  DEMO_RUN,
  DIAGNOSIS,
  FORECAST,
  NOW,
  PAUSED_RUN,
  RECEIPT,
  REPLAY,
  REPLAY_VIEW,
  RISK_OUTLOOKS,
  RISK_PLAN,
  RISK_SITES,
} from '../../../test/drawing/models.ts';
import { forecastDrawing } from '../../../test/drawing/pictures.ts';
import { drawDoctor } from './doctor.ts';
import { drawForecast } from './forecast.ts';
import { drawPlan } from './plan.ts';
import { drawReceipt } from './receipt.ts';
import { drawReplay } from './replay.ts';
import { drawRun } from './run.ts';
import { type Line, lineWidth, NO_COLOUR, type Palette, paint } from './style.ts';

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

const PLACES = [
  { zone: 'DE', name: 'Germany', zoneFrom: 'time zone Europe/Berlin' },
  { zone: 'GB', name: 'Great Britain', zoneFrom: 'gridtide.yaml' },
];

describe.each(WIDTHS)('at %d columns', (columns) => {
  const drawings: Record<string, readonly Line[]> = {
    plan: drawPlan(RISK_PLAN, riskView(columns)),
    'run-paused': drawRun(PAUSED_RUN, { columns, timeZone }),
    'run-demo': drawRun(DEMO_RUN, { columns, timeZone }),
    forecast: drawForecast(FORECAST, forecastDrawing(columns)),
    receipt: drawReceipt(RECEIPT, { columns, timeZone }),
    replay: drawReplay(REPLAY, { ...REPLAY_VIEW, columns }),
    doctor: drawDoctor(DIAGNOSIS, { columns, timeZone, now: NOW, places: PLACES }),
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
