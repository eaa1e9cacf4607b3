/**
 * `gridtide run` and `gridtide attach`: hand work over, watch it, and tell what it came to.
 *
 * @module
 */
import {
  type App,
  execution,
  type GridChoice,
  HERE_EXECUTORS,
  makePlan,
  nameOf,
  type Opened,
  originOf,
  planToJson,
  type Receipt,
  type RunSnapshot,
  stepPower,
  type WorkflowRun,
  workflowFromCommand,
} from '../../app.ts';
import { Failure } from '../../errors.ts';
import { appFor, columns, interrupt, show } from '../context.ts';
import { drawPlan, drawReceipt, liveRun, paletteFor } from '../draw/index.ts';
import { EXIT_INTERRUPTED } from '../failures.ts';
import { receiptToJson, snapshotToJson } from '../json.ts';
import type { GlobalOptions, RunOptions } from '../options.ts';
import { note, printJson, say } from '../output.ts';
import { attending } from './attending.ts';
import { requestFor, slotMinutes, viewOf } from './plan.ts';

const EXIT_INFEASIBLE = 69;
const EXIT_FAILED = 1;

/** How the receipt of a run that has ended is told. */
type Tell = (app: App, receipt: Receipt) => void;

export async function run(
  words: readonly string[],
  options: RunOptions,
  tell: Tell = printed(options),
): Promise<number> {
  const signal = interrupt();
  const app = await appFor(options, signal);
  const grid = gridOfRun(app);
  const isCommand = options.within !== undefined || options.needs !== undefined;
  const { workflow, warnings } = isCommand
    ? await commandFrom(app, words, options)
    : await fileFrom(app, words, options);
  note(...warnings, ...app.pastTrouble);

  const all = await app.sites();
  const sites = all.filter((site) => HERE_EXECUTORS.includes(site.executor));
  for (const site of all) {
    if (!sites.includes(site)) note(`${site.name} is left out: runs by ${site.executor} are planned, not yet executed`);
  }
  const { request, views } = await requestFor(app, workflow, sites, options);
  const { accept, identifySelf, marginFor, newRunId, planId, reviveGuards } = await execution();
  const runId = newRunId(workflow.name);
  const first = makePlan({ ...request, id: planId(runId, 1), margin: marginFor(options.speed ?? 1) }, stepPower);
  if (first.unplaced.length > 0) {
    if (options.json) printJson(planToJson(first));
    else show(drawPlan(first, { ...viewOf(app, workflow), outlooks: request.outlooks, sites }));
    return EXIT_INFEASIBLE;
  }

  const opened = await app.open();
  try {
    await reviveGuards(opened.store);
    const accepted = await accept({
      store: opened.store,
      home: app.home,
      self: identifySelf(),
      definition: { workflow, sites, slotMinutes: slotMinutes(options.slot), grid },
      clock: originOf(request.now, options.speed ?? 1),
      submittedAt: request.now,
      runId,
      plan: first,
      outlooks: request.outlooks,
    });
    note(...views.flatMap((view) => view.trouble).map((words) => `note: ${words}`));
    if (!options.json) say(`accepted as ${accepted.id}  (Ctrl-C ends watching, not the work)`, '');
    return await watch(app, opened, accepted, options, tell, isCommand);
  } finally {
    await opened.store.close();
  }
}

/** A moment of the past can be looked at; work runs now. */
function gridOfRun({ gridChoice }: App): GridChoice {
  if (gridChoice.from !== 'archive') return gridChoice;
  throw new Failure('cli/usage', '--at: the live grid is run on as it is now', {
    expected: '--grid FILE or --synthetic beside it',
  });
}

export async function attachTo(id: string | undefined, options: GlobalOptions): Promise<number> {
  const signal = interrupt();
  const app = await appFor(options, signal);
  const { findRun, identifySelf, takeOver } = await execution();
  const tell = printed(options);
  const opened = await app.openExisting();
  try {
    const found = id === undefined ? await newestActive(opened) : await findRun(opened.store, id);
    if (found.state !== 'active') {
      const receipt = await opened.ledger.readReceipt(found.id);
      if (receipt !== undefined) tell(app, receipt);
      return exitCode(found.state, receipt, false);
    }
    const taken = await takeOver(opened.store, found.id, identifySelf());
    return await watch(app, opened, taken, options, tell, false);
  } finally {
    await opened.store.close();
  }
}

async function newestActive({ store }: Opened): Promise<WorkflowRun> {
  const { listActive } = await execution();
  const [active] = await listActive(store);
  if (active === undefined) throw new Failure('execute/not-found', 'no run is under way');
  return active;
}

/** Watches a run that this process attends; the exit code. */
async function watch(
  app: App,
  opened: Opened,
  run: WorkflowRun,
  options: GlobalOptions,
  tell: Tell,
  passCode: boolean,
): Promise<number> {
  const screen = options.json ? process.stderr : process.stdout;
  const live = liveRun(options.json ? { ...plainScreen, write: (text) => screen.write(text) } : screen, {
    palette: paletteFor(process.env, screen.isTTY),
    timeZone: app.timeZone,
  });
  const { attend, letGo } = await execution();
  let last: RunSnapshot;
  try {
    last = await attend(run, {
      ...opened,
      ...(await attending(app, run, true)),
      signal: app.signal,
      onLook: (snapshot) => live.show(snapshot),
    });
  } catch (thrown) {
    note(
      `${run.id} is not attended any more. The work goes on, and its guard keeps the deadline.`,
      `When the trouble is over:  gridtide attach ${run.id}`,
    );
    throw thrown;
  } finally {
    live.finish();
    await letGo(opened.store, run).catch(() => {}); // who is gone is noticed anyway
  }
  if (last.state === 'active') return leave(last, options);
  const receipt = await opened.ledger.readReceipt(run.id);
  if (receipt !== undefined) tell(app, receipt);
  return exitCode(last.state, receipt, passCode);
}

/** With --json, events go to stderr as lines even where it is a terminal. */
const plainScreen = { isTTY: false, on: () => {}, off: () => {} };

export const printed =
  ({ json }: GlobalOptions): Tell =>
  (app, receipt) => {
    if (json) printJson({ schemaVersion: 1, receipt: receiptToJson(receipt) });
    else show(drawReceipt(receipt, { columns: columns(), timeZone: app.timeZone }));
  };

/** Ctrl-C: what goes on without us, and how to come back. */
function leave(snapshot: RunSnapshot, options: GlobalOptions): number {
  if (options.json) printJson({ ...snapshotToJson(snapshot), attended: false });
  else {
    say('', `Stopped watching ${snapshot.id}; the work goes on:`);
    for (const step of snapshot.steps) say(`  ${step.step}: ${step.state}`);
    say(
      'Its guard starts or continues each step by the last plan, so the deadline holds.',
      `Watch again:  gridtide attach ${snapshot.id}`,
      `End it:       gridtide cancel ${snapshot.id}`,
    );
  }
  return EXIT_INTERRUPTED;
}

/** A command's own code is passed on; a workflow is 0 or 1. */
function exitCode(state: RunSnapshot['state'], receipt: Receipt | undefined, passCode: boolean): number {
  if (state === 'done') return 0;
  if (passCode) {
    const code = receipt?.steps.find((step) => step.exitCode !== null)?.exitCode;
    if (code !== undefined && code !== null) return code;
  }
  return EXIT_FAILED;
}

async function commandFrom(app: App, words: readonly string[], options: RunOptions) {
  const { within, needs } = options;
  if (words.length === 0)
    throw new Failure('cli/usage', 'no command was given', { expected: 'it after --, such as -- python train.py' });
  const learn = await app.pastOf(nameOf(words));
  if (within === undefined || (needs === undefined && learn === undefined)) {
    throw new Failure('cli/usage', `a command needs both --within and --needs`, {
      expected: '--within 12h --needs 3h: by when it must have ended, and how long it runs',
    });
  }
  return workflowFromCommand({
    argv: words,
    within,
    needs,
    learn,
    now: app.now,
    folder: app.cwd,
    timeZone: app.timeZone,
    interruptible: options.inOnePiece !== true,
  });
}

async function fileFrom(app: App, words: readonly string[], options: RunOptions) {
  const [file, ...more] = words;
  if (file === undefined || more.length > 0) {
    throw new Failure('cli/usage', 'expected one workflow file, or a command with --within and --needs', {
      ...(file === undefined ? {} : { value: words.join(' ') }),
      expected: 'gridtide run workflow.yaml, or gridtide run --within 12h --needs 3h -- python train.py',
    });
  }
  return app.load(file, options.deadline);
}
