/**
 * Reads what the JSON files of a run say, and nothing that they do not. Written out by hand, since the guard reads
 * them at every look and lives as long as the run: it must stay light.
 *
 * @module
 */
import type { ClockOrigin } from '../clock.ts';
import type { Orders, Pause, StepOrder } from './run-files.ts';

/** `undefined` where `text` is not whole, or does not say what orders must. */
export const parseOrders = (text: string): Orders | undefined => parsed(text, isOrders);

/** `undefined` where `text` is not whole, or does not say what a pause must. */
export const parsePause = (text: string): Pause | undefined => parsed(text, isPause);

/** Names and values of an environment; what is no text is left out. `undefined` where `text` is not whole. */
export function parseEnvironment(text: string): Readonly<Record<string, string>> | undefined {
  const kept = parsed(text, isRecord);
  return (
    kept && Object.fromEntries(Object.entries(kept).flatMap(([name, value]) => (isText(value) ? [[name, value]] : [])))
  );
}

function parsed<T>(text: string, is: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return is(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isOrders = (value: unknown): value is Orders =>
  isRecord(value) &&
  value['schemaVersion'] === 1 &&
  isText(value['workflowRun']) &&
  isClock(value['clock']) &&
  isListOf(value['steps'], isStepOrder);

const isStepOrder = (value: unknown): value is StepOrder =>
  isRecord(value) &&
  isText(value['name']) &&
  isListOf(value['after'], isText) &&
  isListOf(value['argv'], isText) &&
  value['argv'].length > 0 &&
  isRecord(value['environment']) &&
  Object.values(value['environment']).every(isText) &&
  isText(value['directory']) &&
  isNumber(value['retries']) &&
  (value['timeout'] === null || isNumber(value['timeout'])) &&
  isNumber(value['latestStart']) &&
  isListOf(value['starts'], isNumber) &&
  (value['level'] === undefined || isNumber(value['level']));

const isClock = (value: unknown): value is ClockOrigin =>
  isRecord(value) && isNumber(value['wall']) && isNumber(value['shown']) && isNumber(value['speed']);

const isPause = (value: unknown): value is Pause =>
  isRecord(value) &&
  isNumber(value['at']) &&
  isNumber(value['resumeBy']) &&
  (value['mode'] === 'freeze' || value['mode'] === 'checkpoint');

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isListOf = <T>(value: unknown, is: (one: unknown) => one is T): value is readonly T[] =>
  Array.isArray(value) && value.every(is);
