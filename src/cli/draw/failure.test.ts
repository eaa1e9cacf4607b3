import { describe, expect, test } from 'vitest';
import { Failure } from '../../errors.ts';
import { drawFailure } from './failure.ts';
import { type Line, lineWidth, NO_COLOUR, paint } from './style.ts';

const text = (lines: readonly Line[]): string => paint(lines, NO_COLOUR);

const widest = (lines: readonly Line[]): number => Math.max(0, ...lines.map(lineWidth));

describe('a failure', () => {
  const source = 'gridtide: 1\nsteps:\n  train:\n    power: fast\n';
  const failure = new Failure('workload/invalid', 'steps.train.power', {
    place: { file: 'workflow.yaml', line: 4, column: 12 },
    value: 'fast',
    expected: 'a power such as "180 W"',
  });

  test('shows its line with a mark under its place, what was expected, and what to do', () => {
    expect(text(drawFailure(failure, { columns: 80, source }))).toBe(
      [
        '✕ steps.train.power: found "fast"',
        '  workflow.yaml:4:12',
        '  4 │     power: fast',
        '                 ^',
        '  expected a power such as "180 W"',
        '',
        'The workflow file does not say what it must. Correct it and try again.',
        '(workload/invalid)',
        '',
      ].join('\n'),
    );
  });

  test('shows a long line around its place, a wide character as two columns, and no control character', () => {
    const long = new Failure('workload/invalid', 'name', { place: { file: 'w.yaml', line: 1, column: 200 } });
    const lines = drawFailure(long, { columns: 60, source: `${'日'.repeat(198)} X\u001b[2J${'y'.repeat(300)}` });
    expect(widest(lines)).toBeLessThanOrEqual(60);
    const rows = text(lines).split('\n');
    const [excerpt = '', caret = ''] = rows.slice(2, 4);
    expect(excerpt).not.toContain('\u001b');
    const before = excerpt.slice(0, excerpt.indexOf('X'));
    expect(lineWidth([{ text: before }])).toBe(caret.indexOf('^'));
  });

  test('counts those that it does not show', () => {
    const others = Array.from({ length: 9 }, (_, i) => new Failure('workload/invalid', `step ${i}`));
    const drawn = text(drawFailure(new Failure('workload/invalid', 'first', { others }), { columns: 80 }));
    expect(drawn.match(/✕/g)).toHaveLength(5);
    expect(drawn).toContain('… 5 more');
  });
});
