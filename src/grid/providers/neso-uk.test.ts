import { describe, expect, it } from 'vitest';
import { at, failureOf, play, scripted } from '../../../test/support/grid-replies.ts';
import { DAY, instant } from '../../units.ts';
import { nesoUk } from './neso-uk.ts';

const ask = (change?: (body: string) => string) => {
  const { zone, range, context } = play('neso-uk', change);
  return nesoUk.intensity(zone, range, context);
};

describe('neso-uk', () => {
  it('takes the measured value where there is one and the forecast after it', async () => {
    const series = await ask();
    expect(series.axis).toEqual({ start: at('2026-03-18T10:00Z'), step: 1_800_000, length: 12 });
    expect([...series.intensityG].slice(0, 4)).toEqual([146, 153, 160, 171]);
    expect(series.quality.slice(0, 4)).toEqual(['measured', 'measured', 'measured', 'forecast']);
    expect(series.gaps).toEqual([]);
  });

  it('leaves out the period that the API puts before the asked start', async () => {
    const series = await ask();
    expect(series.axis.start).toBe(at('2026-03-18T10:00Z'));
    expect(series.intensityG[0]).toBe(146);
  });

  it('asks with stamps that have no seconds', async () => {
    const { zone, range, context, asked } = play('neso-uk');
    await nesoUk.intensity(zone, range, context);
    expect(asked).toEqual(['https://api.carbonintensity.org.uk/intensity/2026-03-18T10:00Z/2026-03-18T16:00Z']);
  });

  it('reports a null forecast as a gap, never as zero', async () => {
    const series = await ask((body) => body.replace('"forecast":178,"actual":null', '"forecast":null,"actual":null'));
    expect(series.intensityG[4]).toBeNaN();
    expect(series.quality[4]).toBe('missing');
    expect(series.gaps).toEqual([
      { start: at('2026-03-18T12:00Z'), end: at('2026-03-18T12:30Z'), reason: 'not published' },
    ]);
  });

  it('splits ranges above 14 days and stops at 48 h ahead', async () => {
    const { context } = play('neso-uk');
    const transport = scripted((url) => {
      const [from = ''] = url.split('/').slice(-2);
      const start = Date.parse(from);
      const stamp = (t: number) => `${new Date(t).toISOString().slice(0, 16)}Z`;
      return JSON.stringify({
        data: [{ from: stamp(start), to: stamp(start + 1_800_000), intensity: { forecast: 100, actual: null } }],
      });
    });
    const now = context.clock.now();
    const series = await nesoUk.intensity(
      'GB',
      { start: instant(now - 20 * DAY), end: instant(now + 5 * DAY) },
      { ...context, transport },
    );
    expect(transport.asked).toHaveLength(2);
    expect(transport.asked[1]).toMatch(/2026-03-20T12:10Z$/);
    expect(series.gaps.at(-1)?.reason).toBe('beyond the forecast of 48 h');
  });

  it.each([
    ['HTML instead of JSON', () => '<!doctype html><title>Maintenance</title>', 'grid/invalid-data'],
    [
      'an error document',
      () => '{"error":{"code":"400 Bad Request","message":"Please enter a valid date"}}',
      'grid/unavailable',
    ],
    ['a regional reply', (body: string) => body.replace('"from"', '"regionid":3,"from"'), 'grid/invalid-data'],
    ['a number in quotes', (body: string) => body.replace('"forecast":150', '"forecast":"150"'), 'grid/invalid-data'],
    ['a negative number', (body: string) => body.replace('"actual":146', '"actual":-1'), 'grid/invalid-data'],
    ['a number beyond reason', (body: string) => body.replace('"actual":146', '"actual":99999'), 'grid/invalid-data'],
    ['NaN', (body: string) => body.replace('"actual":146', '"actual":NaN'), 'grid/invalid-data'],
    [
      'a stamp out of order',
      (body: string) => body.replace('"from":"2026-03-18T11:00Z"', '"from":"2026-03-18T10:30Z"'),
      'grid/invalid-data',
    ],
    [
      'a stamp in local time',
      (body: string) => body.replace('"from":"2026-03-18T11:00Z"', '"from":"2026-03-18T11:00"'),
      'grid/invalid-data',
    ],
    [
      'a stamp in the far future',
      (body: string) => body.replace('"from":"2026-03-18T15:30Z"', '"from":"2036-03-18T15:30Z"'),
      'grid/invalid-data',
    ],
    [
      'a period of an hour',
      (body: string) => body.replace('"to":"2026-03-18T11:30Z"', '"to":"2026-03-18T12:00Z"'),
      'grid/invalid-data',
    ],
    [
      'a measured value of the future',
      (body: string) => body.replace('"forecast":199,"actual":null', '"forecast":199,"actual":190'),
      'grid/invalid-data',
    ],
    ['no value at all', (body: string) => body.replace(/"(forecast|actual)":\d+/g, '"$1":null'), 'grid/unavailable'],
    ['no data', () => '{"data":[]}', 'grid/unavailable'],
  ])('refuses %s', async (_, change, code) => {
    expect((await failureOf(ask(change))).code).toBe(code);
  });

  it('knows Great Britain alone', async () => {
    const { range, context } = play('neso-uk');
    expect(nesoUk.covers('DE')).toBe(false);
    expect(nesoUk.covers('GB-NESO-18')).toBe(false);
    expect((await failureOf(nesoUk.intensity('DE', range, context))).code).toBe('grid/no-zone');
  });

  it('stops when aborted', async () => {
    const { zone, range, context } = play('neso-uk');
    const reason = new Error('enough');
    await expect(nesoUk.intensity(zone, range, { ...context, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a region of neso-uk', () => {
  const askRegion = (change?: (body: string) => string) => {
    const { zone, range, context } = play('neso-uk.region', change);
    return nesoUk.intensity(zone, range, context);
  };

  it('is estimated in the past and forecast ahead, since it is never measured', async () => {
    const series = await askRegion();
    expect([...series.intensityG].slice(0, 2)).toEqual([93, 96]);
    expect([series.quality[3], series.quality[5]]).toEqual(['estimated', 'forecast']);
    expect(series.provenance.source).toBe('https://api.carbonintensity.org.uk/regional/intensity');
  });

  it('is asked by its number', async () => {
    const { zone, range, context, asked } = play('neso-uk.region');
    await nesoUk.intensity(zone, range, context);
    expect(asked[0]).toMatch(/\/regional\/intensity\/2026-03-18T10:00Z\/2026-03-18T16:00Z\/regionid\/13$/);
  });

  it('is read as itself or as a list of one', async () => {
    const listed = (body: string) => body.replace('{"data":{', '{"data":[{').replace(/\}\}$/, '}]}');
    expect((await askRegion(listed)).intensityG).toEqual((await askRegion()).intensityG);
  });

  it.each([
    ['another region', (body: string) => body.replace('"regionid":13', '"regionid":3')],
    ['the whole', (body: string) => JSON.stringify({ data: JSON.parse(body).data.data })],
  ])('refuses %s', async (_, change) => {
    expect((await failureOf(askRegion(change))).code).toBe('grid/invalid-data');
  });
});
