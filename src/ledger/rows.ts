/**
 * Entries of the account as table rows, and back. What comes back is checked, since `verify` reads rows that someone
 * may have changed.
 *
 * @module
 */
import type { Selectable } from 'kysely';
import { z } from 'zod';
import { QUALITIES, signalSchema } from '../grid/index.ts';
import type {
  CounterfactualTable,
  DecisionTable,
  FactorTable,
  PostingTable,
  ReceiptTable,
  SampleTable,
} from '../store/index.ts';
import { canonicalJson } from '../store/index.ts';
import { instant, micrograms, microjoules } from '../units.ts';
import type { Factor, Posting, Sample } from './entries.ts';

/** One row of the account with the table it belongs to. */
export type AccountRow =
  | { readonly table: 'decision'; readonly row: DecisionTable }
  | { readonly table: 'sample'; readonly row: SampleTable }
  | { readonly table: 'factor'; readonly row: FactorTable }
  | { readonly table: 'posting'; readonly row: PostingTable }
  | { readonly table: 'counterfactual'; readonly row: CounterfactualTable }
  | { readonly table: 'receipt'; readonly row: ReceiptTable };

export const ACCOUNT_TABLES = ['decision', 'sample', 'factor', 'posting', 'counterfactual', 'receipt'] as const;
export type AccountTable = (typeof ACCOUNT_TABLES)[number];
export const isAccountTable = (name: string): name is AccountTable => ACCOUNT_TABLES.some((table) => table === name);

const at = z.int().transform(instant);
const whole = z.string().regex(/^(0|-?[1-9]\d*)$/);
const energy = whole.transform((text) => microjoules(BigInt(text))).nullable();
const emissions = whole.transform((text) => micrograms(BigInt(text))).nullable();

const sampleRow = z.object({
  id: z.string(),
  workflow_run: z.string(),
  step: z.string(),
  run: z.string(),
  site: z.string(),
  zone: z.string(),
  meter: z.string(),
  tier: z.enum(['A', 'B', 'C', 'D', 'E']),
  boundary: z.enum(['chip', 'device', 'machine']),
  gsd: z.number().min(1),
  start: at,
  end: at,
  kind: z.enum(['dynamic', 'idle']),
  status: z.enum(['ok', 'unattended', 'missing']),
  energy_uj: energy,
  time_scale: z.number(),
  note: z.string().nullable(),
});

export function toSample(row: Selectable<SampleTable>): Sample {
  const { workflow_run: workflowRun, energy_uj: amount, time_scale: timeScale, ...same } = sampleRow.parse(row);
  return { ...same, workflowRun, energy: amount, timeScale };
}

export const fromSample = ({ workflowRun, energy: amount, timeScale, ...same }: Sample): SampleTable => ({
  id: same.id,
  workflow_run: workflowRun,
  step: same.step,
  run: same.run,
  site: same.site,
  zone: same.zone,
  meter: same.meter,
  tier: same.tier,
  boundary: same.boundary,
  gsd: same.gsd,
  start: same.start,
  end: same.end,
  kind: same.kind,
  status: same.status,
  energy_uj: amount === null ? null : String(amount),
  time_scale: timeScale,
  note: same.note,
});

const factorRow = z.object({
  id: z.string(),
  kind: z.enum(['intensity', 'pue']),
  key: z.string(),
  valid_from: at,
  valid_to: at,
  value: whole.transform(BigInt),
  unit: z.enum(['mg/kWh', '1/1000']),
  gsd: z.number().min(1),
  signal: z
    .string()
    .transform((text) => signalSchema.parse(JSON.parse(text)))
    .nullable(),
  quality: z.enum(QUALITIES),
  source: z.string(),
  licence: z.string(),
  sha256: z.string().nullable(),
  published_at: at,
});

export function toFactor(row: Selectable<FactorTable>): Factor {
  const { valid_from: validFrom, valid_to: validTo, published_at: publishedAt, ...same } = factorRow.parse(row);
  return { ...same, validFrom, validTo, publishedAt };
}

export const fromFactor = (factor: Factor): FactorTable => ({
  id: factor.id,
  kind: factor.kind,
  key: factor.key,
  valid_from: factor.validFrom,
  valid_to: factor.validTo,
  value: String(factor.value),
  unit: factor.unit,
  gsd: factor.gsd,
  signal: factor.signal === null ? null : canonicalJson({ ...factor.signal }),
  quality: factor.quality,
  source: factor.source,
  licence: factor.licence,
  sha256: factor.sha256,
  published_at: factor.publishedAt,
});

const postingRow = z.object({
  id: z.string(),
  workflow_run: z.string(),
  step: z.string(),
  sample: z.string(),
  account: z.enum(['location/it', 'location/overhead', 'location/missing']),
  basis: z.enum(['location-average', 'marginal']),
  start: at,
  end: at,
  energy_uj: energy,
  emissions_ug: emissions,
  intensity_factor: z.string().nullable(),
  pue_factor: z.string().nullable(),
  method: z.string(),
  reverses: z.string().nullable(),
});

export function toPosting(row: Selectable<PostingTable>): Posting {
  const parsed = postingRow.parse(row);
  return {
    id: parsed.id,
    workflowRun: parsed.workflow_run,
    step: parsed.step,
    sample: parsed.sample,
    account: parsed.account,
    basis: parsed.basis,
    start: parsed.start,
    end: parsed.end,
    energy: parsed.energy_uj,
    emissions: parsed.emissions_ug,
    intensityFactor: parsed.intensity_factor,
    pueFactor: parsed.pue_factor,
    method: parsed.method,
    reverses: parsed.reverses,
  };
}

export const fromPosting = (posting: Posting): PostingTable => ({
  id: posting.id,
  workflow_run: posting.workflowRun,
  step: posting.step,
  sample: posting.sample,
  account: posting.account,
  basis: posting.basis,
  start: posting.start,
  end: posting.end,
  energy_uj: posting.energy === null ? null : String(posting.energy),
  emissions_ug: posting.emissions === null ? null : String(posting.emissions),
  intensity_factor: posting.intensityFactor,
  pue_factor: posting.pueFactor,
  method: posting.method,
  reverses: posting.reverses,
});
