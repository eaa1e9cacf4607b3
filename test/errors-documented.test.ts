/**
 * The catalogue of failures and its page in the reference say the same, in both directions.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../src/errors.ts';

const page = readFileSync(new URL('../docs/reference/errors.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/reference/errors.md', () => {
  it('lists every code of the catalogue once, in its order, and no other', () => {
    expect(rows.map(([code]) => code)).toEqual(Object.keys(CATALOGUE).map((code) => `\`${code}\``));
  });

  it('gives each code the class, exit code, status and title of the catalogue', () => {
    expect(rows.map((row) => row.slice(1, 5))).toEqual(
      Object.values(CATALOGUE).map((entry) => [entry.class, String(entry.exit), String(entry.status), entry.title]),
    );
  });

  it('says for each code what one can do, in a sentence', () => {
    expect(rows.filter((row) => row.length !== 6 || !/^\S.{15,}\.$/.test(row[5] ?? '')).map(([code]) => code)).toEqual(
      [],
    );
  });
});

describe('the class of a failure', () => {
  it('agrees with its exit code: only what may pass by itself asks to try again', () => {
    for (const [code, { class: what, exit }] of Object.entries(CATALOGUE)) {
      expect({ code, tryAgain: exit === 75 }).toEqual({ code, tryAgain: what === 'wait' });
    }
  });
});
