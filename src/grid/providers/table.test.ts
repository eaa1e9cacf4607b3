import { describe, expect, it } from 'vitest';
import { Failure } from '../../errors.ts';
import { numberIn, readTable } from './table.ts';

const read = (body: string) => readTable('test', `${body}\n`, ['a', 'b']).map((row) => Object.fromEntries(row));

describe('a table of others', () => {
  it('is read by the names of its columns, in any order and case', () => {
    expect(read('B, A ,c\n1,2,3\r\n4, 5,\n\n')).toEqual([
      { b: '1', a: '2', c: '3' },
      { b: '4', a: '5', c: '' },
    ]);
  });

  it('keeps commas and quotes within quotes, and empty cells at either end', () => {
    expect(read('a,b,c\n"x, ""y"", z",2,"3"\n,,\n1')).toEqual([
      { a: 'x, "y", z', b: '2', c: '3' },
      { a: '', b: '', c: '' },
      { a: '1', b: '', c: '' },
    ]);
  });

  it('is read without a last row that may be cut short', () => {
    expect(readTable('test', 'a,b\n1,2\n3,45', ['a']).map((row) => row.get('b'))).toEqual(['2']);
  });

  it.each(['', 'null', '<html>', 'a,c\n1,2', 'a,b\n1,2,3'])('refuses %j', (body) => {
    expect(() => read(body)).toThrow(Failure);
  });

  it('has numbers as numbers, and nothing else as one', () => {
    const [row = new Map()] = readTable('test', 'a,b,c\n-1.5,,1e3\n', ['a']);
    expect([numberIn('test', row, 'a'), numberIn('test', row, 'b')]).toEqual([-1.5, undefined]);
    expect(() => numberIn('test', row, 'c')).toThrow(/the column c holds no number/);
  });
});
