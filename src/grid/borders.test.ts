import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOn, kilometres, type Point, whereabouts } from './borders.ts';

const at = (latitude: number, longitude: number): Point => ({ latitude, longitude });

describe('whereabouts', () => {
  it.each([
    ['Berlin', 52.52, 13.4, 'DE'],
    ['Windsor, across the river from Detroit', 42.29, -83.02, 'CA'],
    ['Tijuana', 32.51, -117.04, 'MX'],
    ['San Diego', 32.72, -117.16, 'US'],
    ['Strasbourg', 48.58, 7.74, 'FR'],
    ['Johor Bahru', 1.5, 103.75, 'MY'],
    ['Singapore', 1.35, 103.82, 'SG'],
    ['Shenzhen', 22.55, 114.06, 'CN'],
    ['Hong Kong', 22.3, 114.17, 'HK'],
    ['Maseru, enclosed by South Africa', -29.4, 27.6, 'LS'],
    ['San Marino, enclosed by Italy', 43.94, 12.45, 'SM'],
    ['Kaliningrad, far from the rest of Russia', 54.71, 20.51, 'RU'],
    ['Pristina', 42.66, 21.16, 'XK'],
    ['Queensland, at the latitude of islands on the date line', -16.92, 144, 'AU'],
    ['Melilla, in Africa', 35.29, -2.94, 'ES'],
    ['Taveuni, on the date line', -16.85, -179.98, 'FJ'],
    ['Chukotka, beyond the date line', 66, -173, 'RU'],
    ['Honolulu', 21.31, -157.86, 'US'],
  ])('puts %s into its country', (_, latitude, longitude, country) =>
    expect(whereabouts(at(latitude, longitude))).toMatchObject({ land: { country }, offshoreKm: 0 }),
  );

  it.each([
    ['the North Pole', 90, 0],
    ['the South Pole', -90, 0],
    ['a station in Antarctica', -77.85, 166.67],
    ['the Gulf of Guinea', 0, 0],
    ['the Atlantic', 30, -40],
    ['the Pacific on the date line', 0, 180],
    ['the Baltic Sea', 56.5, 18.9],
  ])('finds no country at %s', (_, latitude, longitude) =>
    expect(whereabouts(at(latitude, longitude))).toBeUndefined(),
  );

  it('is the same on both sides of the date line', () => {
    for (const latitude of [-16.8, 66, 68, 71]) {
      const [west, east] = [whereabouts(at(latitude, 180)), whereabouts(at(latitude, -180))];
      expect(west?.land.country, String(latitude)).toBe(latitude < 0 ? 'FJ' : 'RU');
      expect(east?.land.country, String(latitude)).toBe(west?.land.country);
    }
  });

  it('does not take a coast that goes over the date line for one that goes round the Earth', () => {
    for (let latitude = 64; latitude < 70; latitude += 0.1)
      expect(whereabouts(at(latitude, 0)), String(latitude)).toBeUndefined();
  });

  it('takes a port for the land behind it and says how far out it is', () => {
    const port = whereabouts(at(52, 3.85));
    expect(port?.land.country).toBe('NL');
    expect(port?.offshoreKm).toBeGreaterThan(5);
    expect(port?.offshoreKm).toBeLessThan(25);
  });

  it('names the neighbour where the map is not sure of the border', () => {
    expect(whereabouts(at(31.76, -106.49))).toMatchObject({ land: { country: 'US' }, beyond: { country: 'MX' } });
    expect(whereabouts(at(52.52, 13.4))?.beyond).toBeUndefined();
  });

  it('puts a point on one land only', () => {
    const lands = [at(52.52, 13.4), at(48.86, 2.35), at(55.76, 37.62), at(40, -100), at(-25, 135), at(-17.8, 178)].map(
      (point) => whereabouts(point)?.land,
    );
    const anywhere = fc.record({
      latitude: fc.double({ min: -60, max: 75, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(anywhere, (point) => {
        const found = whereabouts(point)?.land;
        for (const land of lands) if (land !== undefined) expect(isOn(land, point)).toBe(land === found);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('kilometres', () => {
  it('is measured on the sphere, also over the date line', () => {
    expect(kilometres(at(52.52, 13.4), at(48.86, 2.35))).toBeCloseTo(878, -1);
    expect(kilometres(at(0, 179.5), at(0, -179.5))).toBeCloseTo(111.2, 0);
  });
});
