/** Workflows that are programs, loaded by the command as it is installed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { gridtide } from '../support/gridtide.ts';

const { folder, cleanup } = temporaryFolder();
afterEach(cleanup);

it('tells a program that cannot find the package what to do instead', async () => {
  writeFileSync(
    join(folder, 'workflow.mjs'),
    `import { defineWorkflow } from 'gridtide';\nexport default defineWorkflow({});\n`,
  );
  const { code, stderr } = await gridtide(['plan', 'workflow.mjs'], {
    home: join(folder, 'home'),
    cwd: folder,
    env: { COLUMNS: '200' },
  });
  expect(code).toBe(65);
  expect(stderr).toContain('a plain object without defineWorkflow');
});
