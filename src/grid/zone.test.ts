import { describe, expect, it } from 'vitest';
import { at } from '../../test/support/grid-replies.ts';
import { HOUR } from '../units.ts';
import { yearlyAverage } from './average.ts';
import { CITIES } from './data/cities.ts';
import { FUELS, IPCC_AR5_LIFECYCLE } from './data/factors.ts';
import { PLACE_NAMES, TIME_ZONES } from './data/time-zones.ts';
import { YEARLY_MIX } from './data/yearly-mix.ts';
import { countryOf, guessZone, isZone, nearZones, placeName, timeZoneOf, zoneNamed, zoneNames } from './zone.ts';

describe('guessZone', () => {
  it('knows the grid of a time zone and says how it was found', () => {
    expect(guessZone('Europe/Berlin')).toEqual({
      zone: 'DE',
      from: 'time zone Europe/Berlin',
      country: 'DE',
    });
    expect(guessZone('Europe/London')?.zone).toBe('GB');
  });
  it('says when several grids share a time zone', () => {
    expect(guessZone('America/New_York')?.from).toMatch(/several grids share it, US-MIDA-PJM stands for them/);
  });
  it('does not guess where the time zone tells no place', () => {
    expect(guessZone('UTC')).toBeUndefined();
    expect(guessZone('Etc/GMT+5')).toBeUndefined();
    expect(guessZone('constructor')).toBeUndefined();
  });
  it('has only real time zones and real zones in its table', () => {
    for (const [name, zone] of Object.entries(TIME_ZONES)) {
      expect(() => new Intl.DateTimeFormat('en', { timeZone: name }), name).not.toThrow();
      expect(isZone(zone), zone).toBe(true);
    }
    expect(Object.keys(TIME_ZONES).length).toBeGreaterThan(120);
  });
});

describe('timeZoneOf', () => {
  /** Hours that clocks there are ahead of UTC. */
  const aheadOf = (timeZone: string, at: number): number =>
    (Date.parse(`${new Date(at).toLocaleString('sv', { timeZone })}Z`) - at) / HOUR;

  it.each([
    ['DE', 'Europe/Berlin'],
    ['PT', 'Europe/Lisbon'],
    ['PT-AC', 'Atlantic/Azores'],
    ['ES', 'Europe/Madrid'],
    ['ES-CN-HI', 'Atlantic/Canary'],
    ['GB-NESO-13', 'Europe/London'],
    ['DK-DK1', 'Europe/Copenhagen'],
    ['SE-SE4', 'Europe/Stockholm'],
    ['NO-NO2', 'Europe/Oslo'],
    ['IT-SO', 'Europe/Rome'],
    ['US', 'America/New_York'],
    ['US-CAL-CISO', 'America/Los_Angeles'],
    ['US-TEX-ERCO', 'America/Chicago'],
    ['US-NY-NYIS', 'America/New_York'],
    ['US-NE-ISNE', 'America/New_York'],
    ['US-FLA-FPL', 'America/New_York'],
    ['US-NW-BPAT', 'America/Los_Angeles'],
    ['US-NW-PACE', 'America/Denver'],
    ['US-SW-SRP', 'America/Phoenix'],
    ['US-AK', 'America/Anchorage'],
    ['JP-KN', 'Asia/Tokyo'],
    ['MY-EM', 'Asia/Kuching'],
    ['RU-AS', 'Asia/Vladivostok'],
  ])('is that of most people of %s', (zone, timeZone) => expect(timeZoneOf(zone)).toBe(timeZone));

  it('is near the time of the sun in every zone of the map, and of every zone that has a name', () => {
    const zones = Object.values(CITIES).flatMap((ofCountry) => Object.entries(ofCountry));
    for (const [zone, [town]] of zones) {
      const timeZone = timeZoneOf(zone);
      expect(timeZone, zone).not.toBe('UTC');
      const bySun = (town?.[2] ?? 0) / 15;
      expect(Math.abs(aheadOf(timeZone, at('2026-01-15T12:00Z')) - bySun), `${zone} ${timeZone}`).toBeLessThan(2.1);
    }
    for (const zone of Object.keys(PLACE_NAMES)) expect(timeZoneOf(zone), zone).not.toBe('UTC');
  });

  it('is UTC where none is known', () => {
    expect(timeZoneOf('ZZ')).toBe('UTC');
    expect(timeZoneOf('my column')).toBe('UTC');
    expect(timeZoneOf('D')).toBe('UTC');
    expect(timeZoneOf('constructor')).toBe('UTC');
  });
});

describe('names of zones', () => {
  it.each(['DE', 'DK-DK1', 'US-CAL-CISO', 'RU-1'])('takes %s for a zone', (zone) => expect(isZone(zone)).toBe(true));
  it.each(['', 'de', 'Carbon Intensity', 'ZZ', 'UK', 'DD', 'DEU', 'DE-', 'value'])(
    'does not take %j for a zone',
    (text) => expect(isZone(text)).toBe(false),
  );
  it('knows the country and the name of the place', () => {
    expect([countryOf('SE-SE3'), countryOf('nowhere')]).toEqual(['SE', undefined]);
    expect(['DE', 'GB', 'US-CAL-CISO', 'US-SE-SOCO', 'X1', 'constructor'].map(placeName)).toEqual([
      'Germany',
      'Great Britain',
      'California',
      'United States',
      'X1',
      'constructor',
    ]);
  });
  it.each([
    ['Germany', 'DE'],
    ['great  britain', 'GB'],
    ['United Kingdom', 'GB'],
    ['UK', 'GB'],
    ['California', 'US-CAL-CISO'],
    ['USA', 'US'],
    ['Turkiye', 'TR'],
    ['Turkey', 'TR'],
    ["Cote d'Ivoire", 'CI'],
    ['South Korea', 'KR'],
    ['Atlantis', undefined],
    ['', undefined],
    ['constructor', undefined],
  ])('takes the name %j for %s', (name, zone) => expect(zoneNamed(name)).toBe(zone));
  it('knows every place by the name it gives it', () => {
    expect(zoneNames().length).toBeGreaterThan(280);
    for (const name of zoneNames()) expect(isZone(zoneNamed(name) ?? ''), name).toBe(true);
    for (const zone of ['DE', 'DK-DK1', 'US-TEX-ERCO', 'JP-HKD']) expect(zoneNamed(placeName(zone))).toBe(zone);
  });
  it('finds what was meant: other spelling, name, last part, same country', () => {
    const known = ['DE', 'DK-DK1', 'DK-DK2', 'US-CAL-CISO', 'FR'];
    expect(nearZones('us_cal_ciso', known)[0]).toBe('US-CAL-CISO');
    expect(nearZones('Germany', known)).toEqual(['DE']);
    expect(nearZones('DK1', known)[0]).toBe('DK-DK1');
    expect(nearZones('DK', known)).toEqual(['DK-DK1', 'DK-DK2']);
    expect(nearZones('Atlantis', known)).toEqual([]);
  });
});

describe('yearlyAverage', () => {
  it('is of the zone, else of its country, else of the world, ever wider', () => {
    const [own, country, world] = [yearlyAverage('DE'), yearlyAverage('DK-DK1'), yearlyAverage('AQ')];
    expect([own.of, country.of, world.of]).toEqual(['Germany', 'Denmark', 'the world']);
    expect(own.gsd).toBeLessThan(country.gsd);
    expect(country.gsd).toBeLessThan(world.gsd);
    expect(own).toMatchObject({ intensityG: 340, year: 2024, licence: 'CC BY 4.0' });
  });
  it('has shares near 100 % whose life-cycle intensity fits the stated average', () => {
    for (const [zone, { percent, intensityG, source }] of Object.entries(YEARLY_MIX)) {
      const total = percent.reduce((a, b) => a + b, 0);
      expect(percent, zone).toHaveLength(FUELS.length);
      expect(total, zone).toBeGreaterThanOrEqual(97);
      expect(total, zone).toBeLessThanOrEqual(102);
      const computed = FUELS.reduce(
        (sum, fuel, i) => sum + ((percent[i] ?? 0) / total) * IPCC_AR5_LIFECYCLE.gPerKWh[fuel],
        0,
      );
      // Factors differ by country and plant: within a third, or 40 g where there is little to divide by.
      const off = Math.abs(computed - intensityG);
      expect(off, `${zone}: ${Math.round(computed)} from the mix, ${intensityG} stated`).toBeLessThan(
        source === 'ember' ? Math.max(40, intensityG / 3) : 15,
      );
    }
  });
});
