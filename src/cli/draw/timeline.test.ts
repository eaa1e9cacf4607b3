import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, instant, MINUTE, SECOND } from '../../units.ts';
import { laneCells } from './lanes.ts';
import { lineWidth, NO_COLOUR, paintLine } from './style.ts';
import { axisLine, columnOf, columnStart, heightsOf, meanOver, stripOf, timelineOver, trimmedTo } from './timeline.ts';

const START = instant(Date.UTC(2022, 8, 30, 12, 30));

describe('a timeline', () => {
  test('shows all of its span in columns of a round length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * 24 * 60 }), fc.integer({ min: 10, max: 200 }), (minutes, columns) => {
        const end = instant(START + minutes * MINUTE);
        const timeline = timelineOver(START, end, columns);
        expect(timeline.columns).toBe(columns);
        expect(columnOf(timeline, START)).toBeGreaterThanOrEqual(0);
        expect(columnOf(timeline, end)).toBeLessThan(columns);
        expect(timeline.start % timeline.step).toBe(0);
      }),
      { seed: 5 },
    );
  });

  test('gives up the columns behind what is known and what is marked', () => {
    const timeline = timelineOver(START, instant(START + 10 * HOUR), 90);
    const trimmed = trimmedTo(timeline, instant(START + 10 * HOUR));
    expect(columnOf(trimmed, instant(START + 10 * HOUR))).toBe(trimmed.columns - 1);
    expect(trimmedTo(timeline, START, instant(columnStart(timeline, 5))).columns).toBe(5);
  });

  test('means weigh each slot by its time and leave gaps out', () => {
    const axis = { start: START, step: HOUR, length: 3 };
    expect(meanOver(axis, [100, 200, 300], START + HOUR / 2, START + 2 * HOUR)).toBeCloseTo((50 + 200) / 1.5, 10);
    expect(meanOver(axis, [100, Number.NaN, 300], START, START + 3 * HOUR)).toBe(200);
    expect(meanOver(axis, [100, 200, 300], START + 3 * HOUR, START + 4 * HOUR)).toBeNaN();
    expect(meanOver(axis, [100, 200, 300], START - HOUR, START)).toBeNaN();
  });
});

describe('a strip', () => {
  test('is scaled per row from the lowest to the highest', () => {
    expect(heightsOf([100, 150, 200])).toEqual([0, 4, 7]);
  });

  test('is level where the grid is, so that noise does not look like a tide', () => {
    expect(heightsOf([300, 301, 299])).toEqual([2, 2, 2]);
    expect(heightsOf([0, 0])).toEqual([2, 2]);
  });

  test('is dashed where nothing is known, never low', () => {
    expect(paintLine(stripOf([100, Number.NaN, 300]), NO_COLOUR)).toBe('▁╌█');
    expect(paintLine(stripOf([Number.NaN]), NO_COLOUR)).toBe('╌');
  });
});

describe('the axis', () => {
  const axis = (hours: number, columns: number, zone = 'Europe/Berlin', start = START): string =>
    paintLine(axisLine(timelineOver(start, instant(start + hours * HOUR), columns), zone, start), NO_COLOUR);

  test('has clock times at round hours and the weekday at midnight', () => {
    expect(axis(41, 48)).toBe('now 18    Sat   06    12    18    Sun   06    12');
  });

  test('has minutes on a short span and dates on a long one', () => {
    expect(axis(1 / 6, 48)).toBe('now     14:32   14:34   14:36   14:38   14:40');
    expect(axis(30 * 24, 64)).toMatch(/^now +3 Oct +10 Oct +17 Oct +24 Oct/);
  });

  test('finds local midnight on the days on which clocks change, and in zones off the hour', () => {
    // Clocks go back on 2022-10-30 in Berlin: its day has 25 hours.
    const change = instant(Date.UTC(2022, 9, 29, 16));
    const line = axis(40, 44, 'Europe/Berlin', change);
    expect(line.indexOf('Mon') - line.indexOf('Sun')).toBe(25);
    expect(axis(40, 44, 'Asia/Kathmandu', change)).toContain('Mon');
  });

  test('labels never touch, whatever the span and the width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: (60 * DAY) / SECOND }),
        fc.integer({ min: 12, max: 160 }),
        (seconds, columns) => {
          const timeline = timelineOver(START, instant(START + seconds * SECOND), columns);
          const line = axisLine(timeline, 'Europe/Berlin', START);
          expect(lineWidth(line)).toBe(columns);
          const text = paintLine(line, NO_COLOUR);
          expect(text).toMatch(
            /^ *(now|\d\d(:\d\d)?|[A-Z][a-z]{2}|\d{1,2} [A-Z][a-z]{2})?( +(now|\d\d(:\d\d)?|[A-Z][a-z]{2}|\d{1,2} [A-Z][a-z]{2}))*$/,
          );
        },
      ),
      { seed: 6 },
    );
  });
});

describe('a lane', () => {
  const timeline = timelineOver(instant(0), instant(9 * HOUR), 10);
  const at = (hours: number): ReturnType<typeof instant> => instant(hours * HOUR);
  const draw = (lane: Partial<Parameters<typeof laneCells>[0]>): string =>
    paintLine(
      laneCells(
        { stretches: [], window: undefined, latestStart: undefined, deadline: undefined, atRisk: false, ...lane },
        timeline,
      ),
      NO_COLOUR,
    );

  test('shows where a step may run, runs, must start and must have ended', () => {
    expect(
      draw({
        stretches: [{ start: at(2), end: at(4), look: 'bar' }],
        window: { start: at(1), end: at(8) },
        latestStart: at(6),
        deadline: at(8),
      }),
    ).toBe(' ─██──┊╌┃');
  });

  test('shows work that is shorter than a column', () => {
    expect(draw({ stretches: [{ start: at(2.1), end: at(2.2), look: 'bar' }] })).toBe('  █');
    expect(draw({ stretches: [{ start: at(2.9), end: at(3.3), look: 'ghost' }] })).toBe('   ░');
  });

  test('puts the deadline behind work that shares its column', () => {
    expect(draw({ stretches: [{ start: at(2), end: at(4.6), look: 'bar' }], deadline: at(4.7) })).toBe('  ███┃');
    expect(draw({ stretches: [{ start: at(2), end: at(4), look: 'bar' }], deadline: at(4) })).toBe('  ██┃');
  });

  test('draws nothing outside its columns', () => {
    expect(
      draw({
        stretches: [
          { start: at(-5), end: at(1), look: 'bar' },
          { start: at(20), end: at(30), look: 'bar' },
        ],
        deadline: at(40),
      }),
    ).toBe('█');
  });

  test('has no latest start after its window, and hatch from one that has passed', () => {
    expect(draw({ window: { start: at(0), end: at(3) }, latestStart: at(-1) })).toBe('╌╌╌');
  });
});
