import { describe, expect, it } from 'vitest';
import { dayKinds } from './days.ts';
import { holidaysOf } from './holidays.ts';

const HOUR = 3_600_000;

describe('Kinds of days', () => {
  it.each([
    ['the day whose clocks go forward', '2025-03-29T23:00Z', 23],
    ['the day whose clocks go back', '2025-10-25T22:00Z', 25],
    ['any other', '2025-06-14T22:00Z', 24],
  ])('give %s its hours', (_, start, hours) => {
    const kindAt = dayKinds('Europe/Berlin', 'DE');
    const first = Date.parse(start);
    const kinds = Array.from({ length: 27 }, (__, i) => kindAt(first + (i - 1) * HOUR).dayOfYear);
    const day = kindAt(first).dayOfYear;
    expect(kinds.filter((one) => one === day)).toHaveLength(hours);
    expect(kinds.slice(1, hours + 1)).toEqual(new Array(hours).fill(day));
  });

  it('are the same whatever is asked first, also where midnight is within an hour', () => {
    const hours = Array.from({ length: 60 }, (_, i) => Date.UTC(2025, 4, 1) + i * HOUR);
    const [forwards, backwards] = [dayKinds('Asia/Kolkata', undefined), dayKinds('Asia/Kolkata', undefined)];
    const found = hours.map(forwards);
    expect(hours.toReversed().map(backwards).toReversed()).toEqual(found);
  });

  it('know weekdays, holidays and the turn of the year in local time', () => {
    const kindAt = dayKinds('America/New_York', 'US');
    expect(kindAt(Date.parse('2021-07-05T12:00Z'))).toEqual({
      weekday: 0,
      dayOfYear: 186,
      isHoliday: true,
      isTurnOfYear: false,
    });
    expect(kindAt(Date.parse('2021-07-06T03:00Z')).isHoliday).toBe(true);
    expect(kindAt(Date.parse('2021-07-06T05:00Z')).isHoliday).toBe(false);
    expect(kindAt(Date.parse('2021-01-03T12:00Z'))).toMatchObject({ weekday: 6, dayOfYear: 3, isTurnOfYear: true });
  });

  it.each([
    ['DE', 2021, ['04-02', '04-05', '05-13', '05-24']],
    ['US', 2021, ['01-18', '02-15', '05-31', '09-06', '11-25', '11-26']],
    ['GB', 2022, ['04-15', '05-02', '05-30', '08-29']],
    ['GB', 2027, ['05-31']],
    ['PL', 2021, ['06-03']],
    ['SE', 2021, ['06-18']],
  ])('have the holidays of %s in %i', (country, year, days) => {
    const holidays = holidaysOf(country, year);
    expect(days.filter((day) => !holidays.has(day))).toEqual([]);
  });

  it('have no holidays for a country that nobody wrote rules for', () => {
    expect(holidaysOf('XX', 2025).size).toBe(0);
    expect(holidaysOf(undefined, 2025).size).toBe(0);
  });
});
