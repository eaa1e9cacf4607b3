/**
 * The two streams: answers on stdout, messages on stderr.
 *
 * @module
 */

/** One line each on stdout. */
export const say = (...lines: readonly string[]): void => {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
};

/** One line each on stderr. */
export const note = (...lines: readonly string[]): void => {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
};

/** One JSON object on stdout. Exact amounts (bigint) become decimal strings. */
export const printJson = (value: unknown): void => {
  say(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner), 2));
};

/** Columns of a stream's terminal; 80 where it is none. */
export const columnsOf = (stream: NodeJS.WriteStream): number =>
  Math.max(60, Number(process.env['COLUMNS']) || stream.columns || 80);
