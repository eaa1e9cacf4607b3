/**
 * Gathers what a receipt is made from: the rows of a run up to a link of the chain, and the intensities that run-now
 * would have met.
 *
 * @module
 */
import type { ExpressionBuilder, Kysely } from 'kysely';
import { Failure } from '../errors.ts';
import type { ReceiptFacts, ReceiptInput, SettlingPiece } from '../report/index.ts';
import type { Database } from '../store/index.ts';
import { canonicalJson } from '../store/index.ts';
import { instant } from '../units.ts';
import { toCounterfactual } from './counterfactual.ts';
import type { Counterfactual, Factor } from './entries.ts';
import { isLocationIntensity, piecesOf, sha256 } from './factor.ts';
import { toFactor, toPosting, toSample } from './rows.ts';
import { runNowIntervals } from './run-now.ts';

/** What reads need: the store's own connection or a transaction. */
export type Reader = Pick<Kysely<Database>, 'selectFrom'>;

/** Up to where a receipt has seen the store, so that it can be made again. */
export interface Basis {
  readonly chainSeq: number;
  /** Hash of that link. */
  readonly chainHash: string;
  /** Id of the last event. */
  readonly lastEvent: number;
  /** sha256 of the run's events up to there, and of its step runs: they are not in the chain. */
  readonly events: string;
  readonly stepRuns: string;
}

export async function readBasis(
  db: Reader,
  workflowRun: string,
  link: { readonly seq: number; readonly hash: string },
  lastEvent?: number,
): Promise<Basis> {
  const events = await db
    .selectFrom('run_event')
    .selectAll()
    .where('workflow_run', '=', workflowRun)
    .where('id', '<=', lastEvent ?? Number.MAX_SAFE_INTEGER)
    .orderBy('id')
    .execute();
  const stepRuns = await db
    .selectFrom('step_run')
    .selectAll()
    .where('workflow_run', '=', workflowRun)
    .orderBy('id')
    .execute();
  return {
    chainSeq: link.seq,
    chainHash: link.hash,
    lastEvent: lastEvent ?? events.at(-1)?.id ?? 0,
    events: sha256(canonicalJson(events)),
    stepRuns: sha256(canonicalJson(stepRuns)),
  };
}

/** Rows that were in the chain at `seq`. */
const linkedBy =
  (table: 'sample' | 'posting' | 'factor', seq: number) =>
  (e: ExpressionBuilder<Database, 'sample' | 'posting' | 'factor'>) =>
    e.exists(
      e
        .selectFrom('chain')
        .select('chain.seq')
        .where('chain.table_name', '=', table)
        .whereRef('chain.row_id', '=', `${table}.id`)
        .where('chain.seq', '<=', seq),
    );

export async function readReceiptInput(
  db: Reader,
  id: string,
  workflowRun: string,
  facts: ReceiptFacts,
  basis: Basis,
): Promise<ReceiptInput> {
  const samples = await db
    .selectFrom('sample')
    .selectAll()
    .where('workflow_run', '=', workflowRun)
    .where(linkedBy('sample', basis.chainSeq))
    .orderBy('start')
    .orderBy('id')
    .execute();
  const postings = await db
    .selectFrom('posting')
    .selectAll()
    .where('workflow_run', '=', workflowRun)
    .where(linkedBy('posting', basis.chainSeq))
    .orderBy('start')
    .orderBy('id')
    .execute();
  const counterfactual = await readCounterfactual(db, workflowRun);
  if (counterfactual === undefined) {
    throw new Failure('ledger/refused', 'no counterfactual was written for this run', { value: workflowRun });
  }
  const factors = new Map<string, Factor>();
  const named = new Set(
    postings.flatMap((row) => [row.intensity_factor, row.pue_factor]).filter((one) => one !== null),
  );
  for (const factor of await factorsNamed(db, [...named])) factors.set(factor.id, factor);
  const settling: Record<string, readonly SettlingPiece[]> = {};
  const intervals = runNowIntervals(counterfactual.steps, facts.steps);
  for (const step of counterfactual.steps) {
    const { start: from, end: to } = intervals.get(step.step) ?? step;
    const met = await readFactors(db, [step.zone], from, to, basis.chainSeq);
    const intensities = preferred(met.map(({ factor }) => factor).filter(isLocationIntensity), named);
    settling[step.step] = piecesOf(from, to, intensities, []).map(({ start, end, intensity }) => {
      if (intensity !== undefined) factors.set(intensity.id, intensity);
      return { start, end, factor: intensity?.id ?? null };
    });
  }
  const events = await db
    .selectFrom('run_event')
    .select(['at', 'step', 'kind', 'text'])
    .where('workflow_run', '=', workflowRun)
    .where('id', '<=', basis.lastEvent)
    .orderBy('id')
    .execute();
  return {
    id,
    workflowRun,
    facts,
    samples: samples.map(toSample),
    factors: [...factors.values()].sort((a, b) => a.validFrom - b.validFrom || (a.id < b.id ? -1 : 1)),
    postings: postings.map(toPosting),
    counterfactual,
    settling,
    events: events.map((event) => ({ ...event, at: instant(event.at) })),
    chain: basis.chainHash.slice(0, 12),
  };
}

/**
 * Of intensities for the same time, those that the run itself was accounted with, so that an hour in which both ran is
 * the same on both sides, and neither a later revision of it nor what was measured after a forecast is taken for a saving.
 */
function preferred(intensities: readonly Factor[], used: ReadonlySet<string>): Factor[] {
  const own = intensities.filter(({ id }) => used.has(id));
  const overlapsOwn = (factor: Factor) =>
    own.some((one) => one.validFrom < factor.validTo && one.validTo > factor.validFrom);
  return intensities.filter((factor) => used.has(factor.id) || !overlapsOwn(factor));
}

export async function readCounterfactual(db: Reader, workflowRun: string): Promise<Counterfactual | undefined> {
  const row = await db
    .selectFrom('counterfactual')
    .selectAll()
    .where('workflow_run', '=', workflowRun)
    .orderBy('written_at')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { run: _, ...counterfactual } = toCounterfactual(row);
  return counterfactual;
}

/** Factors of `keys` that touch [start, end), in the order of recording, with their number in the chain. */
export async function readFactors(
  db: Reader,
  keys: readonly string[],
  start: number,
  end: number,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<{ readonly factor: Factor; readonly seq: number }[]> {
  const rows = await db
    .selectFrom('factor')
    .innerJoin('chain', (join) => join.onRef('chain.row_id', '=', 'factor.id').on('chain.table_name', '=', 'factor'))
    .selectAll('factor')
    .select('chain.seq')
    .where('factor.key', 'in', keys)
    .where('factor.kind', 'in', ['intensity', 'pue'])
    .where('factor.valid_from', '<=', end)
    .where('factor.valid_to', '>', start)
    .where('chain.seq', '<=', upTo)
    .orderBy('chain.seq')
    .execute();
  return rows.map(({ seq, ...row }) => ({ factor: toFactor(row), seq }));
}

export async function factorsNamed(db: Reader, ids: readonly string[]): Promise<Factor[]> {
  const factors: Factor[] = [];
  for (const some of chunks(ids, 500)) {
    const rows = await db.selectFrom('factor').selectAll().where('id', 'in', some).execute();
    factors.push(...rows.map(toFactor));
  }
  return factors;
}

export function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}
