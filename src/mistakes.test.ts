import { describe, expect, it } from 'vitest';
import { Failure } from './errors.ts';
import { excerpt, explain, joined, nearest, placed, suggestion } from './mistakes.ts';

const at = (line: number, column: number): Failure =>
  new Failure('config/invalid', `${line}:${column}`, { place: { file: 'f', line, column }, value: 'v', expected: 'e' });

describe('several mistakes', () => {
  it('become one in the order of the file, with what each said', () => {
    const one = joined([at(3, 1), at(1, 9), at(1, 10), at(2, 1)]);
    expect([one, ...one.others].map(({ message }) => message)).toEqual(['1:9', '1:10', '2:1', '3:1']);
    expect(one).toMatchObject({ code: 'config/invalid', value: 'v', expected: 'e', place: { line: 1, column: 9 } });
  });

  it('are told up to twenty, and the rest is counted', () => {
    const told = (count: number): Failure => joined(Array.from({ length: count }, (_, i) => at(i + 1, 1)));
    expect(told(20).others).toHaveLength(19);
    expect(told(21).others.at(-1)?.message).toBe('1 more mistake is not shown');
    expect(told(22).others.at(-1)?.message).toBe('2 more mistakes are not shown');
    expect(() => joined([])).toThrow(RangeError);
  });

  it('can be moved to another place', () => {
    expect(placed(at(1, 1), { file: 'g' })).toMatchObject({
      place: { file: 'g' },
      message: '1:1',
      value: 'v',
      expected: 'e',
    });
  });
});

describe('telling', () => {
  it('shows the line and a caret below the column', () => {
    const source = 'a: 1\nlist: [1, oops]\n';
    const failure = new Failure('config/invalid', 'list[1]', {
      place: { file: 'f.yaml', line: 2, column: 11 },
      value: 'oops',
      expected: 'a number',
    });
    expect(explain(failure, source)).toBe(
      'f.yaml:2:11  list[1]: found "oops", expected a number\n2 | list: [1, oops]\n  |           ^',
    );
  });

  it('cuts long lines around the column and never writes control characters', () => {
    const [line = '', caret = ''] = excerpt(`${'x'.repeat(300)}!${'y'.repeat(300)}`, {
      file: 'f',
      line: 1,
      column: 301,
    });
    expect(line.length).toBe(104);
    expect(line[caret.indexOf('^')]).toBe('!');
    expect(excerpt('a\x1b[31mb', { file: 'f', line: 1, column: 1 })[0]).toBe('1 | a\uFFFD[31mb');
    expect(excerpt('a', { file: 'f', line: 9, column: 1 })).toEqual([]);
    expect(excerpt('a', { file: 'f' })).toEqual([]);
  });

  it('suggests the nearest known word, or what is known', () => {
    const known = ['power', 'policy', 'retries'];
    expect(nearest('pwoer', known)).toBe('power');
    expect(nearest('POWER', known)).toBe('power');
    expect(nearest('timeout', known)).toBeUndefined();
    expect(nearest('ab', ['ba', 'cb'])).toBe('ba');
    expect(suggestion('polcy', known)).toBe('; did you mean "policy"?');
    expect(suggestion('timeout', known)).toBe('; known are power, policy, retries');
    expect(suggestion('timeout', [])).toBe('');
  });
});
