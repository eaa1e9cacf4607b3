import { expect, it } from 'vitest';
import { at, failureOf } from '../../test/support/grid-replies.ts';
import { MINUTE, millis } from '../units.ts';
import { axisOver } from './slots.ts';

it('an axis is as long as anybody asks for, and no longer', async () => {
  const start = at('2026-01-01T00:00Z');
  const step = millis(5 * MINUTE);
  expect(axisOver({ start, end: at('2036-01-01T00:00Z') }, step).length).toBe(3652 * 288);
  const failure = await failureOf((async () => axisOver({ start, end: at('9999-12-31T23:59Z') }, step))());
  expect(failure).toMatchObject({ code: 'grid/invalid-data', expected: 'at most 2000000 slots' });
});
