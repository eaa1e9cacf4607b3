import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaFiles } from '../scripts/schema.ts';

const folder = fileURLToPath(new URL('../schema/', import.meta.url));

describe('the JSON Schemas for editors', () => {
  it('are what the checks generate; run `npx tsx scripts/schema.ts` after a change', () => {
    const generated = schemaFiles();
    expect(readdirSync(folder).sort()).toEqual([...generated.keys()].sort());
    for (const [file, text] of generated) {
      expect(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')), file).toEqual(JSON.parse(text));
    }
  });

  it('describe every key that has a meaning of its own, forbid others, and state units as patterns', () => {
    const workflow = z
      .object({
        $schema: z.string(),
        additionalProperties: z.boolean(),
        required: z.array(z.string()),
        properties: z.record(z.string(), z.looseObject({ description: z.string() })),
      })
      .parse(JSON.parse(schemaFiles().get('workflow.json') ?? ''));
    expect(workflow.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(workflow.additionalProperties).toBe(false);
    expect([...workflow.required].sort()).toEqual(['deadline', 'gridtide', 'steps', 'workflow']);
  });
});
