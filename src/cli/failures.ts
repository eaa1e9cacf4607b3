/**
 * How a command ends that could not do what it was asked.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { asError, CATALOGUE, Failure } from '../errors.ts';
import { drawFailure, paint, paletteFor } from './draw/index.ts';
import type { GlobalOptions } from './options.ts';
import { columnsOf, note, printJson } from './output.ts';

/** What the interrupt of a person ends with: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130;
const EXIT_BUG = 70;
const LARGEST_EXCERPT = 1_048_576;

/** Says what went wrong, for people or as JSON; the exit code. */
export async function reportFailure(thrown: unknown, options: GlobalOptions): Promise<number> {
  if (thrown instanceof Failure) {
    if (options.json) printJson({ schemaVersion: 1, error: toJson(thrown) });
    else {
      const source = await sourceOf(thrown);
      const view = { columns: columnsOf(process.stderr), ...(source === undefined ? {} : { source }) };
      const lines = drawFailure(thrown, view);
      process.stderr.write(paint(lines, paletteFor(process.env, process.stderr.isTTY)));
    }
    return thrown.exit;
  }
  const error = asError(thrown);
  if (error.name === 'AbortError') return EXIT_INTERRUPTED;
  if (options.json) printJson({ schemaVersion: 1, error: { code: 'bug', message: error.message } });
  note(
    `This is a mistake in Gridtide, not in what you did. Please report it with these lines:`,
    error.stack ?? error.message,
  );
  return EXIT_BUG;
}

function toJson(failure: Failure): object {
  const { code, message, place, value, expected, others } = failure;
  return {
    code,
    title: CATALOGUE[code].title,
    message,
    ...(place === undefined ? {} : { place }),
    ...(value === undefined ? {} : { value }),
    ...(expected === undefined ? {} : { expected }),
    ...(others.length === 0 ? {} : { others: others.map(toJson) }),
  };
}

/** The text that the failure's place is in, for an excerpt; nothing where it cannot be shown. */
async function sourceOf(failure: Failure): Promise<string | undefined> {
  if (failure.place?.line === undefined) return undefined;
  try {
    const text = await readFile(failure.place.file, 'utf8');
    return text.length > LARGEST_EXCERPT || text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
