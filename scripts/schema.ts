/**
 * Writes the JSON Schemas of the files that people write, for editors: `npx tsx scripts/schema.ts`.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { writtenConfig } from '../src/config/index.ts';
import { PROVIDERS } from '../src/grid/index.ts';
import { writtenWorkflow } from '../src/workload/index.ts';

const SCHEMAS = {
  'workflow.json': writtenWorkflow,
  'gridtide.json': writtenConfig(PROVIDERS.map(({ id }) => id)),
} as const;
const FOLDER = fileURLToPath(new URL('../schema/', import.meta.url));

/** File name → the text of its JSON Schema (2020-12) of what is written, not of what it becomes. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(SCHEMAS).map(([file, schema]) => {
      const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
      return [
        file,
        `${JSON.stringify({ $id: `urn:gridtide:schema:${basename(file, '.json')}:1`, ...json }, null, 2)}\n`,
      ];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, text] of schemaFiles()) writeFileSync(`${FOLDER}${file}`, text);
}
