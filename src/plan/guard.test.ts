import { describe, expect, test } from 'vitest';
import { MINUTE, millis } from '../units.ts';
import { checkpoint, EIGHT, freeze, minute, outlook, request, step } from './fixtures.ts';
import { type Guard, latestStarts, type Progress } from './index.ts';

const inMinutes = (guards: ReadonlyMap<string, Guard>): Record<string, number[]> =>
  Object.fromEntries(
    [...guards].map(([name, { deadline, latestStart }]) => [
      name,
      [(deadline - EIGHT) / MINUTE, (latestStart - EIGHT) / MINUTE],
    ]),
  );

describe('A guard', () => {
  const steps = [
    step({ name: 'a', minutes: 10, interruptible: checkpoint(4, 2) }),
    step({ name: 'short', minutes: 20, after: ['a'] }),
    step({ name: 'long', minutes: 50, after: ['a'] }),
    step({ name: 'last', minutes: 30, after: ['short', 'long'] }),
  ];
  const asked = request({ steps, deadline: 200, outlooks: { DE: outlook([1]) } });
  const left = (state: 'running' | 'paused', minutes: number): Progress => ({
    state,
    site: 'here',
    remaining: millis(minutes * MINUTE),
  });

  test('leaves the longest way to the end, with a margin for each step on it', () => {
    expect(inMinutes(latestStarts(asked))).toEqual({
      last: [200, 170],
      long: [170, 120],
      short: [170, 150],
      a: [120, 110],
    });
    expect(inMinutes(latestStarts({ ...asked, margin: millis(MINUTE) }))).toEqual({
      last: [200, 169],
      long: [169, 118],
      short: [169, 148],
      a: [118, 107],
    });
  });

  test('of paused work leaves what remains and the restart', () => {
    expect(inMinutes(latestStarts({ ...asked, progress: { a: left('paused', 5) } }))['a']).toEqual([120, 113]);
    expect(inMinutes(latestStarts({ ...asked, progress: { a: left('running', 5) } }))['a']).toEqual([120, 115]);
    const frozen = {
      ...asked,
      workflow: { ...asked.workflow, steps: [step({ name: 'a', minutes: 9, interruptible: freeze() })] },
    };
    expect(inMinutes(latestStarts({ ...frozen, progress: { a: left('paused', 5) } }))['a']).toEqual([200, 195]);
  });

  test('is not kept for what has ended', () => {
    const guards = latestStarts({ ...asked, progress: { a: { state: 'done', at: minute(1) } } });
    expect([...guards.keys()]).toEqual(['last', 'long', 'short']);
  });

  test('keeps further limits, margin beyond them, and passes them on', () => {
    const limits = new Map<string, number>([['long', minute(100)]]);
    expect(inMinutes(latestStarts({ ...asked, margin: millis(MINUTE) }, limits))).toEqual({
      last: [200, 169],
      long: [101, 50],
      short: [169, 148],
      a: [50, 39],
    });
  });
});
