import { describe, expect, test } from 'vitest';
import { MINUTE, millis } from '../units.ts';
import { EIGHT, minute, outlook, power, request, site, step } from './fixtures.ts';
import { latestStarts } from './guard.ts';
import { plan } from './make-plan.ts';

const wide = { ...step({ name: 'x', minutes: 1 }).needs, cpus: 5 };
const sideBySide = [
  { ...step({ name: 'a', minutes: 180 }), needs: wide },
  { ...step({ name: 'b', minutes: 180 }), needs: wide },
  step({ name: 'c', minutes: 60, after: ['a', 'b'] }),
];
const narrow = [site({ capacity: { cpus: 8, gpus: 0, memory: 1e12 } })];
const inMinutes = (at: number): number => (at - EIGHT) / MINUTE;

describe('Steps that share a site which cannot hold them together', () => {
  test('have guards that leave room for one after the other', () => {
    const guards = latestStarts(request({ steps: sideBySide, deadline: 720 }), new Map(), [
      { first: 'b', second: 'a' },
    ]);
    expect(Object.fromEntries([...guards].map(([name, guard]) => [name, inMinutes(guard.latestStart)]))).toEqual({
      c: 660,
      a: 480,
      b: 300,
    });
  });

  test('keep them in a plan that waits, whichever goes first', () => {
    const outlooks = { DE: outlook([500, 500, 500, 100, 100, 100, 100, 100, 100, 100, 300, 300, 300, 300]) };
    const made = plan(request({ steps: sideBySide, sites: narrow, deadline: 840, outlooks }), power);
    const latest = made.steps.filter(({ step: name }) => name !== 'c').map(({ latestStart }) => inMinutes(latestStart));
    expect(latest.toSorted((a, b) => a - b)).toEqual([840 - 60 - 360, 840 - 60 - 180]);
  });

  test('keep them in a plan that runs now', () => {
    const made = plan(
      request({ steps: sideBySide, sites: narrow, deadline: 840, outlooks: { DE: outlook(Array(14).fill(200)) } }),
      power,
    );
    const latest = made.steps.filter(({ step: name }) => name !== 'c').map(({ latestStart }) => inMinutes(latestStart));
    expect(latest).toEqual([840 - 60 - 360, 840 - 60 - 180]);
  });
});

describe('A margin held back for latency', () => {
  test('is no delay by choice: maxDelay does not count it', () => {
    const steps = [step({ name: 'a', minutes: 20 }), step({ name: 'b', minutes: 40, after: ['a'] })];
    const made = plan(
      request({
        steps,
        deadline: 180,
        margin: millis(15 * MINUTE),
        outlooks: { DE: outlook([300, 100, 100]) },
        policy: { maxDelay: millis(MINUTE) },
      }),
      power,
    );
    expect(made.unplaced).toEqual([]);
    expect(made.steps.at(-1)?.intervals.at(-1)?.end).toBeLessThanOrEqual(minute(61));
  });
});

describe('The notes of a plan', () => {
  const steps = [step({ name: 'a', minutes: 60 })];

  test('say when it knew what comes', () => {
    const made = (quality: 'replayed' | 'forecast') =>
      plan(
        request({ steps, deadline: 180, outlooks: { DE: outlook([300, 100, 100], { quality }) } }),
        power,
      ).notes.join();
    expect(made('replayed')).toContain('perfect knowledge of a recorded grid');
    expect(made('forecast')).not.toContain('perfect knowledge');
  });

  test('carry what must be known of the hours it rests on', () => {
    const made = plan(
      request({
        steps,
        deadline: 180,
        outlooks: { DE: outlook([300, 100, 100], { notes: ['2 hours were filled in'] }) },
      }),
      power,
    );
    expect(made.notes).toContain('2 hours were filled in');
  });
});
