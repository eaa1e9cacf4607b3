/**
 * The ledger: writes the account of workflow runs, row by row into the chain, and answers what they used so far.
 *
 * @module
 */
import type { Transaction } from 'kysely';
import { Failure } from '../errors.ts';
import type { Receipt, ReceiptFacts, ReceiptInput } from '../report/index.ts';
import type { Database, Store } from '../store/index.ts';
import { canonicalJson } from '../store/index.ts';
import { type Instant, type Micrograms, type Microjoules, micrograms, microjoules } from '../units.ts';
import { append, readHead } from './chain.ts';
import { checkedFactor, checkedSample } from './checks.ts';
import { type Decision, fromCounterfactual, fromDecision, type NewCounterfactual } from './counterfactual.ts';
import type { Counterfactual, Factor, Posting, Sample } from './entries.ts';
import { exactSum, readExactSum } from './exact-sum.ts';
import { factorId, inForce, saysTheSame } from './factor.ts';
import { postingsOf } from './postings.ts';
import {
  type Basis,
  chunks,
  factorsNamed,
  type Reader,
  readBasis,
  readCounterfactual,
  readFactors,
  readReceiptInput,
} from './receipt-input.ts';
import { type AccountRow, fromFactor, fromPosting, fromSample, toPosting, toSample } from './rows.ts';

export interface Entry {
  readonly workflowRun: string;
  /** The epoch of the controller that writes; an older one than the run's is refused. */
  readonly epoch: number;
  readonly samples: readonly Sample[];
  /** Ids are given by the ledger; what stands in `id` is not looked at. */
  readonly factors: readonly Factor[];
  /** Writes of the caller that must be on the disk with these rows or not at all (the marks of its counters). */
  readonly also?: (trx: Transaction<Database>) => Promise<void>;
}

/** Ids of the rows that a call added. */
export interface Recorded {
  readonly samples: readonly string[];
  readonly factors: readonly string[];
  readonly postings: readonly string[];
}

export interface NewReceipt {
  readonly workflowRun: string;
  readonly at: Instant;
  readonly facts: ReceiptFacts;
  /** `receipt` of the report room. */
  readonly receiptOf: (input: ReceiptInput) => Receipt;
  /** Intensities of the run-now hours in which nothing ran, so that the baseline can be settled. */
  readonly factors?: readonly Factor[];
  readonly epoch?: number;
}

/** Exact sums of a step so far. */
export interface StepAccount {
  readonly step: string;
  /** IT energy, before PUE. */
  readonly energy: Microjoules;
  /** At the facility's meter: with what it adds at the PUE in force when each sample was entered. */
  readonly facility: Microjoules;
  /** PUE included; what is known. */
  readonly emissions: Micrograms;
  /** Energy whose intensity is not known: its emissions are missing above. */
  readonly withoutIntensity: Microjoules;
  /** Samples that state no energy. */
  readonly missingSamples: number;
}

export interface RunRows {
  readonly counterfactual: Counterfactual | undefined;
  readonly samples: readonly Sample[];
  readonly postings: readonly Posting[];
  /** Every factor that a posting names. */
  readonly factors: readonly Factor[];
}

/** All writes are one transaction each, on the disk when the promise resolves, and fail with `ledger/refused` whole. */
export interface Ledger {
  /** Writes what run-now is expected to be. Once per run, before its first decision; the same again is a no-op. */
  writeCounterfactual(entry: NewCounterfactual): Promise<void>;
  /** Keeps a plan and the outlooks it rests on. Needs the counterfactual. The same again is a no-op. */
  recordDecision(decision: Decision): Promise<void>;
  /**
   * Enters samples, the factors not yet known, and the postings that follow from them and from the factors known by then.
   * A factor that says what the one in force says is not written again. A sample that is there already with the same
   * content is skipped; with other content the entry is refused. Throws `execute/attended` for an older epoch.
   */
  record(entry: Entry): Promise<Recorded>;
  /** Makes the receipt from the rows so far and keeps it with the facts it rests on. The last one of a run counts. */
  writeReceipt(entry: NewReceipt): Promise<Receipt>;
  /** The last receipt of a run. */
  readReceipt(workflowRun: string): Promise<Receipt | undefined>;
  /** Exact energy and emissions of each step so far, by step name. */
  soFar(workflowRun: string): Promise<readonly StepAccount[]>;
  /** Everything in the account about a run, samples and postings by start. */
  runRows(workflowRun: string): Promise<RunRows>;
}

export function openLedger(store: Store): Ledger {
  return {
    writeCounterfactual: (entry) =>
      store.transaction(async (trx) => {
        const run = await fence(trx, entry.workflowRun, entry.epoch);
        const row = fromCounterfactual(entry, run);
        const known = await trx.selectFrom('counterfactual').selectAll().where('id', '=', row.id).executeTakeFirst();
        if (known === undefined) await append(trx, [{ table: 'counterfactual', row }]);
        else if (known.content !== row.content || known.written_at !== row.written_at)
          throw otherContent('counterfactual', row.id);
      }),
    recordDecision: (decision) =>
      store.transaction(async (trx) => {
        await fence(trx, decision.workflowRun, decision.epoch);
        await needCounterfactual(trx, decision.workflowRun);
        const row = fromDecision(decision);
        const known = await trx.selectFrom('decision').selectAll().where('id', '=', row.id).executeTakeFirst();
        if (known === undefined) await append(trx, [{ table: 'decision', row }]);
        else if (canonicalJson({ ...known }) !== canonicalJson({ ...row })) throw otherContent('decision', row.id);
      }),
    record: (entry) => store.transaction((trx) => record(trx, entry)),
    writeReceipt: (entry) => store.transaction((trx) => writeReceipt(trx, entry)),
    readReceipt: async (workflowRun) => (await lastReceipt(store.db, workflowRun))?.receipt,
    soFar: (workflowRun) => soFar(store, workflowRun),
    runRows: (workflowRun) => runRows(store.db, workflowRun),
  };
}

/** The run, if `epoch` may write to it. */
async function fence(trx: Transaction<Database>, workflowRun: string, epoch: number | undefined) {
  const run = await trx.selectFrom('workflow_run').selectAll().where('id', '=', workflowRun).executeTakeFirst();
  if (run === undefined) throw new Failure('ledger/refused', 'no run has this name', { value: workflowRun });
  if (epoch !== undefined && epoch < run.epoch) {
    throw new Failure('execute/attended', `another process took ${workflowRun} over`, {
      value: `epoch ${epoch}`,
      expected: `epoch ${run.epoch}`,
    });
  }
  return run;
}

/** By the order of the chain and not of the clock, which may be set back while a run lives. */
async function needCounterfactual(trx: Transaction<Database>, workflowRun: string): Promise<void> {
  if ((await readCounterfactual(trx, workflowRun)) !== undefined) return;
  throw new Failure('ledger/refused', 'the counterfactual must be written first', { value: workflowRun });
}

const otherContent = (what: string, id: string): Failure =>
  new Failure('ledger/refused', `a ${what} of this id is there with other content`, { value: id });

async function record(trx: Transaction<Database>, entry: Entry): Promise<Recorded> {
  await fence(trx, entry.workflowRun, entry.epoch);
  const samples = await newSamples(trx, entry);
  if (samples.length > 0) await needCounterfactual(trx, entry.workflowRun);
  const factors = await newFactors(trx, entry.factors);
  const rows: AccountRow[] = factors.map((factor) => ({ table: 'factor', row: fromFactor(factor) }));
  if (rows.length > 0) await append(trx, rows);
  const postings = await follow(trx, samples);
  await append(trx, [
    ...samples.map((sample): AccountRow => ({ table: 'sample', row: fromSample(sample) })),
    ...postings.map((posting): AccountRow => ({ table: 'posting', row: fromPosting(posting) })),
  ]);
  await entry.also?.(trx);
  const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
  return { samples: ids(samples), factors: ids(factors), postings: ids(postings) };
}

async function newSamples(trx: Transaction<Database>, entry: Entry): Promise<Sample[]> {
  const given = new Map<string, Sample>();
  for (const sample of entry.samples) {
    checkedSample(sample, entry.workflowRun);
    const same = given.get(sample.id);
    if (same !== undefined && !sameRow(fromSample(same), fromSample(sample))) throw otherContent('sample', sample.id);
    given.set(sample.id, sample);
  }
  for (const some of chunks([...given.keys()], 500)) {
    for (const known of await trx.selectFrom('sample').selectAll().where('id', 'in', some).execute()) {
      const sample = given.get(known.id);
      if (sample !== undefined && !sameRow(known, fromSample(sample))) throw otherContent('sample', known.id);
      given.delete(known.id);
    }
  }
  return [...given.values()];
}

const sameRow = (a: object, b: object): boolean => canonicalJson({ ...a }) === canonicalJson({ ...b });

/** Those that are not there yet and say something that the one in force does not. */
async function newFactors(trx: Transaction<Database>, given: readonly Factor[]): Promise<Factor[]> {
  if (given.length === 0) return [];
  const named = given.map((factor) => checkedFactor({ ...factor, id: factorId(factor) }));
  const start = Math.min(...named.map(({ validFrom }) => validFrom));
  const end = Math.max(...named.map(({ validTo }) => validTo));
  const keys = [...new Set(named.map(({ key }) => key))];
  const slot = (factor: Factor) => `${factor.kind}|${factor.key}|${factor.validFrom}|${factor.validTo}`;
  const known = new Map<string, Factor[]>();
  const remember = (factor: Factor) => known.set(slot(factor), [...(known.get(slot(factor)) ?? []), factor]);
  for (const { factor } of await readFactors(trx, keys, start, end)) remember(factor);
  return named.filter((factor) => {
    const same = known.get(slot(factor)) ?? [];
    const best = inForce(same, factor.validFrom);
    if (same.some(({ id }) => id === factor.id) || (best !== undefined && saysTheSame(best, factor))) return false;
    remember(factor);
    return true;
  });
}

async function follow(trx: Transaction<Database>, samples: readonly Sample[]): Promise<Posting[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = JSON.stringify([sample.zone, sample.site]);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  const postings: Posting[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const start = Math.min(...group.map((sample) => sample.start));
    const end = Math.max(...group.map((sample) => sample.end));
    const factors = (await readFactors(trx, [first.zone, first.site], start, end)).map(({ factor }) => factor);
    for (const sample of group) postings.push(...postingsOf(sample, factors));
  }
  return postings;
}

/** What the content column of a receipt holds. */
export interface StoredReceipt {
  readonly schemaVersion: 1;
  readonly basis: Basis;
  readonly facts: ReceiptFacts;
  readonly receipt: Receipt;
}

async function writeReceipt(trx: Transaction<Database>, entry: NewReceipt): Promise<Receipt> {
  const { workflowRun, facts } = entry;
  const run = await fence(trx, workflowRun, entry.epoch);
  if (entry.factors !== undefined && entry.factors.length > 0) {
    await record(trx, { workflowRun, epoch: run.epoch, samples: [], factors: entry.factors });
  }
  const basis = await readBasis(trx, workflowRun, await readHead(trx));
  const before = await trx.selectFrom('receipt').select('id').where('workflow_run', '=', workflowRun).execute();
  const id = `${workflowRun}/receipt/${before.length + 1}`;
  const receipt = entry.receiptOf(await readReceiptInput(trx, id, workflowRun, facts, basis));
  const content = canonicalJson({ schemaVersion: 1, basis, facts, receipt } satisfies StoredReceipt);
  await append(trx, [{ table: 'receipt', row: { id, workflow_run: workflowRun, written_at: entry.at, content } }]);
  return receipt;
}

/** The last receipt with what it rests on. */
export async function lastReceipt(
  db: Reader,
  workflowRun: string,
): Promise<(StoredReceipt & { readonly id: string }) | undefined> {
  const row = await db
    .selectFrom('receipt')
    .innerJoin('chain', (join) => join.onRef('chain.row_id', '=', 'receipt.id').on('chain.table_name', '=', 'receipt'))
    .select(['receipt.id', 'receipt.content'])
    .where('receipt.workflow_run', '=', workflowRun)
    .orderBy('chain.seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const stored: StoredReceipt = JSON.parse(row.content);
  return { ...stored, id: row.id };
}

async function soFar(store: Store, workflowRun: string): Promise<StepAccount[]> {
  const energies = await store.db
    .selectFrom('sample')
    .select(['step', exactSum('sample.energy_uj').as('energy')])
    .select((e) => e.fn.countAll<number>().filterWhere('energy_uj', 'is', null).as('missing'))
    .where('workflow_run', '=', workflowRun)
    .groupBy('step')
    .orderBy('step')
    .execute();
  const emissions = await store.db
    .selectFrom('posting')
    .select([
      'step',
      'account',
      exactSum('posting.emissions_ug').as('emissions'),
      exactSum('posting.energy_uj').as('energy'),
    ])
    .where('workflow_run', '=', workflowRun)
    .groupBy(['step', 'account'])
    .execute();
  return energies.map(({ step, energy, missing }) => {
    const own = emissions.filter((row) => row.step === step);
    const emitted = own.reduce((sum, row) => sum + (readExactSum(row.emissions) ?? 0n), 0n);
    const facility = own.reduce((sum, row) => sum + (readExactSum(row.energy) ?? 0n), 0n);
    const without = own.find((row) => row.account === 'location/missing')?.energy ?? null;
    return {
      step,
      energy: microjoules(readExactSum(energy) ?? 0n),
      facility: microjoules(facility),
      emissions: micrograms(emitted),
      withoutIntensity: microjoules(readExactSum(without) ?? 0n),
      missingSamples: missing,
    };
  });
}

async function runRows(db: Reader, workflowRun: string): Promise<RunRows> {
  const sampleRows = await db
    .selectFrom('sample')
    .selectAll()
    .where('workflow_run', '=', workflowRun)
    .orderBy('start')
    .orderBy('id')
    .execute();
  const postingRows = await db
    .selectFrom('posting')
    .selectAll()
    .where('workflow_run', '=', workflowRun)
    .orderBy('start')
    .orderBy('id')
    .execute();
  const postings = postingRows.map(toPosting);
  const named = new Set(postings.flatMap((row) => [row.intensityFactor, row.pueFactor]).filter((id) => id !== null));
  return {
    counterfactual: await readCounterfactual(db, workflowRun),
    samples: sampleRows.map(toSample),
    postings,
    factors: await factorsNamed(db, [...named]),
  };
}
