/**
 * The live grid turns bad, or good, in the middle of a run, or changes its mind; the clock is turned. The work still runs
 * in time, and the receipt says what happened.
 */
import { describe, expect, it } from 'vitest';
import { until } from '../support/folders.ts';
import { type Answer, body, type LiveGrid, says } from '../support/live-grid.ts';
import { accept, mustHaveHeld, openLiveRun } from '../support/live-run.ts';
import { type Receipt, receiptOf, type Stage, stepOf } from '../support/stage.ts';

const MINUTE = 60_000;

const good: Answer = says((question) => body(question, () => 300));

/** Under way for some 12 real seconds. */
const LONG = `gridtide: 1
workflow: long
deadline: +2h
policy: { minPredictedSaving: 90 % }
steps:
  work: { run: 'echo start >> starts; i=0; while [ $i -lt 240 ]; do i=$((i + 1)); sleep 0.05; done; echo end >> ends', duration: 30m }
`;

const said = ({ notes }: Receipt): string => notes.join('\n');

describe.concurrent('in the middle of a run', { timeout: 120_000 }, () => {
  const begun = (stage: Stage) => until('its start', () => stage.lines('starts').length > 0);
  const askedAgain = (grid: LiveGrid) => {
    const before = grid.asked();
    return until('the next question', () => grid.asked() > before);
  };

  it('a provider that dies leaves its last answer, and that is said', async (context) => {
    const { stage, grid } = await openLiveRun(LONG, good, context);
    const { id, running } = await accept(stage);
    await begun(stage);
    grid.set((_, response) => response.destroy());
    await askedAgain(grid);
    const ended = await running.ended;
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const receipt = await mustHaveHeld(stage, id);
    expect(said(receipt)).toMatch(/energy-charts does not answer \(.*cannot be reached.*\); last good answer, .* old/);
    expect(receipt.events.find(({ kind }) => kind === 'grid-lost')?.text).toMatch(/DE.*cannot be reached/);
    for (const { intensityGPerKWh } of receipt.rows) expect(intensityGPerKWh).toBe(300);
  });

  it('one that comes back is used again; that it was gone is said', async (context) => {
    const { stage, grid } = await openLiveRun(LONG, (_, response) => response.destroy(), context);
    const { id, running } = await accept(stage);
    await begun(stage);
    grid.set(good);
    await askedAgain(grid);
    const ended = await running.ended;
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const receipt = await mustHaveHeld(stage, id);
    const kinds = receipt.events.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['grid-lost', 'grid-back']));
    expect(kinds.indexOf('grid-lost')).toBeLessThan(kinds.indexOf('grid-back'));
    expect(receipt.rows.some(({ intensityGPerKWh }) => intensityGPerKWh === 300)).toBe(true);
    // It was planned blind, so whatever came of it is luck.
    if (receipt.saving?.distinguishable === true) expect(receipt.saving.percent.expected).toBeLessThan(5);
  });

  it('a new forecast changes the plan of what has not begun', async (context) => {
    const started = { at: Number.POSITIVE_INFINITY };
    /** First clean from 40 min on; then clean for 25 min from the start, and dirty after it. */
    const late = says((question) => body(question, (at) => (at >= started.at + 40 * MINUTE ? 100 : 500)));
    const early = says((question) => body(question, (at) => (at < started.at + 30 * MINUTE ? 100 : 900)));
    const { stage, grid } = await openLiveRun(
      LONG.replace('deadline: +2h', 'deadline: +90m')
        .replace('90 %', '0 %')
        .replace('duration: 30m', 'duration: 15m')
        .replace('-lt 240', '-lt 20'),
      late,
      context,
    );
    started.at = grid.now();
    const { id, running } = await accept(stage);
    const planned = await stage.show(id);
    expect(stepOf(planned, 'work').state).toBe('waiting');
    grid.set(early);
    const ended = await running.ended;
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const receipt = await mustHaveHeld(stage, id);
    const start = receipt.events.find(({ kind }) => kind === 'step-started');
    expect(Date.parse(start?.at ?? '')).toBeLessThan(started.at + 30 * MINUTE);
    for (const { intensityGPerKWh } of receipt.rows) expect(intensityGPerKWh).toBe(100);
    expect((await stage.show(id)).plans).toBeGreaterThan(2);
  });

  it.for([20 * MINUTE, -20 * MINUTE])(
    'a clock that is turned by %d ms is noticed, and the deadline holds',
    async (by, context) => {
      const { stage, grid } = await openLiveRun(LONG, good, context);
      const { id, running } = await accept(stage);
      await begun(stage);
      grid.turnClock(by);
      const ended = await running.ended;
      expect(ended.code, ended.stdout + ended.stderr).toBe(0);
      const verified = await stage.command('verify');
      expect(verified.code, verified.stdout + verified.stderr).toBe(0);
      const receipt = receiptOf(await stage.show(id));
      expect(receipt.outcome).toBe('done');
      expect([stage.lines('starts'), stage.lines('ends')]).toEqual([['start'], ['end']]);
      expect(receipt.earlySeconds).toBeGreaterThan(0);
      const jumps = receipt.events.filter(({ kind }) => kind === 'clock-jumped');
      expect(jumps).toHaveLength(1);
      expect(jumps[0]?.text).toMatch(new RegExp(`jumped by ${by < 0 ? '-' : ''}1[12]\\d\\d s`));
      // On a flat grid nothing was saved, whatever the clock did.
      expect(receipt.saving?.distinguishable ?? false).toBe(false);
      expect(stepOf(receipt, 'work').itEnergyKWh).toBeGreaterThan(0);
    },
  );

  it('a clock that is turned past the latest start has what waits begin at once', async (context) => {
    const { stage, grid } = await openLiveRun(
      LONG.replace('90 %', '0 %').replace('-lt 240', '-lt 20'),
      says((question) => body(question, () => 900)),
      context,
    );
    grid.set(
      says((question) => body(question, (at) => Math.min(900, Math.max(100, 900 - (at - question.now) / 10_000)))),
    );
    const { id, running } = await accept(stage);
    expect(stepOf(await stage.show(id), 'work').state).toBe('waiting');
    grid.turnClock(100 * MINUTE);
    await until('its start', () => stage.lines('starts').length > 0, 10_000);
    const ended = await running.ended;
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(receiptOf(await stage.show(id)).events.map(({ kind }) => kind)).toContain('clock-jumped');
    expect((await stage.command('verify')).code).toBe(0);
  });
});
