/**
 * What every command starts from: the wired system for its options, an interrupt that ends it, and the terminal.
 *
 * @module
 */
import { type App, type GridView, openApp } from '../app.ts';
import { Failure } from '../errors.ts';
import { type Line, paint, paletteFor } from './draw/index.ts';
import type { PlanOptions, RunOptions, TapeOptions } from './options.ts';
import { columnsOf } from './output.ts';

/** Aborted by Ctrl-C or a request to end. */
export function interrupt(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort(new DOMException(`interrupted by ${name}`, 'AbortError')));
  }
  return controller.signal;
}

/** The seed of a generated grid when none is named. */
const DEFAULT_SEED = 1;

export function appFor(options: PlanOptions & RunOptions & TapeOptions, signal: AbortSignal): Promise<App> {
  return openApp({
    cwd: process.cwd(),
    environment: process.env,
    signal,
    home: options.home,
    config: options.config,
    zone: options.zone,
    grid: options.grid,
    gridSignal: options.signal,
    synthetic: options.synthetic === true ? DEFAULT_SEED : options.synthetic,
    at: options.at,
    speed: options.speed,
    learn: options.learn,
    record: options.record,
    replay: options.replay,
  });
}

/** A file that was named is meant: that it does not answer is a mistake, not a grid to do without. */
export function mustHaveAnswered({ answer }: GridView): void {
  if (answer.use !== 'none') return;
  const failure = answer.links.find((link) => link.failure !== undefined)?.failure;
  throw failure ?? new Failure('grid/no-signal', `the grid file says nothing about ${answer.zone} then`);
}

/** Writes lines to stdout in the colours it can show. */
export function show(lines: readonly Line[]): void {
  process.stdout.write(paint(lines, paletteFor(process.env, process.stdout.isTTY)));
}

export const columns = (): number => columnsOf(process.stdout);
