/**
 * The counterfactual and the decisions as they are stored: canonical JSON that does not change afterwards.
 *
 * @module
 */
import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Outlook, Plan } from '../plan/index.ts';
import type { Site } from '../site/index.ts';
import type { CounterfactualTable, DecisionTable, WorkflowRunTable } from '../store/index.ts';
import { canonicalJson } from '../store/index.ts';
import { grams, type Instant, instant, kilowattHours } from '../units.ts';
import type { Counterfactual } from './entries.ts';
import { sha256 } from './factor.ts';

const at = z.int().transform(instant);

const content = z.object({
  schemaVersion: z.literal(1),
  name: z.literal('run-now'),
  steps: z.array(
    z.object({ step: z.string(), site: z.string(), zone: z.string(), pueMilli: z.int().min(1000), start: at, end: at }),
  ),
  energyKWh: z.number().transform(kilowattHours),
  emissionsG: z.number().transform(grams),
  /** sha256 of what the run was accepted as, so that it cannot be told otherwise later. */
  run: z.string(),
});

export interface NewCounterfactual {
  readonly workflowRun: string;
  readonly at: Instant;
  /** The first plan; its baseline is what is written. */
  readonly plan: Plan;
  /** Every site that the baseline names. */
  readonly sites: readonly Site[];
  /** The controller's epoch, when it has one. */
  readonly epoch?: number;
}

export function fromCounterfactual(entry: NewCounterfactual, run: Selectable<WorkflowRunTable>): CounterfactualTable {
  const { baseline } = entry.plan;
  const sites = new Map(entry.sites.map((site) => [site.name, site]));
  const steps = baseline.steps.map(({ step, site: name, start, end }) => {
    const site = sites.get(name);
    if (site === undefined) throw new TypeError(`the baseline of ${step} names the site ${name}, which was not given`);
    return {
      step,
      site: name,
      zone: site.zone,
      pueMilli: Math.round(site.pue * 1000),
      start: Math.round(start),
      end: Math.round(end),
    };
  });
  const { name, energyKWh, emissionsG } = baseline;
  return {
    id: `${entry.workflowRun}/${name}`,
    workflow_run: entry.workflowRun,
    written_at: entry.at,
    name,
    content: canonicalJson({ schemaVersion: 1, name, steps, energyKWh, emissionsG, run: runDigest(run) }),
  };
}

export function toCounterfactual(row: Selectable<CounterfactualTable>): Counterfactual & { readonly run: string } {
  const { name, steps, energyKWh, emissionsG, run } = content.parse(JSON.parse(row.content));
  return {
    id: row.id,
    workflowRun: row.workflow_run,
    writtenAt: instant(row.written_at),
    name,
    steps,
    energyKWh,
    emissionsG,
    run,
  };
}

/** sha256 of the parts of a workflow run that stay as they are from its submission on. */
export const runDigest = ({
  id,
  workflow,
  definition,
  submitted_at,
  deadline,
  clock,
}: Selectable<WorkflowRunTable>): string =>
  sha256(canonicalJson({ id, workflow, definition, submitted_at, deadline, clock }));

export interface Decision {
  readonly id: string;
  readonly workflowRun: string;
  readonly at: Instant;
  readonly plan: Plan;
  readonly outlooks: Readonly<Record<string, Outlook>>;
  /** The controller's epoch, when it has one. */
  readonly epoch?: number;
}

export const fromDecision = (decision: Decision): DecisionTable => ({
  id: decision.id,
  workflow_run: decision.workflowRun,
  at: decision.at,
  plan: canonicalJson(decision.plan),
  outlooks: canonicalJson(
    Object.fromEntries(Object.entries(decision.outlooks).map(([zone, outlook]) => [zone, plainOutlook(outlook)])),
  ),
});

/** An outlook as JSON can carry it: arrays of numbers, `null` for what is not a number. */
type StoredOutlook = Omit<Outlook, Curve> & Readonly<Record<Curve, readonly (number | null)[]>>;
type Curve = 'intensityG' | 'lowG' | 'highG';

function plainOutlook(outlook: Outlook): StoredOutlook {
  const plain = (values: Float64Array) => Array.from(values, (value) => (Number.isFinite(value) ? value : null));
  const { intensityG, lowG, highG, ...rest } = outlook;
  return { ...rest, intensityG: plain(intensityG), lowG: plain(lowG), highG: plain(highG) };
}

/** The outlooks that a stored decision rested on. */
export function readOutlooks(row: Pick<Selectable<DecisionTable>, 'outlooks'>): Readonly<Record<string, Outlook>> {
  const stored: Readonly<Record<string, StoredOutlook>> = JSON.parse(row.outlooks);
  const numbers = (values: readonly (number | null)[]) => Float64Array.from(values, (value) => value ?? Number.NaN);
  return Object.fromEntries(
    Object.entries(stored).map(([zone, { intensityG, lowG, highG, ...rest }]) => [
      zone,
      { ...rest, intensityG: numbers(intensityG), lowG: numbers(lowG), highG: numbers(highG) },
    ]),
  );
}
