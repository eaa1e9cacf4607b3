/**
 * What a run says in words at a moment: its state, the sentence under it, what it used so far, when it will be done
 * and at the latest when it goes on.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import type { RunSnapshot, StepSnapshot, StepState } from '../../execute/index.ts';
import {
  writeDuration,
  writeEnergy,
  writeGrams,
  writeIntensity,
  writePower,
  writeRoughDuration,
  writeSaving,
  writeShare,
} from '../../figures.ts';
import type { Interval, Outlook, PlannedStep } from '../../plan/index.ts';
import { type Instant, instant } from '../../units.ts';
import { endOfPlan } from './plan-words.ts';
import { bold, cutLine, dim, EMPTY, type Line, plain, toned } from './style.ts';
import { meanOver } from './timeline.ts';
import { commonGas, keyed, momentWords, provenanceWords, signalWords } from './words.ts';

/** Expected intensity at `at`, g/kWh; NaN where the outlook does not reach. */
export const intensityAt = (outlook: Outlook, at: Instant): number =>
  outlook.intensityG[Math.floor((at - outlook.axis.start) / outlook.axis.step)] ?? Number.NaN;

/** The state of the whole, by what matters most: failed, running, pausing, paused, waiting; and since when. */
export function overallOf(run: RunSnapshot): { readonly state: StepState; readonly words: string } {
  if (run.state !== 'active') return { state: run.state, words: run.state };
  const order: readonly StepState[] = ['failed', 'running', 'pausing', 'paused', 'waiting'];
  const state = order.find((wanted) => run.steps.some((step) => step.state === wanted)) ?? 'waiting';
  if (state === 'failed') return { state, words: 'failed' };
  if (hasEndedAlone(run)) return { state: 'done', words: 'done, not accounted' };
  if (run.heldSince !== null) return { state: 'paused', words: `paused ${writeDuration(run.now - run.heldSince)}` };
  const since = Math.min(...run.steps.filter((step) => step.state === state).map((step) => step.since));
  return {
    state,
    words: `${state} ${writeDuration(Math.max(0, run.now - (Number.isFinite(since) ? since : run.now)))}`,
  };
}

/** Every step is done, and nobody was there to account for it. */
const hasEndedAlone = (run: RunSnapshot): boolean =>
  run.state === 'active' && !run.attended && run.steps.every(({ state }) => state === 'done');

/** Whether what is planned now ends after the deadline; while it is held, no plan is kept. */
export const isAtRisk = (run: RunSnapshot): boolean =>
  run.state === 'active' &&
  (run.now > run.deadline || (run.heldSince === null && (endOfPlan(run.plan) ?? run.now) > run.deadline));

/** What a lane says at its end. */
export function stateWords(step: StepSnapshot, now: Instant): string {
  switch (step.state) {
    case 'done':
      return writeDuration(ranSoFar(step, now));
    case 'failed':
      return step.exitCode === null ? 'failed' : `exit code ${step.exitCode}`;
    case 'cancelled':
      return 'cancelled';
    case 'waiting':
      return `needs ${writeDuration(step.remaining)}`;
    case 'running':
    case 'pausing':
    case 'paused':
      return step.overrun > 0
        ? `${writeDuration(step.overrun)} over`
        : `${writeShare(Math.floor(shareRun(step)))}, ${writeDuration(step.remaining)}`;
  }
}

const ranSoFar = (step: StepSnapshot, now: Instant): number =>
  step.ran.reduce((sum, { start, end }) => sum + ((end ?? now) - start), 0);

/** Percent of the declared duration that has run. */
const shareRun = (step: StepSnapshot): number =>
  step.duration > 0 ? Math.min(100, Math.max(0, (1 - step.remaining / step.duration) * 100)) : 0;

/** What is true, and then what comes or what is wrong: one or two sentences, verdict first. */
export function runSentences(run: RunSnapshot, timeZone: string): readonly Line[] {
  const when = (at: Instant): string => momentWords(at, timeZone, run.now);
  const failed = run.steps.find(({ state }) => state === 'failed');
  if (failed !== undefined) {
    const code = failed.exitCode === null ? '' : ` with exit code ${failed.exitCode}`;
    return [[toned('flare', `${failed.step} failed ${when(failed.since)}${code}.`)]];
  }
  if (run.state === 'cancelled') return [[plain('Cancelled; what it used until then is accounted.')]];
  if (run.state === 'done') return [[plain(doneSentence(run, when))]];
  if (hasEndedAlone(run)) {
    return [
      [plain(doneSentence(run, when))],
      [plain('Its account is not written yet: '), bold(`gridtide attach ${run.id}`)],
    ];
  }
  if (run.heldSince !== null) {
    return [
      [plain(`Paused by hand ${when(run.heldSince)}; no deadline is kept until it goes on.`)],
      [plain('Have it go on: '), bold(`gridtide resume ${run.id}`)],
    ];
  }
  const active = run.steps.find(({ state }) => state === 'running' || state === 'pausing');
  const held = run.steps.find(({ state }) => state === 'paused') ?? run.steps.find(({ state }) => state === 'waiting');
  const [now, next] =
    active !== undefined
      ? runningSentences(active, run, when)
      : held !== undefined
        ? heldSentences(held, run, when)
        : ['Nothing is left to run.', ''];
  const trouble = [
    ...(isAtRisk(run) ? [`Planned to end after its deadline, ${when(run.deadline)}.`] : []),
    ...(run.attended ? [] : ['Nobody attends it; its guard keeps the deadline.']),
  ];
  const second: Line = [
    ...(next === '' ? [] : [plain(next)]),
    ...(trouble.length === 0 ? [] : [plain(next === '' ? '' : ' '), toned('flare', trouble.join(' '))]),
  ];
  return second.length === 0 ? [[plain(now)]] : [[plain(now)], second];
}

function doneSentence(run: RunSnapshot, when: (at: Instant) => string): string {
  const ends = run.steps.flatMap(({ ran }) => ran.map(({ end }) => end ?? run.now));
  if (ends.length === 0) return 'Done.';
  const end = instant(Math.max(...ends));
  const early = run.deadline - end;
  const how =
    early >= 0 ? `${writeRoughDuration(early)} before its deadline` : `${writeRoughDuration(early)} after its deadline`;
  return `Done ${when(end)}, ${how}.`;
}

/** `406 g/kWh` where the level of the grid is known; empty otherwise. */
function levelNow(step: StepSnapshot, run: RunSnapshot, at: Instant): string {
  const outlook = outlookOf(step, run);
  if (outlook?.use !== 'level') return '';
  const value = intensityAt(outlook, at);
  return Number.isNaN(value) ? '' : writeIntensity(value);
}

function outlookOf(step: StepSnapshot, run: RunSnapshot): Outlook | undefined {
  const zone =
    plannedOf(run, step.step)?.zone ??
    (Object.keys(run.outlooks).length === 1 ? Object.keys(run.outlooks)[0] : undefined);
  return zone === undefined ? undefined : run.outlooks[zone];
}

export const plannedOf = (run: RunSnapshot, step: string): PlannedStep | undefined =>
  run.plan.steps.find(({ step: name }) => name === step);

function runningSentences(step: StepSnapshot, run: RunSnapshot, when: (at: Instant) => string): [string, string] {
  const level = levelNow(step, run, run.now);
  const at = level === '' ? '' : ` at ${level}`;
  const verb =
    step.state === 'pausing' ? 'writes its checkpoint' : `has run since ${when(step.since).replace('at ', '')}`;
  const last = plannedOf(run, step.step)?.intervals.at(-1)?.end;
  const stop = plannedOf(run, step.step)?.intervals.find(({ end }) => end > run.now);
  const next = last !== undefined && stop !== undefined && stop.end < last ? `It pauses ${when(stop.end)}.` : '';
  const left =
    step.overrun > 0 ? `${writeDuration(step.overrun)} longer than planned` : `${writeDuration(step.remaining)} left`;
  return [`${step.step} ${verb}${at}; ${left}.`, next];
}

/** `train paused at 13:30: 406 g/kWh now, 212 g/kWh then.` `It goes on Sat 08:30.` */
function heldSentences(step: StepSnapshot, run: RunSnapshot, when: (at: Instant) => string): [string, string] {
  const next = plannedOf(run, step.step)?.intervals.find(({ end }) => end > run.now);
  const opening = step.state === 'paused' ? `${step.step} paused ${when(step.since)}` : `${step.step} waits`;
  if (next === undefined) return [`${opening}.`, ''];
  const verb = step.state === 'paused' ? 'goes on' : 'starts';
  if (next.start <= run.now) return [`${opening}; it ${verb} now.`, ''];
  const now = levelNow(step, run, run.now);
  const then = levelOver(step, run, next);
  const levels = now === '' || then === '' ? '' : `: ${now} now, ${then} then`;
  return [`${opening}${levels}.`, `It ${verb} ${when(next.start)}.`];
}

function levelOver(step: StepSnapshot, run: RunSnapshot, interval: Interval): string {
  const outlook = outlookOf(step, run);
  if (outlook?.use !== 'level') return '';
  const value = meanOver(outlook.axis, outlook.intensityG, interval.start, interval.end);
  return Number.isNaN(value) ? '' : writeIntensity(value);
}

/** One row each: used so far, when done, saving, at latest, grid; of a run that is over, the first and the last. */
export function runFacts(run: RunSnapshot, columns: number, timeZone: string): Line[] {
  const when = (at: Instant): string => formatNear(at, timeZone, run.now);
  const active = run.state === 'active';
  // Cut, not wrapped: a frame keeps its height.
  const row = (key: string, value: Line): Line => cutLine(keyed(key, value, 1_000)[0] ?? EMPTY, columns);
  const grid = row('grid', [dim(gridWords(run, timeZone))]);
  if (!active) return [row('used', usedWords(run)), grid];
  if (run.heldSince !== null) {
    // What was planned holds no more; the rows stay, so that the frame keeps its height.
    const unknown = [plain('not known while it is paused')];
    return [
      row('so far', usedWords(run)),
      row('when done', unknown),
      row('saving', savingWords(run)),
      row('deadline', [bold(when(run.deadline)), plain(', not kept while it is paused')]),
      grid,
    ];
  }
  return [
    row('so far', usedWords(run)),
    row('when done', doneWords(run, when)),
    row('saving', savingWords(run)),
    row('at latest', latestWords(run, columns, when)),
    grid,
  ];
}

function usedWords(run: RunSnapshot): Line {
  const energy = run.steps.reduce((sum, step) => sum + step.energyKWh, 0);
  const mass = run.steps.reduce((sum, step) => sum + step.emissionsG, 0);
  const gas = commonGas(Object.values(run.outlooks).map(({ signal }) => signal));
  const power = run.powerW === null ? '' : `  ${writePower(run.powerW)} now`;
  if (energy === 0) return [plain('nothing measured yet'), dim(run.meter === '' ? '' : `  by ${run.meter}`)];
  return [
    bold(`${writeEnergy(energy)}  ${writeGrams(mass, { gas })}`),
    plain(power),
    dim(run.meter === '' ? '' : `  by ${run.meter}`),
  ];
}

/**
 * Grams when done are what was measured plus the planned share of what is left. On a scaled clock joules are real and
 * hours are not, so that no sum of the two is stated.
 */
function doneWords(run: RunSnapshot, when: (at: Instant) => string): Line {
  const end = endOfPlan(run.plan);
  if (end === undefined) return [plain('not planned')];
  const early = run.deadline - end;
  const time = early >= 0 ? `${writeRoughDuration(early)} early` : `${writeRoughDuration(early)} late`;
  const mass = run.speed === 1 ? [bold(`about ${writeGrams(gramsWhenDone(run))}`), plain(', ')] : [];
  return [...mass, bold(when(end)), plain(`, ${time}`)];
}

/** As it was promised when the run was accepted; nothing that was measured is in it yet. The receipt settles it. */
function savingWords({ promised }: RunSnapshot): Line {
  if (promised === null) return [plain('none is claimed')];
  const { percent, low, high } = promised;
  if (low <= 0 && high >= 0) return [plain('not distinguishable from run-now')];
  return [bold(writeSaving(percent, low, high)), plain(' vs run-now'), dim(', as planned when it was accepted')];
}

function gramsWhenDone(run: RunSnapshot): number {
  const sofar = run.steps.reduce((sum, step) => sum + step.emissionsG, 0);
  const ahead = run.steps.reduce((sum, step) => {
    const planned =
      step.state === 'done' || step.state === 'failed' || step.state === 'cancelled'
        ? undefined
        : plannedOf(run, step.step);
    if (planned === undefined) return sum;
    const length = (from: number): number =>
      planned.intervals.reduce((ms, { start, end }) => ms + Math.max(0, end - Math.max(start, from)), 0);
    const whole = length(Number.NEGATIVE_INFINITY);
    return whole > 0 ? sum + planned.emissionsG * (length(run.now) / whole) : sum;
  }, 0);
  return sofar + ahead;
}

function latestWords(run: RunSnapshot, columns: number, when: (at: Instant) => string): Line {
  const deadline: Line = [plain('deadline '), bold(when(run.deadline))];
  const next = run.steps
    .filter(({ state }) => state === 'waiting' || state === 'paused')
    .flatMap((step) => plannedOf(run, step.step) ?? [])
    .reduce<PlannedStep | undefined>(
      (best, step) => (best === undefined || step.latestStart < best.latestStart ? step : best),
      undefined,
    );
  if (next === undefined) return deadline;
  return [
    bold(when(next.latestStart)),
    plain(` ${next.step} runs${columns < 80 ? '' : ' whatever the grid'}; `),
    ...deadline,
  ];
}

function gridWords(run: RunSnapshot, timeZone: string): string {
  return Object.entries(run.outlooks)
    .map(([zone, outlook]) => `${zone}: ${provenanceWords(outlook, timeZone, run.now)}; ${signalWords(outlook.signal)}`)
    .join('; ');
}
