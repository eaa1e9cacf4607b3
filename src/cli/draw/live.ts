/**
 * Shows a run while it goes on. In a terminal each frame is painted over the one before it, in one write; elsewhere
 * each event becomes one line. Nothing is hidden, the cursor neither, so that nothing needs repair however this
 * process ends.
 *
 * @module
 */
import { formatLocal } from '../../calendar.ts';
import type { RunSnapshot } from '../../execute/index.ts';
import { drawRun, eventLine } from './run.ts';
import { cutLine, dim, type Line, lineWidth, type Palette, paint, paintLine, plain } from './style.ts';
import { provenanceMark } from './words.ts';

/** The part of a terminal's stream that is needed; `process.stdout` fits. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface LiveView {
  readonly palette: Palette;
  readonly timeZone: string;
}

/** A run being shown. After `finish` nothing is written any more. */
export interface Live {
  /** Shows the run as it is now. */
  show(run: RunSnapshot): void;
  /** Puts lines above the frame, where they stay. */
  say(lines: readonly Line[]): void;
  /** Leaves the last frame on the screen, with the cursor under it. */
  finish(): void;
}

/** A frame on a terminal, or events as lines where there is none. */
export const liveRun = (screen: Screen, view: LiveView): Live =>
  screen.isTTY === true ? frames(screen, view) : eventsAsLines(screen, view);

const ESCAPE = '\u001b[';
const USUAL = { columns: 80, rows: 24 };

function frames(screen: Screen, { palette, timeZone }: LiveView): Live {
  let last: RunSnapshot | undefined;
  let painted: readonly Line[] = [];
  let finished = false;

  const columns = (): number => screen.columns ?? USUAL.columns;

  /** Back to where the last frame began. A narrower terminal has wrapped its lines, so they are counted anew. */
  const backToTop = (): string => {
    const rows = painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(lineWidth(line) / columns())), 0);
    return rows === 0 ? '' : `\r${ESCAPE}${rows}A`;
  };

  /** Each line is cleared before it is written: clearing behind a full line would take its last column. */
  const frameText = (lines: readonly Line[]): string =>
    `${lines.map((line) => `${ESCAPE}2K${paintLine(line, palette)}\n`).join('')}${ESCAPE}J`;

  const draw = (above: readonly Line[] = []): void => {
    if (finished) return;
    const rows = screen.rows ?? USUAL.rows;
    const drawn = last === undefined ? [] : drawRun(last, { columns: columns(), timeZone, rows, steady: true });
    // A frame taller than the terminal could not be painted over: its end is what is left out.
    const lines = drawn.slice(0, Math.max(1, rows - 1));
    const text = `${backToTop()}${frameText([...above.map((line) => cutLine(line, columns())), ...lines])}`;
    painted = lines;
    screen.write(text);
  };

  const onResize = (): void => draw();
  screen.on('resize', onResize);
  return {
    show(run) {
      last = run;
      draw();
    },
    say: (lines) => draw(lines),
    finish() {
      finished = true;
      screen.off('resize', onResize);
    },
  };
}

function eventsAsLines(screen: Screen, { palette, timeZone }: LiveView): Live {
  let told = 0;
  let finished = false;
  const troubled = new Set<string>();
  const write = (lines: readonly Line[]): void => {
    if (!finished && lines.length > 0) screen.write(paint(lines, palette));
  };
  return {
    show(run) {
      const mark = markOf(run);
      const lines: Line[] = run.events
        .slice(told)
        .map((event) => [...trimmed(eventLine(event, run.submittedAt, timeZone)), ...mark]);
      told = Math.max(told, run.events.length);
      for (const trouble of run.trouble) {
        if (troubled.has(trouble)) continue;
        troubled.add(trouble);
        lines.push([dim(`${formatLocal(run.now, timeZone, 'time')} `), plain(trouble), ...mark]);
      }
      write(lines);
    },
    say: write,
    finish() {
      finished = true;
    },
  };
}

const trimmed = (line: Line): Line =>
  line.map((span, index) => (index === 0 ? { ...span, text: span.text.trimStart() } : span));

/** What is not of this grid and this hour says so in every line. */
function markOf(run: RunSnapshot): Line {
  const marks = new Set(Object.values(run.outlooks).flatMap(({ quality }) => provenanceMark(quality) ?? []));
  return marks.size === 0 ? [] : [dim(`  (${[...marks].join(', ')} grid)`)];
}
