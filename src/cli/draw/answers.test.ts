import { describe, expect, test } from 'vitest';
import { at, NOW, outlookOf, SIGNAL } from '../../../test/drawing/models.ts';
import { grams } from '../../units.ts';
import { drawFrontier } from './frontier.ts';
import { drawGrid } from './grid.ts';
import { drawList } from './list.ts';
import { type Line, NO_COLOUR, paint } from './style.ts';
import { drawVerify } from './verify.ts';

const timeZone = 'Europe/Berlin';

const text = (lines: readonly Line[]): string => paint(lines, NO_COLOUR);

describe('other answers', () => {
  const listed = {
    attended: true,
    accounted: true,
    stepsDone: 1,
    steps: 4,
    submittedAt: at(-6),
    deadline: at(12),
    emissionsG: grams(0.0142),
  } as const;
  const answer = {
    zone: 'GB',
    use: 'level' as const,
    series: {
      zone: 'GB',
      signal: SIGNAL,
      axis: outlookOf('GB', { start: at(-12.5), hours: 60 }).axis,
      intensityG: outlookOf('GB', { start: at(-12.5), hours: 60 }).intensityG,
      quality: Array.from({ length: 60 }, () => 'replayed' as const),
      gaps: [],
      provenance: {
        provider: 'csv',
        source: 'grid.csv',
        licence: 'CC BY 4.0',
        fetchedAt: NOW,
        issuedAt: NOW,
        issuedAtBasis: 'fetch-time' as const,
      },
      warnings: [],
    },
    average: { intensityG: 200, gsd: 1.4, of: 'Great Britain', source: 'a yearbook', licence: 'CC BY 4.0', year: 2024 },
    links: [{ provider: 'neso-uk', outcome: 'failed' as const, reason: 'no answer within 15 s' }],
    warnings: ['older than 3 h'],
  };

  test('a list leaves out what is least missed where the terminal is narrow, never state and grams', () => {
    const runs = [
      {
        ...listed,
        id: 'w-0147',
        workflow: 'a-workflow-with-quite-a-long-name-indeed',
        state: 'running',
        mark: 'synthetic',
      },
    ] as const;
    const drawn = text(drawList(runs, { columns: 60, timeZone, now: NOW }));
    expect(drawn).toContain('running');
    expect(drawn).toContain('14 mg synthetic');
    expect(drawn).not.toContain('submitted');
    expect(text(drawList(runs, { columns: 140, timeZone, now: NOW }))).toContain('submitted');
    expect(text(drawList([], { columns: 80, timeZone, now: NOW }))).toContain('gridtide run workflow.yaml');
  });

  test('a run that nobody attends is listed as such, one that is over is not', () => {
    const rows = text(
      drawList(
        [
          { ...listed, id: 'a', workflow: 'x', state: 'paused', attended: false },
          { ...listed, id: 'b', workflow: 'x', state: 'done', attended: false },
        ],
        { columns: 80, timeZone, now: NOW },
      ),
    );
    expect(rows.match(/unattended/g)).toHaveLength(1);
  });

  test('a frontier falls to the right and is told against its first point', () => {
    const points = [0, 4, 16].map((hours) => ({
      finish: at(5 + hours),
      emissionsG: grams(5240 - 200 * hours),
      cost: null,
    }));
    const view = { workflowName: 'risk-7b', columns: 80, timeZone, now: NOW, deadline: at(24), mark: 'synthetic' };
    const drawn = text(drawFrontier(points, view));
    expect(drawn).toContain('risk-7b: finishing 16 h later emits 2.04 kg instead of 5.24 kg, −61 % (synthetic');
    const dots = drawn.split('\n').flatMap((line) => (line.includes('●') ? [line.indexOf('●')] : []));
    expect(dots).toEqual([...dots].sort((a, b) => a - b));
    expect(dots).toHaveLength(3);
    // The cleanest may end at the deadline, and is still a point.
    expect(text(drawFrontier(points, { ...view, deadline: at(21) })).match(/●/g)).toHaveLength(3);
    expect(text(drawFrontier(points, { ...view, claims: false }))).not.toMatch(/−\d+ %/);
    expect(
      text(
        drawFrontier(
          points.map((p, i) => ({ ...p, emissionsG: grams(1000 - i) })),
          view,
        ),
      ),
    ).toContain('does not begin at 0');
    expect(text(drawFrontier(points.slice(0, 1), view))).toContain('waiting changes nothing');
    expect(text(drawFrontier([], view))).toBe('No choice meets the deadline.\n');
  });

  test('verify names the first row that does not hold', () => {
    expect(
      text(
        drawVerify(
          {
            ok: true,
            rows: 12_345,
            runs: 1,
            open: 0,
            emissions: [{ signal: SIGNAL, quality: 'measured', emissionsG: grams(5781) }],
          },
          { columns: 80 },
        ),
      ),
    ).toContain('✓ The ledger holds: 1 run, 12 345 rows, 5781 g.');
    expect(
      text(
        drawVerify({ ok: false, table: 'sample', id: 'abc', seq: 17, what: 'its energy was changed' }, { columns: 80 }),
      ),
    ).toBe('✕ The ledger does not hold: its energy was changed.\n  first at sample abc, row 17 of the chain\n');
  });

  test('the grid of a zone says now, next low and next high, how the zone was found, and what each source said', () => {
    const drawn = text(
      drawGrid(answer, {
        zoneFrom: 'time zone Europe/London',
        place: 'Great Britain',
        columns: 140,
        timeZone,
        now: NOW,
      }),
    );
    expect(drawn).toMatch(
      /^Great Britain \(GB\) is at 169 g\/kWh now; cleanest at 19:00 with 107, dirtiest Sat 07:00 with 299\.\n/,
    );
    expect(drawn).toMatch(/GB +[▁▂▃▄▅▆▇█]+ {2}\d+ … \d+ g\/kWh replayed\n/);
    expect(drawn).toContain('GB, from time zone Europe/London');
    expect(drawn).toContain('✕ neso-uk  no answer within 15 s');
    expect(drawn).toContain('older than 3 h');
  });
});
