import { describe, expect, test } from 'vitest';
import { at, DEMO_OUTLOOKS, DEMO_RUN, PAUSED_RUN, runOf } from '../../../test/drawing/models.ts';
import { grams, kilowattHours, millis } from '../../units.ts';
import { drawRun } from './run.ts';
import { type Line, NO_COLOUR, paint } from './style.ts';

const timeZone = 'Europe/Berlin';

const text = (lines: readonly Line[]): string => paint(lines, NO_COLOUR);

describe('a run', () => {
  test('says what it waits for: now, then, when', () => {
    expect(text(drawRun(PAUSED_RUN, { columns: 140, timeZone })).split('\n')[1]).toBe(
      '  fine-tune paused at 13:42: 418 g/kWh now, 353 g/kWh then. It goes on Sat 09:00.',
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
    expect(drawn).toContain('! the grid has not answered since 13:10');
    expect(drawn.startsWith('▲ first-light')).toBe(true);
  });

  test('that people paused says since when and how it goes on, and promises no time', () => {
    const steady = { columns: 80, timeZone, steady: true };
    const held = drawRun({ ...DEMO_RUN, heldSince: at(-1) }, steady);
    const drawn = text(held);
    expect(drawn).toMatch(/^‖ .*paused 1 h 00\n/);
    expect(drawn).toContain('Paused by hand at 13:30; no deadline is kept until it goes on.');
    expect(drawn).toContain(`Have it go on: gridtide resume ${DEMO_RUN.id}`);
    expect(drawn).toMatch(/when done +not known while it is paused/);
    expect(drawn).not.toMatch(/[░┊┃]|at latest|goes on now|early/);
    expect(held).toHaveLength(drawRun(DEMO_RUN, steady).length);
  });

  test('says of a step that has run longer than planned by how much', () => {
    const steps = DEMO_RUN.steps.map((step) => ({ ...step, overrun: millis(step.step === 'train' ? 720_000 : 0) }));
    const drawn = text(drawRun({ ...DEMO_RUN, steps }, { columns: 80, timeZone }));
    expect(drawn).toMatch(/train has run since .*; 12 min longer than planned\./);
    expect(drawn).toMatch(/● train .* 12 min over /);
  });

  test('that ended with nobody there says that its account is missing, and how to have it written', () => {
    const steps = DEMO_RUN.steps.map((step) => ({ ...step, state: 'done' as const }));
    const drawn = text(drawRun({ ...DEMO_RUN, attended: false, steps }, { columns: 80, timeZone }));
    expect(drawn.split('\n')[0]).toContain('done, not accounted');
    expect(drawn).toContain(`Its account is not written yet: gridtide attach ${DEMO_RUN.id}`);
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
