/**
 * Public holidays by rule, for the countries whose grids are forecast most. A day on which people stay at home looks
 * like a Sunday to a grid, so days that many take off (Christmas Eve) are listed as well.
 *
 * @module
 */

/** `12-25`: a date. `easter+1`: days from Easter Sunday. `mon3-01`: the third Monday of January; `mon0-05`: the last. */
const RULES: Readonly<Record<string, string>> = {
  AU: '01-01 01-26 easter-2 easter+1 04-25 12-25 12-26',
  DE: '01-01 easter-2 easter+1 05-01 easter+39 easter+50 10-03 12-24 12-25 12-26 12-31',
  ES: '01-01 01-06 easter-3 easter-2 05-01 08-15 10-12 11-01 12-06 12-08 12-24 12-25 12-31',
  FR: '01-01 easter+1 05-01 05-08 easter+39 easter+50 07-14 08-15 11-01 11-11 12-25',
  GB: '01-01 easter-2 easter+1 mon1-05 mon0-05 mon0-08 12-25 12-26',
  IT: '01-01 01-06 easter+1 04-25 05-01 06-02 08-15 11-01 12-08 12-25 12-26',
  NL: '01-01 easter-2 easter+1 04-27 easter+39 easter+50 12-24 12-25 12-26 12-31',
  PL: '01-01 01-06 easter+1 05-01 05-03 easter+60 08-15 11-01 11-11 12-24 12-25 12-26 12-31',
  SE: '01-01 01-06 easter-2 easter+1 05-01 easter+39 06-06 fri3-06 12-24 12-25 12-26 12-31',
  US: '01-01 mon3-01 mon3-02 mon0-05 07-04 mon1-09 thu4-11 fri4-11 12-24 12-25 12-31',
};

/** Countries where a date that falls on a weekend is kept on the nearest weekday as well. */
const OBSERVED = new Set(['AU', 'GB', 'US']);
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MS = 86_400_000;

/** The holidays of a year as `MM-DD`. A country without rules has none. */
export function holidaysOf(country: string | undefined, year: number): ReadonlySet<string> {
  const days = new Set<string>();
  const add = (time: number): void => {
    days.add(new Date(time).toISOString().slice(5, 10));
  };
  for (const rule of (RULES[country ?? ''] ?? '').split(' ').filter((one) => one !== '')) {
    const time = dateOf(rule, year);
    add(time);
    const weekday = new Date(time).getUTCDay();
    if (OBSERVED.has(country ?? '') && /^\d/.test(rule)) {
      if (weekday === 6) add(time - DAY_MS);
      if (weekday === 0) add(time + DAY_MS);
    }
  }
  return days;
}

function dateOf(rule: string, year: number): number {
  const [, weekday = '', nth = '', month = ''] = /^([a-z]{3})(\d)-(\d\d)$/.exec(rule) ?? [];
  if (weekday !== '') {
    const wanted = WEEKDAYS.indexOf(weekday);
    const first = Date.UTC(year, Number(month) - (nth === '0' ? 0 : 1), 1);
    const offset = (wanted - new Date(first).getUTCDay() + 7) % 7;
    return first + (offset + 7 * (Number(nth) - 1)) * DAY_MS;
  }
  if (rule.startsWith('easter')) return easterSunday(year) + Number(rule.slice(6)) * DAY_MS;
  return Date.parse(`${year}-${rule}T00:00Z`);
}

/** Gregorian Easter (J. Meeus, Astronomical Algorithms, 2nd ed., ch. 8). */
function easterSunday(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return Date.UTC(year, Math.floor(f / 31) - 1, (f % 31) + 1);
}
