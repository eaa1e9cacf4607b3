import { describe, expect, test } from 'vitest';
import { at, DEMO_RUN } from '../../../test/drawing/models.ts';
import { liveRun, type Screen } from './live.ts';
import { NO_COLOUR, plain } from './style.ts';

class FakeScreen implements Screen {
  readonly writes: string[] = [];
  readonly listeners = new Set<() => void>();
  isTTY: boolean;
  columns: number;
  rows: number;
  constructor(isTTY: boolean, columns = 80, rows = 40) {
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
  }
  write(text: string): void {
    this.writes.push(text);
  }
  on(_: 'resize', listener: () => void): void {
    this.listeners.add(listener);
  }
  off(_: 'resize', listener: () => void): void {
    this.listeners.delete(listener);
  }
}

/** What a terminal of unlimited width would show: enough of its language for what the painter says. */
function screenAfter(writes: readonly string[]): string[] {
  const rows: string[] = [];
  let row = 0;
  for (const text of writes) {
    for (const part of text.split(/(\u001b\[\d*[A-Z]|\n|\r)/)) {
      if (part === '\n') row += 1;
      else if (part === '\r' || part === '') continue;
      else if (part.startsWith('\u001b[')) {
        if (part.endsWith('A')) row -= Number(part.slice(2, -1));
        else if (part.endsWith('K')) rows[row] = '';
        else if (part.endsWith('J')) rows.length = Math.min(rows.length, row);
        else throw new Error(`unexpected sequence ${JSON.stringify(part)}`);
      } else rows[row] = (rows[row] ?? '') + part;
      expect(row).toBeGreaterThanOrEqual(0);
    }
  }
  return rows.map((text) => text ?? '');
}

const view = { palette: NO_COLOUR, timeZone: 'Europe/Berlin' };
const events = [
  { at: at(-6), step: 'prepare', kind: 'step-started', text: 'starts' },
  { at: at(-5.5), step: 'prepare', kind: 'step-done', text: 'done' },
];

describe('on a terminal', () => {
  test('each frame is one write and takes the place of the one before it', () => {
    const screen = new FakeScreen(true);
    const live = liveRun(screen, view);
    live.show(DEMO_RUN);
    const height = screenAfter(screen.writes).length;
    live.show({ ...DEMO_RUN, now: at(1) });
    live.show({ ...DEMO_RUN, now: at(2) });
    expect(screen.writes).toHaveLength(3);
    const shown = screenAfter(screen.writes);
    expect(shown).toHaveLength(height);
    expect(shown.filter((line) => line.includes('↑ now'))).toHaveLength(1);
    expect(shown.join('\n')).toContain('↑ now 16:30');
  });

  test('what is said stays above the frame', () => {
    const screen = new FakeScreen(true);
    const live = liveRun(screen, view);
    live.show(DEMO_RUN);
    live.say([[plain('said once')]]);
    live.show(DEMO_RUN);
    const shown = screenAfter(screen.writes);
    expect(shown[0]).toBe('said once');
    expect(shown.filter((line) => line === 'said once')).toHaveLength(1);
    expect(shown.filter((line) => line.includes('first-light'))).toHaveLength(1);
  });

  test('a new size redraws at once, over the lines as the terminal has wrapped them', () => {
    const screen = new FakeScreen(true);
    const live = liveRun(screen, view);
    live.show(DEMO_RUN);
    const lines = screenAfter(screen.writes);
    screen.columns = 60;
    for (const listener of screen.listeners) listener();
    const wrapped = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 60)), 0);
    expect(wrapped).toBeGreaterThan(lines.length);
    expect(screen.writes[1]?.startsWith(`\r\u001b[${wrapped}A`)).toBe(true);
    live.finish();
    expect(screen.listeners.size).toBe(0);
  });

  test('a frame is never taller than the terminal', () => {
    const screen = new FakeScreen(true, 80, 10);
    liveRun(screen, view).show(DEMO_RUN);
    expect(screenAfter(screen.writes).length).toBeLessThan(10);
  });

  test('nothing is written after the end, and the cursor is never hidden', () => {
    const screen = new FakeScreen(true);
    const live = liveRun(screen, view);
    live.show(DEMO_RUN);
    live.finish();
    live.show(DEMO_RUN);
    expect(screen.writes).toHaveLength(1);
    expect(screen.writes[0]).not.toContain('?25');
  });
});

describe('without a terminal', () => {
  test('each event is one line, once, marked as synthetic, without an escape sequence', () => {
    const screen = new FakeScreen(false);
    const live = liveRun(screen, view);
    live.show({ ...DEMO_RUN, events: events.slice(0, 1) });
    live.show({ ...DEMO_RUN, events });
    live.show({ ...DEMO_RUN, events, trouble: ['the grid is silent'] });
    live.show({ ...DEMO_RUN, events, trouble: ['the grid is silent'] });
    expect(screen.writes.join('')).toBe(
      '08:30 prepare  starts  (synthetic grid)\n09:00 prepare  done  (synthetic grid)\n14:30 the grid is silent  (synthetic grid)\n',
    );
  });
});
