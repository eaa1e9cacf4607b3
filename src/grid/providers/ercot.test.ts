import { describe, expect, it } from 'vitest';
import { at, failureOf, play } from '../../../test/support/grid-replies.ts';
import { ercot } from './ercot.ts';

const ask = (change?: (body: string) => string) => {
  const { zone, range, context } = play('ercot', change);
  return ercot.intensity(zone, range, context);
};

describe('ercot', () => {
  it('lays moments into the five minutes that they lie in, by their own offset', async () => {
    const series = await ask();
    const known = 7000 + 17000 + 5100 + 20.5 + 20100;
    const grams = 7000 * 820 + 17000 * 490 + 5100 * 12 + 20.5 * 24 + 20100 * 11;
    expect(series.axis.start).toBe(at('2026-03-18T11:00Z'));
    expect(series.intensityG[0]).toBeCloseTo(grams / known, 9);
    expect(series.gaps).toEqual([
      {
        start: at('2026-03-18T12:10Z'),
        end: at('2026-03-18T14:00Z'),
        reason: 'not published yet: there is no forecast',
      },
    ]);
  });

  it('knows a time by its offset, whichever clock it is written by', async () => {
    const twice = (body: string) => body.replace('2026-03-18 06:09:51-0500', '2026-03-18 05:09:51-0600');
    expect((await ask(twice)).intensityG).toEqual((await ask()).intensityG);
  });

  it('takes the later of two moments in the same five minutes', async () => {
    const late = (await ask()).intensityG;
    const twice = await ask((body) => body.replace('06:09:51-0500', '06:04:59-0500'));
    expect([twice.intensityG[0], twice.intensityG[1]]).toEqual([late[1], Number.NaN]);
  });

  it.each(['constructor', '__proto__'])('knows no factor of a fuel that is called %s', async (name) => {
    const { gaps } = await ask((body) => body.replaceAll('"Wind":', `"${name}":`));
    expect(gaps[0]?.reason).toBe('only 59 % of generation is known by fuel');
  });

  it.each([
    ['a stamp without an offset', (body: string) => body.replace('06:04:50-0500', '06:04:50'), 'grid/invalid-data'],
    ['the future', (body: string) => body.replace('06:04:50-0500', '09:04:50-0500'), 'grid/invalid-data'],
    ['text for a number', (body: string) => body.replace('"gen":7000', '"gen":"7000"'), 'grid/invalid-data'],
    ['another day', (body: string) => body.replaceAll('2026-03-18', '2026-03-16'), 'grid/unavailable'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });
});
