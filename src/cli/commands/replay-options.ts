/**
 * How a history is to be read, as people say it on the command line.
 *
 * @module
 */
import type { Field, Pausable, replays } from '../../app.ts';
import { isTimeZone } from '../../calendar.ts';
import { Failure } from '../../errors.ts';
import type { ReplayOptions } from '../options.ts';

type Rooms = Awaited<ReturnType<typeof replays>>;

/** Throws `cli/usage` for what is none of the words that are known. */
export function readingOf(options: ReplayOptions, { FIELDS, READERS, TIME_UNITS }: Rooms) {
  const { timeZone, strict } = options;
  if (!isTimeZone(timeZone))
    throw new Failure('cli/usage', '--time-zone', {
      value: timeZone,
      expected: 'an IANA time zone such as Europe/Berlin',
    });
  return {
    timeUnit: oneOf(options.timeUnit, TIME_UNITS, '--time-unit'),
    format: oneOf(
      options.format,
      READERS.map(({ id }) => id),
      '--format',
    ),
    timeZone,
    strict,
    columns: new Map((options.map ?? []).map((text) => columnOf(text, FIELDS))),
    pausable: pausableOf(options.pausable),
  };
}

/** Whose jobs are told apart. */
export const byOf = ({ by }: ReplayOptions) => oneOf(by, ['queue', 'user'] as const, '--by');

function oneOf<T extends string>(text: string | undefined, known: readonly T[], option: string): T | undefined {
  const found = known.find((word) => word === text);
  if (text === undefined || found !== undefined) return found;
  throw new Failure('cli/usage', option, { value: text, expected: `one of ${known.join(', ')}` });
}

function columnOf(text: string, fields: readonly Field[]): [Field, string] {
  const [name = '', ...rest] = text.split('=');
  const field = fields.find((one) => one === name.trim());
  const column = rest.join('=').trim();
  if (field !== undefined && column !== '') return [field, column];
  throw new Failure('cli/usage', '--map', { value: text, expected: `FIELD=COLUMN, FIELD one of ${fields.join(', ')}` });
}

function pausableOf(text: string): Pausable {
  if (text === 'all' || text === 'none') return text;
  const names = text.split(',').map((name) => name.trim());
  if (!names.includes('')) return new Set(names);
  throw new Failure('cli/usage', '--pausable', {
    value: text,
    expected: 'all, none, or names of jobs, queues or users: a,b',
  });
}
