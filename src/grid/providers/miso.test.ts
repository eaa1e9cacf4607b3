import { describe, expect, it } from 'vitest';
import { at, failureOf, play } from '../../../test/support/grid-replies.ts';
import { miso } from './miso.ts';

const ask = (change?: (body: string) => string) => {
  const { zone, range, context } = play('miso', change);
  return miso.intensity(zone, range, context);
};

describe('miso', () => {
  it('knows the present alone, in Eastern Standard Time also in summer', async () => {
    const series = await ask();
    const known = 14539 + 26120 + 11020 + 15210 + 310 + 820;
    const grams = 14539 * 820 + 26120 * 490 + 11020 * 12 + 15210 * 11 + 310 * 48 + 820 * 24;
    expect(series.intensityG[14]).toBeCloseTo(grams / known, 9);
    expect(series.covered?.[14]).toBeCloseTo(known / (known + 730), 9);
    expect(series.gaps.map(({ start, end, reason }) => [start, end, reason])).toEqual([
      [at('2026-03-18T11:00Z'), at('2026-03-18T12:10Z'), 'only the present is published'],
      [at('2026-03-18T12:15Z'), at('2026-03-18T14:00Z'), 'not published yet: there is no forecast'],
    ]);
  });

  it.each(['constructor', '__proto__'])('knows no factor of a fuel that is called %s', async (name) => {
    const { gaps } = await ask((body) => body.replace('"Wind"', `"${name}"`));
    expect(gaps[1]?.reason).toBe('only 76 % of generation is known by fuel');
  });

  it('is asked only where a chain names it', () => {
    expect(miso.ranksNoHours).toBe(true);
  });

  it.each([
    ['summer time', (body: string) => body.replace('EST"', 'EDT"'), 'grid/invalid-data'],
    ['a month that is none', (body: string) => body.replace('18-Mar', '18-Mrz'), 'grid/invalid-data'],
    ['the future', (body: string) => body.replace('Interval 07:10', 'Interval 07:20'), 'grid/invalid-data'],
    ['another time than is asked', (body: string) => body.replace('18-Mar', '17-Mar'), 'grid/unavailable'],
    ['a word for a number', (body: string) => body.replace('26120', 'n/a'), 'grid/invalid-data'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });
});
