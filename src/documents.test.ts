import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type PlainDocument, readDocument } from './documents.ts';
import { Failure } from './errors.ts';

const read = (text: string, verbatim: readonly string[] = []): PlainDocument =>
  readDocument(text, { file: 'f.yaml', code: 'config/invalid', verbatim });
const failureOf = (text: string): Failure => {
  try {
    read(text);
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('the text was taken');
};

describe('reading a document', () => {
  it('gives back plain data as it was written, by YAML 1.2', () => {
    const data = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !JSON.stringify(value).match(/__proto__|<<|\\u|\\b|\\f|\x7f/));
    fc.assert(
      fc.property(data, (value) => {
        // The root must be something; -0 has no place in JSON.
        fc.pre(value !== null);
        expect(read(JSON.stringify({ value })).value).toEqual(JSON.parse(JSON.stringify({ value })));
        expect(read(stringify({ value }, { aliasDuplicateObjects: false })).value).toEqual(
          JSON.parse(JSON.stringify({ value })),
        );
      }),
      { seed: 20261125, numRuns: 300 },
    );
    expect(read('country: NO\nyes: on\nmode: 0o17\n').value).toEqual({ country: 'NO', yes: 'on', mode: 15 });
  });

  it('never ends in anything but data or a failure with its place', () => {
    const pieces = [
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '"',
      "'",
      '&x ',
      '*x',
      '#',
      '|',
      '>',
      '!t ',
      '? ',
      '%',
      '---',
      '\t',
      '~',
      '1',
      '<<',
      '\\',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        try {
          read(text);
        } catch (thrown) {
          if (!(thrown instanceof Failure)) throw thrown;
          for (const one of [thrown, ...thrown.others]) {
            expect(one.place?.line).toBeGreaterThanOrEqual(1);
            expect(one.place?.column).toBeGreaterThanOrEqual(1);
            expect(one.place?.line).toBeLessThanOrEqual(text.split('\n').length);
          }
        }
      }),
      { seed: 20261125, numRuns: 2_000 },
    );
  });

  it('takes plain scalars as they stand where it is told to', () => {
    const text = 'env: { A: 0.10, B: 1e3, C: yes, D: "0x1", E: 0x1, F: ~ }\nother: 0.10\n';
    expect(read(text, ['env.*']).value).toEqual({
      env: { A: '0.10', B: '1e3', C: 'yes', D: '0x1', E: '0x1', F: null },
      other: 0.1,
    });
  });

  it('takes brackets and marks inside text for text', () => {
    const deep = '['.repeat(200);
    expect(read(`a: |\n  ${deep}\nb: "${deep}"\nc: x ${deep}\nd: a!b\ne: 50%\n`).value).toEqual({
      a: `${deep}\n`,
      b: deep,
      c: `x ${deep}`,
      d: 'a!b',
      e: '50%',
    });
  });

  it('takes 32 levels and refuses 33', () => {
    expect(read(`${'['.repeat(32)}${']'.repeat(32)}`).value).toBeDefined();
    expect(failureOf(`${'['.repeat(33)}${']'.repeat(33)}`).place).toEqual({ file: 'f.yaml', line: 1, column: 33 });
  });

  it('passes over a byte order mark and Windows line ends', () => {
    expect(read('\uFEFFa: 1\r\nb: 2\r\n').value).toEqual({ a: 1, b: 2 });
    expect(failureOf('a: 1\r\nb: 2\r\na: 3\r\n').place).toEqual({ file: 'f.yaml', line: 3, column: 1 });
  });
});

describe('places', () => {
  const text = 'sites:\n  here: { zone: DE, list: [1, 22] }\n  far:\n';
  const document = read(text);

  it('are those of values and of keys', () => {
    expect(document.place(['sites', 'here', 'zone'])).toEqual({ file: 'f.yaml', line: 2, column: 17 });
    expect(document.place(['sites', 'here', 'zone'], 'key')).toEqual({ file: 'f.yaml', line: 2, column: 11 });
    expect(document.place(['sites', 'here', 'list', 1])).toEqual({ file: 'f.yaml', line: 2, column: 31 });
  });

  it('are those of the nearest thing around what does not exist, and of the key of what is empty', () => {
    expect(document.place(['sites', 'here', 'pue'])).toEqual({ file: 'f.yaml', line: 2, column: 9 });
    expect(document.place(['sites', 'far'])).toEqual({ file: 'f.yaml', line: 3, column: 3 });
    expect(document.place(['grid', 'DE'])).toEqual({ file: 'f.yaml', line: 1, column: 1 });
  });

  it('are found through an alias', () => {
    const aliased = read('a: &x { k: 1 }\nb: *x\n');
    expect(aliased.place(['b', 'k'])).toEqual({ file: 'f.yaml', line: 1, column: 12 });
    expect(aliased.keys(['b'])).toEqual(['k']);
  });
});
