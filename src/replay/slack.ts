/**
 * How long jobs may wait that have no deadline of their own.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { HOUR, parseDuration } from '../units.ts';

/** The latest end of a job that was submitted at an hour and runs so many. */
export type Slack = (submitH: number, lengthH: number) => number;

const TIMES = /^(\d+(?:\.\d+)?)\s*[x×]$/;
const LONGEST_H = 366 * 24;

/** `2` of `2x`; `undefined` for what is no number of times. */
export const timesIn = (text: string): number | undefined => {
  const times = Number(TIMES.exec(text.trim())?.[1] ?? Number.NaN);
  return times <= 1_000 ? times : undefined;
};

/**
 * `24h`: a day later than at once. `2x`: within twice its length. Throws `cli/usage` for what is neither.
 */
export function slackOf(text: string): Slack {
  const times = timesIn(text);
  if (times !== undefined && times >= 1) return (submitH, lengthH) => submitH + times * lengthH;
  const hours = (parseDuration(text) ?? Number.NaN) / HOUR;
  if (hours <= LONGEST_H) return (submitH, lengthH) => submitH + lengthH + hours;
  throw new Failure('cli/usage', '--slack', {
    value: text,
    expected: 'a length such as 24h, how much later jobs may end; or 2x, within twice their length',
  });
}
