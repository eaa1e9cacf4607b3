/**
 * Shapes of the files that people write: quantities as zod schemas, and zod's findings turned into failures with place,
 * value and expectation. By convention the message of every schema here says what was expected.
 *
 * @module
 */
import { z } from 'zod';
import type { Path, PlainDocument } from './documents.ts';
import { Failure, type FailureCode, type Place } from './errors.ts';
import { suggestion } from './mistakes.ts';
import { DAY, type Millis, parseBytes, parseDuration, parsePercent, parsePower, type Watts } from './units.ts';

/** Longest length of time that a file may name. */
export const LONGEST_DURATION = 366 * DAY;

const UNITS = {
  duration: 'ms, s, m, h, d',
  power: 'W, kW, MW',
  bytes: 'B, kB, MB, GB, TB, KiB, MiB, GiB, TiB',
} as const;

interface QuantityOptions<T> {
  readonly parse: (text: string) => T | undefined;
  /** `a power such as "180 W"`. */
  readonly expected: string;
  /** JSON Schema pattern of what people write; `parse` decides. */
  readonly pattern: string;
  readonly description: string;
  readonly units?: string;
  /** What is wrong with a value that could be read, in the words of what was expected; `undefined`: nothing. */
  readonly limit?: (value: T) => string | undefined;
}

/** Text that stands for a quantity; evaluates to the quantity. */
function quantity<T>({ parse, expected, pattern, description, units, limit }: QuantityOptions<T>) {
  return z
    .string({ error: expected })
    .meta({ pattern, description })
    .transform((text, context): T => {
      const value = parse(text);
      const fault = value === undefined ? withUnits(text, expected, units) : limit?.(value);
      if (value === undefined || fault !== undefined) {
        context.issues.push({ code: 'custom', message: fault ?? expected, input: text });
        return z.NEVER;
      }
      return value;
    });
}

/** A number with an unknown unit gets the list of known ones. */
function withUnits(text: string, expected: string, units: string | undefined): string {
  return units !== undefined && /^\s*[\d.]+\s*[^\d\s].*$/.test(text) ? `${expected} (units: ${units})` : expected;
}

const DURATION_PATTERN = '^\\s*(\\d+(\\.\\d+)?\\s*(ms|s|m|h|d)\\s*)+$';

/** A length of time above zero, at most a year. */
export const duration = (description: string) =>
  quantity<Millis>({
    parse: parseDuration,
    expected: 'a duration such as "2h30m"',
    pattern: DURATION_PATTERN,
    description,
    units: UNITS.duration,
    limit: (value) =>
      value <= 0 ? 'a duration above zero' : value > LONGEST_DURATION ? 'a duration of at most 366d' : undefined,
  });

/** A length of time that may be zero, at most a year. */
export const durationOrZero = (description: string) =>
  quantity<Millis>({
    parse: parseDuration,
    expected: 'a duration such as "90s"',
    pattern: DURATION_PATTERN,
    description,
    units: UNITS.duration,
    limit: (value) => (value > LONGEST_DURATION ? 'a duration of at most 366d' : undefined),
  });

/** Power of at most a gigawatt; above zero unless `zero` is allowed. */
export const power = (description: string, { zero = false }: { readonly zero?: boolean } = {}) =>
  quantity<Watts>({
    parse: parsePower,
    expected: 'a power such as "180 W"',
    pattern: '^\\s*\\d+(\\.\\d+)?\\s*(W|kW|MW)\\s*$',
    description,
    units: UNITS.power,
    limit: (value) =>
      value === 0 && !zero ? 'a power above zero' : value > 1e9 ? 'a power of at most 1000 MW' : undefined,
  });

/** An amount of data or memory, in bytes. */
export const bytes = (description: string) =>
  quantity<number>({
    parse: parseBytes,
    expected: 'a size such as "8 GB"',
    pattern: '^\\s*\\d+(\\.\\d+)?\\s*(B|[kKMGT]B|[KMGT]iB)\\s*$',
    description,
    units: UNITS.bytes,
    limit: (value) => (value > 2 ** 60 ? 'a size of at most 2^60 bytes' : undefined),
  });

/** A share in percent, from 0 to `most`; evaluates to the number of percent. */
export const percent = (description: string, most = 100) =>
  quantity<number>({
    parse: parsePercent,
    expected: 'a share such as "5 %"',
    pattern: '^\\s*\\d+(\\.\\d+)?\\s*%\\s*$',
    description,
    units: '%',
    limit: (value) => (value > most ? `a share of at most ${most} %` : undefined),
  });

/** Money as people write it, `2.10 EUR`; evaluates to amount and ISO 4217 code. */
export const money = (description: string) =>
  quantity<{ readonly amount: number; readonly currency: string }>({
    parse: (text) => {
      const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Z]{3})\s*$/.exec(text);
      const [, amount, currency] = match ?? [];
      return amount === undefined || currency === undefined ? undefined : { amount: Number(amount), currency };
    },
    expected: 'an amount with its currency such as "2.10 EUR"',
    pattern: '^\\s*\\d+(\\.\\d+)?\\s*[A-Z]{3}\\s*$',
    description,
    limit: ({ amount, currency }) =>
      !isCurrency(currency)
        ? 'an ISO 4217 currency such as EUR, GBP, USD'
        : amount > 1e9
          ? 'an amount of at most 1000000000'
          : undefined,
  });

const isCurrency = (code: string): boolean => Intl.supportedValuesOf('currency').includes(code);

/** A country by its ISO 3166-1 alpha-2 code. */
export const country = z
  .string({ error: 'a country code such as "DE"' })
  .regex(/^[A-Z]{2}$/, 'a country code of two capital letters such as "DE"');

/** One of a few words. */
export const oneOf = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, { error: words.map((word) => `"${word}"`).join(' or ') });

/** Zod's findings, as failures. `document` gives the places; without one (a TypeScript form) they name the file alone. */
export interface Source {
  readonly file: string;
  readonly code: FailureCode;
  readonly document?: PlainDocument | undefined;
}

/** The place of `path`, as exact as the source allows. */
export function placeAt({ file, document }: Source, path: Path, what: 'key' | 'value' = 'value'): Place {
  return document?.place(path, what) ?? { file };
}

/** `steps.train.needs.cpus`, `steps.train.run[2]`. */
export const pathName = (path: Path): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');

type Issue = z.core.$ZodIssue;

/** Evaluates `value` by `schema`; what does not fit comes back as failures, each at its place. */
export function evaluate<S extends z.ZodType>(
  schema: S,
  value: unknown,
  source: Source,
): { readonly value: z.output<S> | undefined; readonly failures: readonly Failure[] } {
  const result = schema.safeParse(value, { error: expectation });
  if (result.success) return { value: result.data, failures: [] };
  return {
    value: undefined,
    failures: result.error.issues.flatMap((issue) => failuresOf(issue, [], value, schema, source)),
  };
}

/** What zod's own checks expect, where a schema does not say it itself. */
function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  const names: Record<string, string> = {
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    string: 'text',
    boolean: 'true or false',
  };
  return names[issue.expected] ?? `a ${issue.expected}`;
}

function failuresOf(issue: Issue, prefix: Path, root: unknown, schema: z.ZodType, source: Source): readonly Failure[] {
  const path: Path = [...prefix, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  const found = valueAt(root, path);
  const make = (
    message: string,
    details: { value?: string; expected?: string } = {},
    what: 'key' | 'value' = 'value',
  ): Failure => new Failure(source.code, message, { ...details, place: placeAt(source, path, what) });

  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path, root);
    return issue.keys.map((key) => {
      const full = [...path, key];
      const message = `${pathName(full)}: no such key${suggestion(key, known)}`;
      return new Failure(source.code, message, { place: placeAt(source, full, 'key') });
    });
  }
  if (issue.code === 'invalid_union') {
    const branch = likeliestBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => failuresOf(inner, path, root, schema, source));
  }
  if (issue.code === 'invalid_key') {
    const [inner] = issue.issues;
    const last = path.at(-1);
    return [
      make(pathName(path.slice(0, -1)), { value: String(last), expected: inner?.message ?? 'another key' }, 'key'),
    ];
  }
  const name = pathName(path) || 'the file';
  if (found === undefined) return [make(`${name} is missing`, { expected: issue.message })];
  return [make(name, { value: written(found), expected: issue.message })];
}

/** The branch of a union that the value was meant for: the one that it fits at the top. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const meant = branches.filter(
    (issues) =>
      !issues.some(({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')),
  );
  return meant.length === 1 ? meant[0] : undefined;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === String(part))?.[1];
  }
  return value;
}

const LONGEST_VALUE = 60;

/** A found value on one line, as it would be written, cut when long. */
function written(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number'
        ? String(value)
        : (JSON.stringify(value) ?? typeof value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

/** The keys that `schema` knows at `path`; of a union, those of every branch that is a mapping. */
function knownKeys(schema: z.ZodType, path: Path, value: unknown): readonly string[] {
  const [part, ...rest] = path;
  const inner = branchesOf(schema);
  if (part === undefined)
    return [...new Set(inner.flatMap((one) => (one instanceof z.ZodObject ? Object.keys(one.shape) : [])))];
  return inner.flatMap((one) => {
    const next: unknown =
      one instanceof z.ZodObject
        ? one.shape[String(part)]
        : one instanceof z.ZodRecord
          ? one.valueType
          : one instanceof z.ZodArray
            ? one.element
            : undefined;
    return next instanceof z.ZodType ? knownKeys(next, rest, value) : [];
  });
}

/** A schema without its wrappers; a union as its branches. */
function branchesOf(schema: unknown): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly || schema instanceof z.ZodDefault)
    return branchesOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return branchesOf(schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(branchesOf);
  return schema instanceof z.ZodType ? [schema] : [];
}
