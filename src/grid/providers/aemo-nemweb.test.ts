import { describe, expect, it } from 'vitest';
import { at, failureOf, play } from '../../../test/support/grid-replies.ts';
import { HOUR } from '../../units.ts';
import { aemoNemweb } from './aemo-nemweb.ts';

const ask = (change?: (body: string) => string) => {
  const { zone, range, context } = play('aemo-nemweb', change);
  return aemoNemweb.intensity(zone, range, context);
};

describe('aemo-nemweb', () => {
  it('gives each hour the mean of its day in market time, as an estimate that ranks no hours', async () => {
    const { intensityG, quality, axis, warnings } = await ask();
    expect([axis.start, axis.step, axis.length]).toEqual([at('2026-03-15T00:00Z'), HOUR, 48]);
    expect([intensityG[13], intensityG[14]].map((value) => Math.round(value ?? 0))).toEqual([735, 736]);
    expect(quality[0]).toBe('estimated');
    expect(warnings).toEqual(['aemo-nemweb: means of whole days, which rank no hours']);
    expect(aemoNemweb.ranksNoHours).toBe(true);
  });

  it('says what is not published yet', async () => {
    expect((await ask()).gaps).toEqual([
      {
        start: at('2026-03-16T14:00Z'),
        end: at('2026-03-17T00:00Z'),
        reason: 'not published yet: days come by the week',
      },
    ]);
  });

  it('reads the dates of older files', async () => {
    const older = (body: string) => body.replaceAll(/"2026\/03\/(\d\d) 00:00:00"/g, '$1/3/2026');
    expect((await ask(older)).intensityG).toEqual((await ask()).intensityG);
  });

  it.each([
    ['a day that is none', (body: string) => body.replace('2026/03/16 00:00:00",VIC', '2026/16/03 00:00:00",VIC')],
    ['an hour of a day', (body: string) => body.replace('2026/03/16 00:00:00",VIC', '2026/03/16 04:00:00",VIC')],
    ['a day to come', (body: string) => body.replaceAll('2026/03/16', '2026/03/20')],
    ['a column less', (body: string) => body.replace('REGIONID', 'REGION')],
    ['kilograms for tonnes', (body: string) => body.replace(',0.736', ',736')],
    ['no header', (body: string) => body.replace('\nI,', '\nH,')],
  ])('refuses %s', async (_, change) => {
    expect((await failureOf(ask(change))).code).toBe('grid/invalid-data');
  });

  it('has nothing to say of a time without a mean', async () => {
    const { zone, context } = play('aemo-nemweb');
    const range = { start: at('2026-03-18T00:00Z'), end: at('2026-03-19T00:00Z') };
    expect((await failureOf(aemoNemweb.intensity(zone, range, context))).code).toBe('grid/unavailable');
  });
});
