/**
 * A grid provider of a test's own: a server that answers as Energy-Charts does, or as badly as a test wants, for commands
 * that run on the live grid at a clock that passes faster than time.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from './folders.ts';

const PRELOAD = new URL('./preload.mjs', import.meta.url).href;
const MINUTE = 60_000;
const STEP = 5 * MINUTE;

/** What was asked, and when on the clock of the command. Instants are epoch ms. */
export interface Question {
  readonly start: number;
  readonly end: number;
  readonly now: number;
}

/** Answers, or does not. */
export type Answer = (question: Question, response: ServerResponse) => void;

export interface LiveGrid {
  /** For commands: this grid, this clock. */
  readonly env: Readonly<Record<string, string>>;
  /** What the clock of the commands shows now. */
  now(): number;
  /** How often it was asked. */
  asked(): number;
  /** From now on it answers so. */
  set(answer: Answer): void;
  /** Turns the clock of the commands by `ms` of its own time. */
  turnClock(ms: number): void;
  close(): Promise<void>;
}

/** `factor` seconds of the commands' clock pass in a real one. */
export async function openLiveGrid(factor: number, first: Answer): Promise<LiveGrid> {
  let answer = first;
  let asked = 0;
  const start = Date.now();
  const { folder, cleanup } = temporaryFolder();
  const turned = join(folder, 'turned');
  const now = (): number => start + (Date.now() - start) * factor;
  const server = createServer((request, response) => {
    asked += 1;
    const url = new URL(new URL(request.url ?? '/', 'http://test').searchParams.get('url') ?? 'http://none');
    const at = (name: string): number => Date.parse(url.searchParams.get(name) ?? '');
    answer({ start: at('start'), end: at('end'), now: now() }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    env: {
      NODE_OPTIONS: `--import=${PRELOAD}`,
      GRIDTIDE_TEST_GRID: `http://127.0.0.1:${port}`,
      GRIDTIDE_TEST_TIME: `${start} ${factor}`,
      GRIDTIDE_TEST_TURNED: turned,
    },
    now,
    asked: () => asked,
    set: (next) => {
      answer = next;
    },
    turnClock: (ms) => writeFileSync(turned, `${Date.now()} ${ms}`),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      cleanup();
    },
  };
}

/** A reply of the documented shape: measured up to now, forecast after it. */
export function body(
  { start, end, now }: Question,
  intensityG: (at: number) => number,
  change: Readonly<Record<string, unknown>> = {},
): string {
  const stamps: number[] = [];
  for (let at = Math.ceil(start / STEP) * STEP; at <= end; at += STEP) stamps.push(at);
  // Values for the slot under way come a little late, as they do.
  const isPast = (at: number): boolean => at + STEP <= now;
  return JSON.stringify({
    unix_seconds: stamps.map((at) => at / 1000),
    co2eq: stamps.map((at) => (isPast(at) ? intensityG(at) : null)),
    co2eq_forecast: stamps.map((at) => (isPast(at) ? null : intensityG(at))),
    country: 'de',
    ...change,
  });
}

/** Answers with 200 and what `text` makes of the question. */
export const says =
  (text: (question: Question) => string): Answer =>
  (question, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(text(question));
  };
