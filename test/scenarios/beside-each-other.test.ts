/**
 * Many commands at once, and one after the other, on a grid that answers and on one that does not: real processes, which
 * ask no more often than one would.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../support/folders.ts';
import { gridtide } from '../support/gridtide.ts';
import { body, type LiveGrid, openLiveGrid, says } from '../support/live-grid.ts';

const HOUR = 3_600_000;

const WORKFLOW = `gridtide: 1
workflow: small
deadline: +6h
steps:
  only: { run: 'true', duration: 30m }
`;

const gridSchema = z.object({
  zones: z.array(
    z.object({
      use: z.string(),
      licence: z.string().nullable(),
      mayBePassedOn: z.boolean(),
      ageSeconds: z.number().nullable(),
      links: z.array(z.object({ provider: z.string(), outcome: z.string(), reason: z.string() })),
      warnings: z.array(z.string()),
    }),
  ),
});
const planSchema = z.object({ workflow: z.string(), warnings: z.array(z.string()) });

/** Commands in one home on `live`. */
async function onGrid(live: LiveGrid, work: (command: (...words: string[]) => Promise<string>) => Promise<void>) {
  const { folder, cleanup } = temporaryFolder();
  writeFileSync(join(folder, 'workflow.yaml'), WORKFLOW);
  try {
    await work(async (...words) => {
      const { code, stdout, stderr } = await gridtide([...words, '--json', '--zone', 'DE'], {
        ...{ home: folder, cwd: folder, env: live.env },
      });
      expect([code, stderr.includes('Error')], stderr).toEqual([0, false]);
      return stdout;
    });
  } finally {
    await live.close();
    cleanup();
  }
}
const readGrid = async (text: Promise<string>) => gridSchema.parse(JSON.parse(await text)).zones[0];

it('commands beside each other ask once, and all get the answer; its age is told when it is old', async () => {
  const live = await openLiveGrid(
    1,
    says((question) => body(question, () => 301.25)),
  );
  await onGrid(live, async (command) => {
    const views = await Promise.all(Array.from({ length: 5 }, () => readGrid(command('grid'))));
    expect(views.map((view) => view?.use)).toEqual(views.map(() => 'level'));
    expect(views[0]).toMatchObject({ ageSeconds: null, licence: expect.stringMatching(/CC BY/), mayBePassedOn: true });
    await command('plan', 'workflow.yaml');
    expect(live.asked()).toBe(1);

    live.turnClock(2 * HOUR);
    live.set((_, response) => response.writeHead(429, { 'retry-after': `${3 * 3_600}` }).end());
    const old = await readGrid(command('grid'));
    expect(old?.links[0]?.reason).toMatch(/^energy-charts asked to be left alone until .*\d\d:\d\dZ$/);
    expect(old?.ageSeconds).toBeGreaterThanOrEqual(2 * 3_600);
    const plan = planSchema.parse(JSON.parse(await command('plan', 'workflow.yaml')));
    expect(plan.warnings.join()).toMatch(/asked to be left alone until .*; last good answer, 2 h.* old/);
    expect(live.asked()).toBe(2);
  });
}, 60_000);
