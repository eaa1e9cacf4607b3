import { describe, expect, it } from 'vitest';
import { kilometres, whereabouts } from './borders.ts';
import { CITIES } from './data/cities.ts';
import { TIME_ZONES } from './data/time-zones.ts';
import { YEARLY_MIX } from './data/yearly-mix.ts';
import { locate } from './place.ts';
import { pointsOf } from './weather-points.ts';

const zones = [
  ...new Set([
    ...Object.keys(YEARLY_MIX),
    ...Object.values(TIME_ZONES),
    ...Object.values(CITIES).flatMap((of) => Object.keys(of)),
  ]),
]
  .sort()
  // The rest costs seconds and tells no more.
  .filter((_, i) => i % 8 === 0);

describe('the points of a zone', () => {
  it('are one to five, apart from each other, wherever there is a place', () => {
    for (const zone of zones) {
      const points = pointsOf(zone);
      expect(points.length, zone).toBeGreaterThanOrEqual(1);
      expect(points.length, zone).toBeLessThanOrEqual(5);
      for (const [i, point] of points.entries())
        for (const other of points.slice(0, i)) expect(kilometres(point, other), zone).toBeGreaterThanOrEqual(1);
    }
  });

  it('are five for the zones of the world that use most', () => {
    for (const zone of [
      'DE',
      'GB',
      'FR',
      'PL',
      'IT-NO',
      'SE-SE3',
      'DK-DK1',
      'US-TEX-ERCO',
      'US-CAL-CISO',
      'AU-NSW',
      'IN-NO',
    ])
      expect(pointsOf(zone), zone).toHaveLength(5);
  });

  it('lie in the zone, as far as the map and the towns tell zones apart', async () => {
    for (const zone of [
      'DE',
      'FR',
      'DK-DK1',
      'DK-DK2',
      'NO-NO1',
      'SE-SE4',
      'GB-NIR',
      'US-TEX-ERCO',
      'JP-TK',
      'AU-NSW',
      'NZ',
    ]) {
      for (const { latitude, longitude } of pointsOf(zone)) {
        const found = await locate(`${latitude},${longitude}`, { from: 'test' });
        expect(found.zone, `${zone}: ${latitude},${longitude}`).toBe(zone);
      }
    }
  });

  it('stay the same, since weather is kept as their mean', () => {
    const text = (zone: string): string[] =>
      pointsOf(zone).map(({ latitude, longitude }) => `${latitude},${longitude}`);
    expect(text('DE')).toEqual(['51,10', '53.4,10.02', '48.76,10.63', '51.75,12.55', '50.75,8.21']);
    expect(text('DK-DK1')).toEqual(['56.16,10.2', '57.13,9.79', '55.33,10.31', '55.51,8.96', '56.27,9.36']);
    expect(text('FJ')).toHaveLength(4);
  });

  it('of a whole country of several zones are where its people are', () => {
    for (const point of pointsOf('US')) expect(point.latitude).toBeLessThan(49.5);
    for (const point of pointsOf('SE')) expect(whereabouts(point)?.land.country).toBe('SE');
  });

  it('are none where no place is known', () => {
    for (const zone of ['ZZ', '', 'nowhere']) expect(pointsOf(zone)).toEqual([]);
  });
});
