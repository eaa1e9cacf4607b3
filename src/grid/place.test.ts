import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/grid-replies.ts';
import { whereabouts } from './borders.ts';
import { CITIES, SUPPLIED_BY } from './data/cities.ts';
import { CLOUD_REGIONS } from './data/cloud-regions.ts';
import { locate } from './place.ts';
import { isZone } from './zone.ts';

const found = (text: string) => locate(text, { from: '--zone' });

const regions = Object.entries(CLOUD_REGIONS).flatMap(([cloud, of]) =>
  Object.entries(of).map(([name, region]) => ({ name: `${cloud}:${name}`, region })),
);
const towns = Object.entries(CITIES).flatMap(([country, zones]) =>
  Object.entries(zones).flatMap(([zone, cities]) =>
    cities.map(([name, latitude, longitude]) => ({ country, zone, name, latitude, longitude })),
  ),
);

describe('locate', () => {
  it('takes a zone as it is', async () => {
    expect(await found('US-CAL-CISO')).toEqual({ zone: 'US-CAL-CISO', from: '--zone', country: 'US' });
  });

  it('takes a name and says so', async () => {
    expect(await found('Germany')).toEqual({ zone: 'DE', from: '--zone: Germany', country: 'DE' });
    expect((await found('great britain')).zone).toBe('GB');
    expect((await found('California')).zone).toBe('US-CAL-CISO');
  });

  it('finds one place in one zone, however it is written; a part of it that is estimated goes by its identifier', async () => {
    const ways = ['London', 'aws:eu-west-2', 'azure:uksouth', '51.51,-0.13', 'Great Britain', 'England', 'Yorkshire'];
    for (const way of ways) expect(await found(way), way).toMatchObject({ zone: 'GB', country: 'GB' });
    expect((await found('London')).from).toBe(
      '--zone: London in Great Britain; GB-NESO-13 is the estimate of this part alone',
    );
    expect(await found('GB-NESO-13')).toMatchObject({ zone: 'GB-NESO-13', from: '--zone' });
    expect((await locate('London', { from: '--zone', anyName: true })).zone).toBe('GB-NESO-13');
  });

  it('says when a country that was named has several zones', async () => {
    expect(await found('Sweden')).toMatchObject({ zone: 'SE', from: expect.stringMatching(/several zones: check it/) });
    expect((await found('Spain')).from).toBe('--zone: Spain');
  });

  it.each([
    ['52.52,13.40', 'DE', 'in Germany'],
    ['48.86, 2.35', 'FR', 'in France'],
    ['51.51 -0.13', 'GB', 'in Great Britain'],
    ['54.6,-5.93', 'GB-NIR', 'in Northern Ireland'],
    ['56.16,10.2', 'DK-DK1', 'in West Denmark'],
    ['42.2,9.1', 'FR-COR', 'in Corsica'],
    ['37.77,-122.42', 'US-CAL-CISO', 'near San Francisco, nearest of several zones in US: check it'],
    ['65,-150', 'US-AK', 'in Alaska'],
    ['19.7,-155.1', 'US-HI', 'in Hawaii'],
    ['-33.87,151.21', 'AU-NSW', 'near Sydney, nearest of several zones in AU: check it'],
    ['-42,147', 'AU-TAS', 'in Tasmania'],
    ['4.9,-52.3', 'GF', 'in French Guiana'],
    ['47.1,9.54', 'CH', 'in Liechtenstein'],
    ['52,3.85', 'NL', 'off its coast'],
    ['31.76,-106.49', 'US-SW-EPE', 'less than 1 km from Mexico: check it'],
  ])('finds %s in %s', async (point, zone, how) => {
    const { zone: its, from } = await found(point);
    expect(its).toBe(zone);
    expect(from).toContain(`--zone: ${point} `);
    expect(from).toContain(how);
  });

  it('leaves a place that draws on the grid of its neighbour in its own country', async () => {
    expect(await found('47.1,9.54')).toMatchObject({ zone: 'CH', country: 'LI' });
    expect((await found('47.14,9.52')).from).toBe('--zone: 47.14,9.52 in Liechtenstein');
    expect(await found('4.9,-52.3')).toMatchObject({ zone: 'GF', country: 'GF' });
    expect(await found('37.77,-122.42')).toMatchObject({ country: 'US' });
  });

  it('finds every town of its table in its zone', async () => {
    for (const { zone, name, country, latitude, longitude } of towns) {
      expect(whereabouts({ latitude, longitude })?.land.country, name).toBe(country);
      expect((await found(`${latitude},${longitude}`)).zone, name).toBe(zone);
      expect(isZone(zone), zone).toBe(true);
    }
  });

  it('never answers a point inside a country with a zone of another one', async () => {
    const anywhere = fc.record({
      latitude: fc.double({ min: -60, max: 75, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    const number = (value: number): string => value.toFixed(4);
    await fc.assert(
      fc.asyncProperty(anywhere, async ({ latitude, longitude }) => {
        const point = { latitude: Number(number(latitude)), longitude: Number(number(longitude)) };
        const where = whereabouts(point);
        if (where === undefined) {
          await expect(found(`${number(latitude)},${number(longitude)}`)).rejects.toMatchObject({
            code: 'grid/no-zone',
          });
          return;
        }
        const { country } = where.land;
        const allowed = [country, SUPPLIED_BY[country], ...Object.keys(CITIES[country] ?? {})];
        const { zone } = await found(`${number(latitude)},${number(longitude)}`);
        expect(allowed).toContain(zone);
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it.each(regions)('knows $name', async ({ name, region }) => {
    const { zone, from, country } = await found(name);
    expect({ zone, country }).toEqual({ zone: region.zone, country: region.zone.slice(0, 2) });
    expect(from).toContain(`--zone: ${name} in ${region.place}`);
    expect(from.endsWith(': check it')).toBe(region.unsure !== undefined);
    expect(isZone(zone)).toBe(true);
    expect(whereabouts(region)?.land.country).toBe(country);
  });

  it('has as many regions as the lists they come from', () => {
    const count = (cloud: string): number => Object.keys(CLOUD_REGIONS[cloud] ?? {}).length;
    expect(count('aws')).toBeGreaterThanOrEqual(25);
    expect(count('azure')).toBeGreaterThanOrEqual(54);
    expect(count('gcp')).toBeGreaterThanOrEqual(44);
  });

  it('reads a cloud region in any case', async () => {
    expect((await found('AWS:EU-Central-1')).zone).toBe('DE');
  });

  it.each([
    ['Germny', 'no such place', 'Germany'],
    ['de', 'no such place', 'DE'],
    ['eu-central-1', 'no such place', 'aws:eu-central-1'],
    ['Atlantis', 'no such place', 'LATITUDE,LONGITUDE such as 52.52,13.40'],
    ['aws:eu-centrl-1', 'no such cloud region', 'aws:eu-central-1'],
    ['amazon:us-east-1', 'no such cloud', 'aws:us-east-1'],
    ['aws:constructor', 'no such cloud region', 'a region of aws, azure, gcp'],
    ['constructor:aws', 'no such cloud', 'a region of aws, azure, gcp'],
    ['52,52 13,40', 'no point on Earth', 'decimal points, and one comma between latitude and longitude: 52.52,13.40'],
    ['52,52,13,40', 'no point on Earth', ': 52.52,13.40'],
    ['52,52; 13,40', 'no point on Earth', ': 52.52,13.40'],
    ['52.52;13.40', 'no point on Earth', 'LATITUDE,LONGITUDE in degrees'],
    ['121.5,25', 'no point on Earth', 'latitude comes first: 25,121.5'],
    ['91,0', 'no point on Earth', 'a latitude from -90 to 90'],
    ['0,181', 'no point on Earth', 'a longitude from -180 to 180'],
    ['0,0', 'there is no grid', 'a point on land'],
    ['90,0', 'there is no grid', 'a point on land'],
    ['-90,0', 'there is no grid', 'a point on land'],
    ['30,180', 'there is no grid', 'a point on land'],
  ])('refuses %j and says what was expected', async (text, why, expected) => {
    const failure = await failureOf(found(text));
    expect(failure.code).toBe('grid/no-zone');
    expect(failure.message).toBe(`--zone: ${why}`);
    expect(failure.value).toBe(text);
    expect(failure.expected).toContain(expected);
  });

  it('says what a failure is about and where it is written', async () => {
    const place = { file: 'gridtide.yaml', line: 2, column: 17 };
    const failure = await failureOf(locate('Germny', { from: 'gridtide.yaml', about: 'sites.here.zone', place }));
    expect(failure.message).toBe('sites.here.zone: no such place');
    expect(failure.place).toEqual(place);
  });

  it('takes any name for a zone where files name their columns', async () => {
    expect(await locate('my column', { from: '--zone', anyName: true })).toEqual({
      zone: 'my column',
      from: '--zone',
      country: undefined,
    });
    expect((await locate('Germany', { from: '--zone', anyName: true })).zone).toBe('DE');
  });
});
