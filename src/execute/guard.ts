/**
 * The guard of a workflow run: a detached process that keeps its deadline when nobody else lives. It knows no grid,
 * no plan and no database, only the orders on disk.
 *
 * What it does, each time it looks:
 *
 * - the run was cancelled: it ends what still runs, then itself;
 * - people hold the workflow: it stops what runs, and starts nothing;
 * - a step's latest start has come and what it waits for is done: it starts it;
 * - nobody plans any more: it starts steps, and has them go on, when the last plan had them do so;
 * - a paused step must go on: it thaws it, or starts it again after its checkpoint;
 * - a step runs longer than its timeout: it ends it;
 * - a step failed and may be tried again, or was lost with its machine: it starts it again;
 * - every step has ended, or waits for one that failed: it ends.
 *
 * A living controller does the same at the same instants; whoever is second finds it done.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { asError } from '../errors.ts';
import { bootId, type Identity, identify, isAlive, parseIdentity } from './executors/local/process.ts';
import { endAll, enforceTimeout, holdAll, noteAlive, nothingLeft, resumeRun, startRun } from './keep.ts';
import { type Keeper, keeperOf } from './keeper.ts';
import { markedSince, type Orders, readOrders, readText, type StepOrder, writeWhole } from './run-files.ts';
import { hasVanished, type Phase, seeSteps } from './step-phase.ts';

const LOOK_EVERY_MS = 1_000;
/** On a fast clock a second is long: it looks more often there. */
const LOOK_EVERY_FAST_MS = 100;

/** Starts the guard of the run in `root` unless a living one has it. */
export function ensureGuard(root: string): void {
  const owner = ownerOf(root);
  if (owner !== undefined && isAlive(owner)) return;
  const entry = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './guard-main.ts' : './guard-main.js', import.meta.url),
  );
  const log = openSync(join(root, 'guard.log'), 'a', 0o600);
  const guard = spawn(process.execPath, [...process.execArgv, entry, root], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  guard.once('error', () => {}); // the controller looks again soon
  guard.unref();
  // Named at once, not when it has loaded: whoever looks meanwhile must not start another.
  const started = guard.pid === undefined ? undefined : identify(guard.pid);
  if (started !== undefined) own(root, started);
}

const ownerOf = (root: string): Identity | undefined => parseIdentity(readText(join(root, 'guard')) ?? '');

const own = (root: string, { pid, start }: Identity): void =>
  writeWhole(join(root, 'guard'), `${pid} ${start} ${bootId()}\n`);

/** Whether a controller that lives plans the run. */
function isAttended(root: string): boolean {
  const controller = parseIdentity(readText(join(root, 'attended')) ?? '');
  return controller !== undefined && isAlive(controller);
}

/** Whether `self` is the run's guard; it becomes it when nobody is. Of two that were started at once, one goes. */
function isGuard(root: string, self: Identity): boolean {
  const owner = ownerOf(root);
  if (owner?.pid === self.pid && owner.start === self.start) return true;
  if (owner !== undefined && isAlive(owner)) return false;
  own(root, self);
  return true;
}

/** The guard itself; resolves when there is nothing left to guard. */
export async function guard(root: string, signal: AbortSignal): Promise<void> {
  const self = identify(process.pid);
  let orders: Orders | undefined;
  let trouble = '';
  for (;;) {
    if (self !== undefined && !isGuard(root, self)) return;
    const found = readOrders(root);
    if (found === undefined) return;
    let said = '';
    // Orders that cannot be read do not end it: those that it had stand, and a controller writes new ones.
    if (found === 'unreadable') said = `${join(root, 'orders.json')} cannot be read`;
    else orders = found;
    try {
      const keeper = orders && keeperOf(root, orders.workflowRun, orders.clock, 'guard');
      if (orders !== undefined && keeper !== undefined && (await look(keeper, orders, signal))) return;
    } catch (thrown) {
      if (signal.aborted) return;
      said = asError(thrown).stack ?? String(thrown); // it must not die of one step
    }
    if (said !== '' && said !== trouble) process.stderr.write(`${said}\n`); // its log: once, not at every look
    trouble = said;
    const every = orders !== undefined && orders.clock.speed > 1 ? LOOK_EVERY_FAST_MS : LOOK_EVERY_MS;
    await delay(every, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
  }
}

/** One look; true when nothing is left to guard. Fails with the first failure once every step was seen to. */
export async function look(keeper: Keeper, orders: Orders, signal: AbortSignal): Promise<boolean> {
  const { root } = keeper;
  const { phases } = seeSteps(keeper.executor, root, orders.steps);
  noteAlive(keeper, phases);
  if (markedSince(root, 'cancel') !== undefined) return !endAll(keeper, phases);
  if (markedSince(root, 'hold') !== undefined) {
    holdAll(keeper, phases); // what was being started when it was asked for
    return false;
  }
  const planless = !isAttended(root);
  const failures: unknown[] = [];
  for (const order of orders.steps) {
    const phase = phases.get(order.name);
    if (phase === undefined || !order.after.every((name) => phases.get(name)?.phase === 'done')) continue;
    try {
      await keepStep(keeper, order, phase, planless, signal);
    } catch (thrown) {
      failures.push(thrown); // one step that cannot be kept must not cost the others their deadline
    }
  }
  if (failures.length > 0) throw failures[0];
  return nothingLeft(orders.steps, phases);
}

async function keepStep(
  keeper: Keeper,
  order: StepOrder,
  phase: Phase,
  planless: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (hasVanished(keeper.root, order.name, phase)) {
    throw new Error(`${order.name} has begun, and its folder is gone: it is not begun again`);
  }
  const now = keeper.clock.now();
  // While somebody plans, only what cannot wait is done here; else the last plan is kept.
  const planned = (since: number): number =>
    planless ? (order.starts.find((start) => start > since) ?? Infinity) : Infinity;
  switch (phase.phase) {
    case 'waiting':
      if (now >= Math.min(order.latestStart, planned(0))) await startRun(keeper, order, phase.next, signal);
      return;
    case 'again':
      await startRun(keeper, order, phase.next, signal);
      return;
    case 'pausing':
    case 'paused':
      // What must still run behind it may have been given a slower size since it was paused.
      if (now < Math.min(phase.pause.resumeBy, order.latestStart, planned(phase.pause.at)))
        enforceTimeout(keeper, order, phase);
      else if (phase.phase === 'paused' && phase.next !== undefined) await startRun(keeper, order, phase.next, signal);
      else resumeRun(keeper, phase.run);
      return;
    case 'running':
      enforceTimeout(keeper, order, phase);
      return;
    case 'done':
    case 'failed':
      return;
  }
}
