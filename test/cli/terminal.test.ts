/**
 * A run as a person sees it: in a real terminal (tmux), painted over in place, then its receipt. Needs tmux.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder, until } from '../support/folders.ts';
import { MAIN } from '../support/gridtide.ts';

const SERVER = `gridtide-test-${process.pid}`;
const tmux = (...argv: readonly string[]) => spawnSync('tmux', ['-L', SERVER, ...argv], { encoding: 'utf8' });
const hasTmux = spawnSync('tmux', ['-V']).status === 0;

const { folder, cleanup } = temporaryFolder();
afterAll(() => {
  if (hasTmux) tmux('kill-server');
  cleanup();
});

const WORKFLOW = `gridtide: 1
workflow: seen
deadline: +10h
policy: { minPredictedSaving: 0 % }
steps:
  first: { run: sleep 0.3, duration: 20m, power: 100 W }
  second: { after: first, run: sleep 1.5, duration: 60m, power: 100 W }
`;

describe.skipIf(!hasTmux)('a run in a terminal (needs tmux)', () => {
  it.each([80, 140])(
    'of %i columns shows the run, then its receipt, and wraps no line',
    { timeout: 60_000 },
    async (columns) => {
      writeFileSync(join(folder, 'seen.yaml'), WORKFLOW);
      const session = `at-${columns}`;
      const home = join(folder, session);
      const command = `${process.execPath} ${MAIN} --home ${home} run seen.yaml --synthetic --zone DE --speed 3600; sleep 60`;
      tmux(
        '-f',
        '/dev/null',
        'new-session',
        '-d',
        '-s',
        session,
        '-x',
        String(columns),
        '-y',
        '60',
        '-c',
        folder,
        command,
      );
      const screen = (...flags: readonly string[]): string =>
        tmux('capture-pane', '-p', ...flags, '-t', session).stdout;

      const live = await until('the run on the screen', () => {
        const seen = screen();
        return seen.includes('now synthetic') && seen.includes('● second') && seen;
      });
      expect(live).toMatch(/here {1,2}DE/);
      expect(live).toContain('✓ first');
      expect(live).toContain('at latest');
      // Painted over, not below: the head of the run stands on the screen once.
      expect(live.match(/seen {2}here, DE/g)).toHaveLength(1);

      const receipt = await until('the receipt', () => screen().includes('gridtide verify') && screen());
      expect(receipt).toContain('location-based');
      expect(receipt).toContain('synthetic');
      // tmux joins wrapped lines with -J: nothing was wrapped when both are the same.
      expect(
        screen('-J')
          .split('\n')
          .map((line) => line.trimEnd()),
      ).toEqual(
        screen()
          .split('\n')
          .map((line) => line.trimEnd()),
      );
    },
  );
});
