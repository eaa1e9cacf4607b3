/**
 * `gridtide ls`, `show` and `logs`: looking. Nothing is touched but the account of runs that ended with nobody there.
 *
 * @module
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execution, planToJson, type Receipt, type RunSnapshot, type Store, type WorkflowRun } from '../../app.ts';
import { Failure } from '../../errors.ts';
import { grams } from '../../units.ts';
import { appFor, columns, interrupt, show as showLines } from '../context.ts';
import { drawList, drawReceipt, drawRun } from '../draw/index.ts';
import { receiptToJson, snapshotToJson } from '../json.ts';
import type { TargetOptions } from '../options.ts';
import { printJson, say } from '../output.ts';
import { accountForEnded } from './attending.ts';

const DEFAULT_LIMIT = 20;
const FOLLOW_EVERY_MS = 300;

export async function ls(options: TargetOptions): Promise<number> {
  const app = await appFor(options, interrupt());
  if (!app.hasStore()) {
    if (options.json) printJson({ schemaVersion: 1, runs: [] });
    else say(`No runs yet in ${app.home}.`, 'Start one:  gridtide run --within 12h --needs 3h -- YOUR COMMAND');
    return 0;
  }
  const { listRuns, lookAt, reviveGuards } = await execution();
  const opened = await app.open();
  const { store, ledger } = opened;
  try {
    await reviveGuards(store);
    const runs = await accountForEnded(app, opened, await listRuns(store, options.limit ?? DEFAULT_LIMIT));
    const rows = await Promise.all(
      runs.map(async (run) => ({
        snapshot: await lookAt(store, run),
        receipt: run.state === 'active' ? undefined : await ledger.readReceipt(run.id),
      })),
    );
    if (options.json) {
      printJson({
        schemaVersion: 1,
        runs: rows.map(({ snapshot, receipt }) => ({
          ...summary(snapshot),
          emissionsG: receipt?.emissions.location?.expected ?? null,
        })),
      });
    } else showLines(drawList(rows.map(listed), { columns: columns(), timeZone: app.timeZone, now: app.now }));
    return 0;
  } finally {
    await store.close();
  }
}

function listed({ snapshot, receipt }: { readonly snapshot: RunSnapshot; readonly receipt: Receipt | undefined }) {
  const { steps } = snapshot;
  const running = steps.some((step) => step.state === 'running' || step.state === 'pausing');
  const paused = snapshot.heldSince !== null || steps.some((step) => step.state === 'paused');
  const hasEnded = steps.every((step) => step.state === 'done');
  const state = running ? 'running' : hasEnded ? 'done' : paused ? 'paused' : 'waiting';
  const emitted = steps.reduce((sum, step) => sum + step.emissionsG, 0);
  const made = Object.values(snapshot.outlooks).find(
    ({ quality }) => quality === 'synthetic' || quality === 'replayed',
  );
  return {
    id: snapshot.id,
    workflow: snapshot.workflow,
    state: snapshot.state === 'active' ? state : snapshot.state,
    attended: snapshot.attended,
    accounted: snapshot.state !== 'active' || !hasEnded,
    stepsDone: steps.filter((step) => step.state === 'done').length,
    steps: steps.length,
    submittedAt: snapshot.submittedAt,
    deadline: snapshot.deadline,
    emissionsG: receipt?.emissions.location?.expected ?? (emitted > 0 ? grams(emitted) : null),
    ...(made === undefined ? {} : { mark: made.quality }),
  } as const;
}

function summary({ id, workflow, state, attended, submittedAt, deadline, steps }: RunSnapshot) {
  return {
    id,
    workflow,
    state,
    attended,
    submittedAt: new Date(submittedAt).toISOString(),
    deadline: new Date(deadline).toISOString(),
    steps: steps.map((step) => ({ step: step.step, state: step.state })),
  };
}

export async function show(id: string | undefined, options: TargetOptions): Promise<number> {
  const app = await appFor(options, interrupt());
  const { lookAt } = await execution();
  const opened = await app.openExisting();
  const { store, ledger } = opened;
  try {
    const named = await target(store, id);
    const [run = named] = await accountForEnded(app, opened, [named]);
    const snapshot = await lookAt(store, run);
    const receipt = await ledger.readReceipt(run.id);
    if (options.json) {
      printJson({
        ...snapshotToJson(snapshot),
        plan: planToJson(snapshot.plan),
        receipt: receipt === undefined ? null : receiptToJson(receipt),
      });
    } else if (receipt !== undefined && run.state !== 'active') {
      showLines(drawReceipt(receipt, { columns: columns(), timeZone: app.timeZone }));
    } else showLines(drawRun(snapshot, { columns: columns(), timeZone: app.timeZone }));
    return 0;
  } finally {
    await store.close();
  }
}

/** The named run, or the newest. */
async function target(store: Store, id: string | undefined): Promise<WorkflowRun> {
  const { findRun, listRuns } = await execution();
  if (id !== undefined) return findRun(store, id);
  const [newest] = await listRuns(store, 1);
  if (newest === undefined) throw new Failure('execute/not-found', 'nothing has been run yet');
  return newest;
}

export async function logs(id: string | undefined, step: string | undefined, options: TargetOptions): Promise<number> {
  const signal = interrupt();
  const app = await appFor(options, signal);
  const { findRun, runFolder, runNumbers } = await execution();
  const filesOf = (run: WorkflowRun, name: string): LogFile[] =>
    runNumbers(run.folder, name).flatMap((number) => {
      const folder = runFolder(run.folder, name, number);
      return (['output.log', 'output.tail'] as const).map((file) => ({
        step: name,
        number,
        file: join(folder, file),
        isTail: file === 'output.tail',
      }));
    });
  const { store } = await app.openExisting();
  try {
    const run = await target(store, id);
    const names = run.definition.workflow.steps.map((one) => one.name);
    if (step !== undefined && !names.includes(step)) {
      throw new Failure('execute/not-found', `${run.id} has no such step`, {
        value: step,
        expected: names.join(', '),
      });
    }
    const wanted = step === undefined ? names : [step];
    if (options.json) {
      if (options.follow) throw new Failure('cli/usage', '--follow', { expected: 'it without --json' });
      printJson({ schemaVersion: 1, id: run.id, steps: wanted.map((name) => printed(name, filesOf(run, name))) });
      return 0;
    }
    const read = new Map<string, number>();
    for (;;) {
      for (const name of wanted) printNew(filesOf(run, name), wanted.length > 1, read);
      if (options.follow === undefined || signal.aborted) return 0;
      if ((await findRun(store, run.id)).state !== 'active') {
        for (const name of wanted) printNew(filesOf(run, name), wanted.length > 1, read);
        return 0;
      }
      await delay(FOLLOW_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await store.close();
  }
}

interface LogFile {
  readonly step: string;
  readonly number: number;
  readonly file: string;
  /** The end of a long output; the middle was not kept. */
  readonly isTail: boolean;
}

/** What each run of a step has printed: its beginning, and its end where the middle was not kept. */
const printed = (step: string, files: readonly LogFile[]) => ({
  step,
  runs: files
    .filter(({ isTail }) => !isTail)
    .map(({ number, file }) => {
      const end = files.find((other) => other.isTail && other.number === number);
      const tail = end === undefined ? '' : readFrom(end.file, 0).toString('utf8');
      return { run: number, output: readFrom(file, 0).toString('utf8'), ...(tail === '' ? {} : { tail }) };
    }),
});

/** Prints what each run of the step has printed since the last look. */
function printNew(files: readonly LogFile[], named: boolean, read: Map<string, number>): void {
  for (const { step, number, file, isTail } of files) {
    const from = read.get(file) ?? 0;
    const text = readFrom(file, from);
    if (text.length === 0) continue;
    if (from === 0 && (named || number > 1 || isTail)) {
      const what = isTail ? ', the end of what it printed' : number > 1 ? `, run ${number}` : '';
      say(`== ${step}${what}`);
    }
    process.stdout.write(text);
    read.set(file, from + text.length);
  }
}

function readFrom(file: string, from: number): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const parts: Buffer[] = [];
    for (let at = from; ; ) {
      const part = Buffer.alloc(65_536);
      const length = readSync(descriptor, part, 0, part.length, at);
      if (length === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, length));
      at += length;
    }
  } catch {
    return Buffer.alloc(0);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
