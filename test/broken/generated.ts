/**
 * Broken workflows that are too large or too strange to keep as files, with what each must be told.
 *
 * @module
 */
import type { Expected } from './expected.ts';

const HEAD = 'gridtide: 1\nworkflow: broken\ndeadline: +12h\nsteps:\n';
const steps = (count: number): string =>
  Array.from({ length: count }, (_, i) => `  s${i}: { run: x, duration: 1h }\n`).join('');
const bomb = Array.from(
  { length: 9 },
  (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]\n`,
).join('');
const wide = `x: &x [${'y, '.repeat(600)}y]\nuses: [${'*x, '.repeat(40)}*x]\n`;

const cases: readonly (readonly [string, string | Uint8Array, Expected])[] = [
  ['2 MiB', `# ${'x'.repeat(2 ** 21)}\n${HEAD}${steps(1)}`, row(1, 1, 'the file is too large, expected at most 1 MiB')],
  ['one byte above 1 MiB', `#${'x'.repeat(2 ** 20)}`, row(1, 1, 'the file is too large')],
  ['20,000 steps', HEAD + steps(20_000), row(4, 1, 'steps: there are too many: found "20000", expected at most 10000')],
  ['10,001 steps', HEAD + steps(10_001), row(4, 1, 'found "10001"')],
  [
    'a NUL byte',
    `${HEAD}  a: { run: "x\0", duration: 1h }\n`,
    row(5, 15, 'this is not a text file: it holds the control character U+0000'),
  ],
  ['a program', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]), row(1, 1, 'control character U+007F')],
  [
    'bytes that are not UTF-8',
    new Uint8Array([0x67, 0x3a, 0x20, 0xff, 0xfe, 0x80]),
    row(undefined, undefined, 'not a text file in UTF-8'),
  ],
  ['500,000 open brackets', `a: ${'['.repeat(500_000)}`, row(1, 35, 'nested too deeply, expected at most 32 levels')],
  ['40 levels of brackets', `${HEAD}  a: ${'['.repeat(40)}${']'.repeat(40)}`, row(5, 36, 'nested too deeply')],
  ['300,000 dashes', '- '.repeat(300_000), row(1, 65, 'nested too deeply')],
  [
    '600 indented mappings',
    Array.from({ length: 600 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    row(33, 33, 'nested too deeply'),
  ],
  ['an alias bomb', `a0: &a0 [x]\n${bomb}`, row(3, 10, 'too many aliases, expected at most 100')],
  [
    'few aliases that stand for much',
    `${wide}`,
    row(2, undefined, 'aliases stand for too many values, expected at most 10000'),
  ],
];

function row(line: number | undefined, column: number | undefined, says: string): Expected {
  return {
    code: 'workload/invalid',
    line: line ?? Number.NaN,
    column: column ?? Number.NaN,
    says,
    mistakes: undefined,
  };
}

export interface GeneratedWorkflow {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** `NaN` for a line or column that is the YAML parser's affair. */
  readonly expected: Expected;
  /** What to call it. */
  readonly file: string;
}

export const GENERATED_WORKFLOWS: readonly GeneratedWorkflow[] = cases.map(([name, content, expected], i) => ({
  name,
  content,
  expected,
  file: `${i}.yaml`,
}));
