import { describe, expect, it } from 'vitest';
import {
  formatLocal,
  formatNear,
  instantsOf,
  isTimeZone,
  localDates,
  localDay,
  nextClockTime,
  parseClockTime,
  parseInstant,
} from './calendar.ts';
import { Failure } from './errors.ts';
import { formatInstant, HOUR, type Instant, instant } from './units.ts';

const at = (text: string): Instant => instant(Date.parse(text));
const next = (text: string, from: string): string => formatInstant(nextClockTime(text, at(from)).at);
const failureOf = (act: () => unknown): Failure => {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
};

describe('the next time that clocks show', () => {
  it('is today when it is still to come, in the zone that is named', () => {
    expect(next('06:00 Europe/Berlin', '2022-06-01T03:00:00Z')).toBe('2022-06-01T04:00:00Z');
    expect(next('6:00 Europe/Berlin', '2022-06-01T03:00:00Z')).toBe('2022-06-01T04:00:00Z');
    expect(next('23:30:15 UTC', '2022-06-01T03:00:00Z')).toBe('2022-06-01T23:30:15Z');
  });

  it('is tomorrow when it has passed or is this very instant', () => {
    expect(next('06:00 Europe/Berlin', '2022-06-01T04:00:00Z')).toBe('2022-06-02T04:00:00Z');
    expect(next('06:00 Europe/Berlin', '2022-06-01T04:00:00.001Z')).toBe('2022-06-02T04:00:00Z');
    expect(next('06:00 Europe/Berlin', '2022-06-01T03:59:59.999Z')).toBe('2022-06-01T04:00:00Z');
  });

  it('goes by the local date, not the date in UTC', () => {
    expect(next('20:00 America/Los_Angeles', '2022-06-02T02:30:00Z')).toBe('2022-06-02T03:00:00Z');
    expect(next('01:00 Pacific/Auckland', '2022-06-01T11:30:00Z')).toBe('2022-06-01T13:00:00Z');
  });

  it('is 23 or 25 hours away over a change of the clocks', () => {
    expect(next('12:00 Europe/Berlin', '2026-03-28T11:00:00Z')).toBe('2026-03-29T10:00:00Z');
    expect(next('12:00 Europe/Berlin', '2026-10-24T10:00:00Z')).toBe('2026-10-25T11:00:00Z');
  });

  it('fails with the gap named when the day that is meant jumps over it', () => {
    const failure = failureOf(() => next('02:30 Europe/Berlin', '2026-03-28T20:00:00Z'));
    expect(failure.code).toBe('workload/deadline');
    expect(failure.message).toBe('02:30 does not exist on 2026-03-29 in Europe/Berlin: clocks go from 02:00 to 03:00');
    expect(failureOf(() => next('02:00 Europe/Berlin', '2026-03-28T20:00:00Z')).message).toContain(
      '02:00 does not exist',
    );
    expect(failureOf(() => next('02:15 Australia/Lord_Howe', '2026-10-03T00:00:00Z')).message).toContain(
      'clocks go from 02:00 to 02:30',
    );
  });

  it('passes over a gap that lies behind, and the edges of a gap exist', () => {
    expect(next('02:30 Europe/Berlin', '2026-03-29T01:00:00Z')).toBe('2026-03-30T00:30:00Z');
    expect(next('03:00 Europe/Berlin', '2026-03-28T20:00:00Z')).toBe('2026-03-29T01:00:00Z');
    expect(next('01:59 Europe/Berlin', '2026-03-28T20:00:00Z')).toBe('2026-03-29T00:59:00Z');
    expect(next('02:30 Europe/Berlin', '2026-03-28T01:00:00Z')).toBe('2026-03-28T01:30:00Z');
  });

  it('names both dates where a whole day was skipped', () => {
    const failure = failureOf(() => next('10:00 Pacific/Apia', '2011-12-30T09:00:00Z'));
    expect(failure.message).toBe(
      '10:00 does not exist on 2011-12-30 in Pacific/Apia: clocks go from 2011-12-30 00:00 to 2011-12-31 00:00',
    );
  });

  it('is the earlier of a repeated one, and says so; the later when the earlier has passed', () => {
    const first = nextClockTime('02:30 Europe/Berlin', at('2026-10-24T20:00:00Z'));
    expect(formatInstant(first.at)).toBe('2026-10-25T00:30:00Z');
    expect(first.note).toBe('02:30 comes twice on 2026-10-25 in Europe/Berlin: the earlier is meant');
    const second = nextClockTime('02:30 Europe/Berlin', at('2026-10-25T00:45:00Z'));
    expect(formatInstant(second.at)).toBe('2026-10-25T01:30:00Z');
    expect(second.note).toContain('the later is meant');
    expect(next('02:30 Europe/Berlin', '2026-10-25T01:30:00Z')).toBe('2026-10-26T01:30:00Z');
    expect(nextClockTime('03:30 Europe/Berlin', at('2026-10-24T20:00:00Z')).note).toBeUndefined();
  });

  it('falls back on the zone that is handed in, and fails without any', () => {
    expect(formatInstant(nextClockTime('06:00', at('2022-06-01T03:00:00Z'), 'Europe/London').at)).toBe(
      '2022-06-01T05:00:00Z',
    );
    expect(failureOf(() => nextClockTime('06:00', at('2022-06-01T03:00:00Z'))).expected).toContain('Europe/Berlin');
    expect(failureOf(() => next('06:00 Europe/Berln', '2022-06-01T03:00:00Z')).value).toBe('Europe/Berln');
    expect(failureOf(() => next('25:00 UTC', '2022-06-01T03:00:00Z')).value).toBe('25:00 UTC');
  });
});

describe('reading times', () => {
  it('takes clock times of the day only', () => {
    expect(parseClockTime('7:05')).toMatchObject({
      written: '07:05',
      hour: 7,
      minute: 5,
      second: 0,
      timeZone: undefined,
    });
    for (const text of ['24:00', '12:60', '12:00:60', '12', '12:0', 'noon', '', '12:00 Europe/Berlin extra']) {
      expect(parseClockTime(text), text).toBeUndefined();
    }
  });

  it('takes RFC 3339 with an offset only, and only dates that exist', () => {
    expect(parseInstant('2026-12-01T06:00:00+01:00')).toBe(at('2026-12-01T05:00:00Z'));
    expect(parseInstant('2026-12-01T06:00+01:00')).toBe(at('2026-12-01T05:00:00Z'));
    expect(parseInstant('2026-12-01 06:00:00.250z')).toBe(at('2026-12-01T06:00:00.250Z'));
    const wrong = [
      '2026-12-01T06:00:00',
      '2026-02-30T06:00:00Z',
      '2026-12-01',
      '2016-12-31T23:59:60Z',
      '2026-13-01T00:00:00Z',
      '2026-12-01T24:00:00Z',
      '2026-12-01T06:00:00+25:00',
      'tomorrow',
    ];
    for (const text of wrong) expect(parseInstant(text), text).toBeUndefined();
  });

  it('knows time zones by their IANA names', () => {
    expect(isTimeZone('Europe/Berlin')).toBe(true);
    expect(isTimeZone('UTC')).toBe(true);
    for (const name of ['Europe/Berln', '+01:00', '', 'Mars/Olympus']) expect(isTimeZone(name), name).toBe(false);
  });
});

describe('the local day', () => {
  it('has 23, 24 or 25 hours', () => {
    const hours = (text: string): number => {
      const { start, end } = localDay(at(text), 'Europe/Berlin');
      return (end - start) / HOUR;
    };
    expect(hours('2026-03-29T12:00:00Z')).toBe(23);
    expect(hours('2026-06-01T12:00:00Z')).toBe(24);
    expect(hours('2026-10-25T12:00:00Z')).toBe(25);
    expect(formatInstant(localDay(at('2026-06-01T22:30:00Z'), 'Europe/Berlin').start)).toBe('2026-06-01T22:00:00Z');
  });
});

describe('writing times', () => {
  it('writes each style as the clocks of the zone show it', () => {
    const when = at('2022-06-04T21:35:59Z');
    expect(formatLocal(when, 'Europe/Berlin', 'time')).toBe('23:35');
    expect(formatLocal(when, 'Europe/Berlin', 'weekday-time')).toBe('Sat 23:35');
    expect(formatLocal(when, 'Asia/Kolkata', 'weekday-time')).toBe('Sun 03:05');
    expect(formatLocal(when, 'Europe/Berlin', 'weekday')).toBe('Sat');
    expect(formatLocal(when, 'Europe/Berlin', 'date')).toBe('2022-06-04');
    expect(formatLocal(when, 'Europe/Berlin', 'date-time')).toBe('2022-06-04 23:35');
    expect(formatLocal(at('2022-06-04T22:00:00Z'), 'Europe/Berlin', 'date-time')).toBe('2022-06-05 00:00');
  });

  it('is as short as it can be understood from now', () => {
    const now = at('2022-06-01T08:00:00Z');
    const near = (text: string): string => formatNear(at(text), 'Europe/Berlin', now);
    expect(near('2022-06-01T16:00:00Z')).toBe('18:00');
    expect(near('2022-06-01T22:00:00Z')).toBe('Thu 00:00');
    expect(near('2022-05-31T20:00:00Z')).toBe('Tue 22:00');
    expect(near('2022-06-07T07:59:00Z')).toBe('Tue 09:59');
    expect(near('2022-06-07T08:00:00Z')).toBe('2022-06-07 10:00');
  });
});

describe('clock times of a date', () => {
  const found = (date: string, time: string): string[] =>
    instantsOf(date, time, 'America/Los_Angeles').map(formatInstant);

  it('come once, never where clocks jump over them, twice where they are turned back', () => {
    expect(found('2026-03-18', '05:10')).toEqual(['2026-03-18T12:10:00Z']);
    expect(found('2026-03-08', '02:30')).toEqual([]);
    expect(found('2026-11-01', '01:30')).toEqual(['2026-11-01T08:30:00Z', '2026-11-01T09:30:00Z']);
  });

  it('lie on the dates that the calendar shows, days of 23 and 25 hours among them', () => {
    expect(localDates(at('2026-03-08T07:59:00Z'), at('2026-03-09T07:00:00Z'), 'America/Los_Angeles')).toEqual([
      '2026-03-07',
      '2026-03-08',
    ]);
    expect(localDates(at('2026-11-01T07:00:00Z'), at('2026-11-02T08:01:00Z'), 'America/Los_Angeles')).toEqual([
      '2026-11-01',
      '2026-11-02',
    ]);
    expect(localDates(at('2026-11-01T07:00:00Z'), at('2026-11-01T07:00:00Z'), 'UTC')).toEqual([]);
  });
});
