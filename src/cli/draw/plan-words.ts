/**
 * What a plan says in words: the verdict first, trouble second, then why here, why now, at the latest when, on what
 * grid data. A saving is stated only as the plan claims it, with its baseline and its interval.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import {
  writeBareChange,
  writeGramRange,
  writeGrams,
  writeMoney,
  writeRoughDuration,
  writeSaving,
  writeShare,
} from '../../figures.ts';
import type { Plan, PlannedStep } from '../../plan/index.ts';
import type { Instant } from '../../units.ts';
import { bindingLines } from './bindings.ts';
import type { PlanView } from './plan.ts';
import { bold, dim, type Line, plain, toned } from './style.ts';
import {
  clockWord,
  commonGas,
  GLYPHS,
  keyed,
  localised,
  paragraph,
  provenanceWords,
  signalWords,
  wrapLine,
} from './words.ts';

/** When the last step of a plan ends; `undefined` for a plan without steps. */
export function endOfPlan(plan: Plan): Instant | undefined {
  return plan.steps
    .flatMap(({ intervals }) => intervals.map(({ end }) => end))
    .reduce<Instant | undefined>((last, end) => (last === undefined || end > last ? end : last), undefined);
}

/** Nothing waits: each step starts when run-now would have started it, where it would have. */
export function runsNow(plan: Plan): boolean {
  return plan.steps.every((step) => {
    const before = plan.baseline.steps.find(({ step: name }) => name === step.step);
    const [first] = step.intervals;
    return (
      before !== undefined &&
      first !== undefined &&
      step.intervals.length === 1 &&
      first.start <= before.start &&
      before.site === step.site
    );
  });
}

/** Whether the interval of the saving leaves zero out. */
export const isDistinguishable = (plan: Plan): boolean =>
  plan.savingPercent !== null && plan.savingLowPercent !== null && plan.savingLowPercent > 0;

/** `be done 13 h early`. */
function doneWords(early: number): string {
  if (Math.abs(early) < 60_000) return 'done at its deadline';
  return early > 0 ? `done ${writeRoughDuration(early)} early` : `done ${writeRoughDuration(early)} late`;
}

/** The sentence and, dim, its figures. */
export function planVerdict(plan: Plan, view: PlanView): Line[] {
  const name = view.workflowName;
  if (plan.unplaced.length > 0) {
    const [first] = plan.unplaced;
    const who =
      plan.unplaced.length === 1 ? `${first?.step ?? ''} has no place` : `${plan.unplaced.length} steps have no place`;
    return wrapLine([toned('flare', `${GLYPHS.failed} ${name} cannot run as asked: ${who}.`, 'bold')], view.columns);
  }
  const end = endOfPlan(plan);
  if (end === undefined) return wrapLine([bold(`${name} has nothing left to run.`)], view.columns);
  const early = view.deadline - end;
  const late = early < -60_000;
  const sentence = sentenceOf(plan, view, doneWords(early)).replace(/\.$/, `${gridMark(plan)}.`);
  const spans: Line = late ? [toned('flare', `${GLYPHS.atRisk} ${sentence}`, 'bold')] : [bold(sentence)];
  return [
    ...wrapLine(spans, view.columns),
    ...paragraph(`${figuresOf(plan, view)}${gridMark(plan)}`, view.columns, 0, dim),
  ];
}

/** ` (synthetic grid)` where the grid is not the one of now. */
function gridMark({ signals }: Plan): string {
  const made = Object.values(signals).filter(({ quality }) => quality === 'synthetic' || quality === 'replayed');
  const marks = new Set(made.map(({ quality }) => quality));
  return marks.size === 0 ? '' : ` (${[...marks].join(', ')} grid)`;
}

function sentenceOf(plan: Plan, view: PlanView, done: string): string {
  const name = view.workflowName;
  const mass = writeGrams(plan.emissionsG);
  const uses = usesOf(plan, view);
  if (uses.has('none') && runsNow(plan)) return `${name} runs now, for want of a grid signal, and is ${done}.`;
  if (runsNow(plan)) return `${name} runs now, will emit ${mass} and be ${done}.`;
  if (plan.savingPercent === null) return `${name} waits for hours that are usually cleaner and will be ${done}.`;
  if (!isDistinguishable(plan)) return `${name} will emit ${mass} and be ${done}: not distinguishable from run-now.`;
  return `${name} will emit ${mass} instead of ${writeGrams(plan.baseline.emissionsG)} and be ${done}.`;
}

const usesOf = (plan: Plan, view: PlanView): Set<string> =>
  new Set(plan.steps.map(({ zone }) => view.outlooks[zone]?.use ?? 'none'));

function figuresOf(plan: Plan, view: PlanView): string {
  const gas = commonGas(Object.values(plan.signals));
  const spread = { low: plan.emissionsLowG, high: plan.emissionsHighG };
  const band =
    spread.high > spread.low
      ? `${writeGramRange(spread.low, spread.high, plan.emissionsG, { gas })} (p10 … p90)`
      : writeGrams(plan.emissionsG, { gas });
  if (plan.savingPercent === null) {
    const uses = usesOf(plan, view);
    const why = uses.has('shape')
      ? ': the shape ranks hours, it does not weigh them'
      : uses.has('none')
        ? ''
        : ': run-now emits nothing';
    return `${band}; no saving is claimed${why}`;
  }
  const saved = isDistinguishable(plan)
    ? `${writeSaving(plan.savingPercent, plan.savingLowPercent, plan.savingHighPercent)} vs run-now`
    : writeBareChange(plan.savingPercent) === '±0'
      ? '±0 vs run-now'
      : `±0${rangeWords(plan)} vs run-now (${writeGrams(plan.baseline.emissionsG)})`;
  const below = plan.emissionsG > 0 ? ((plan.emissionsG - plan.boundG) / plan.emissionsG) * 100 : 0;
  const bound =
    below >= 0.05 ? `least possible ${writeShare(below)} below` : 'no plan can emit less under this forecast';
  return `${saved}, ${band}; ${bound}`;
}

/** ` (+2 … −9 %)`, the interval of a saving; empty when it has no width. */
function rangeWords({ savingLowPercent: low, savingHighPercent: high }: Plan): string {
  return low === null || high === null || high - low < 0.05
    ? ''
    : ` (${writeBareChange(low)} … ${writeBareChange(high)} %)`;
}

/** Each step without a place, and what stands against it. */
export function unplacedLines(plan: Plan, { columns, timeZone, now }: PlanView): Line[] {
  return plan.unplaced.flatMap(({ step, conflict }) => [
    ...wrapLine([toned('flare', `${GLYPHS.failed} ${step}`)], columns),
    ...conflict.flatMap((text) => paragraph(localised(text, timeZone, now), columns, 4)),
  ]);
}

/** Grams that differ by no more than the rounding of their sums. */
export const isSame = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(a, b);

/** So many reasons are given; the rest is in the JSON. */
const MOST_REASONS = 4;

export function planReasons(plan: Plan, view: PlanView): Line[] {
  const { columns, timeZone, now } = view;
  const when = (at: Instant): string => formatNear(at, timeZone, now);
  const lines: Line[] = [];
  const reasons = [...plan.steps].sort((a, b) => b.emissionsG - a.emissionsG).slice(0, MOST_REASONS);
  const told = plan.steps.filter((step) => reasons.includes(step) && step.reason !== '');
  const same = told.every(({ reason }) => reason === told[0]?.reason);
  (same ? told.slice(0, 1) : told).forEach(({ step, reason }, index) => {
    const prefix = same ? '' : `${step}: `;
    lines.push(...keyed(index === 0 ? 'why' : '', [dim(prefix), plain(localised(reason, timeZone, now))], columns));
  });
  if (!same && plan.steps.length > told.length) {
    lines.push(...keyed('', [dim(`… ${plan.steps.length - told.length} more with --json`)], columns));
  }
  const runnerUp = plan.steps
    .filter((step) => step.runnerUp !== null)
    .reduce<PlannedStep | undefined>(
      (best, step) => (best === undefined || step.emissionsG > best.emissionsG ? step : best),
      undefined,
    );
  if (runnerUp?.runnerUp != null) {
    const { site, level, start, emissionsG, cost } = runnerUp.runnerUp;
    const more = emissionsG - runnerUp.emissionsG;
    const grams = isSame(emissionsG, runnerUp.emissionsG) ? 'as good' : `${more >= 0 ? '+' : ''}${writeGrams(more)}`;
    const money =
      cost === null
        ? ''
        : `, ${writeMoney(cost)}${runnerUp.cost === null ? '' : ` (here ${writeMoney(runnerUp.cost)})`}`;
    lines.push(
      ...keyed(
        'runner-up',
        [
          plain(
            `${runnerUp.step} at ${site}${level === 1 ? '' : `, level ${level},`} from ${when(start)}: ${grams}${money}`,
          ),
        ],
        columns,
      ),
    );
  }
  if (plan.cost !== null) {
    const before = plan.baseline.cost === null ? '' : `, run-now ${writeMoney(plan.baseline.cost)}`;
    lines.push(...keyed('cost', [plain(`${writeMoney(plan.cost)}${before}`)], columns));
  }
  lines.push(...bindingLines(view.bindings ?? [], view));
  const first = plan.steps.reduce<PlannedStep | undefined>(
    (best, step) => (best === undefined || step.latestStart < best.latestStart ? step : best),
    undefined,
  );
  if (first !== undefined) {
    const who = plan.steps.length === 1 ? '' : `${first.step} `;
    lines.push(
      ...keyed(
        'at latest',
        [
          bold(when(first.latestStart)),
          plain(` ${who}starts whatever the grid; deadline `),
          bold(when(view.deadline)),
          dim(` ${clockWord(timeZone)}`),
        ],
        columns,
      ),
    );
  }
  lines.push(...learnedLines(plan, columns));
  lines.push(...gridLines(plan, view));
  const said = new Set(told.map(({ reason }) => reason));
  const notes = plan.notes.filter((note) => !said.has(note));
  notes.forEach((note, index) => {
    lines.push(...keyed(index === 0 ? 'note' : '', [plain(localised(note, timeZone, now))], columns));
  });
  return lines;
}

/** What past runs say of the steps that emit most. */
function learnedLines(plan: Plan, columns: number): Line[] {
  const learned = plan.steps.filter(({ reckoning }) => reckoning !== undefined && reckoning.runs > 0);
  const shown = [...learned].sort((a, b) => b.emissionsG - a.emissionsG).slice(0, MOST_REASONS);
  const lines = shown.flatMap(({ step, reckoning }, index) => {
    const prefix = plan.steps.length === 1 ? '' : `${step}: `;
    return keyed(index === 0 ? 'learned' : '', [dim(prefix), plain(reckoning?.words ?? '')], columns);
  });
  const more = learned.length - shown.length;
  return more === 0 ? lines : [...lines, ...keyed('', [dim(`… ${more} more with --json`)], columns)];
}

/** What the signal is, where it comes from, how the zone was found; zones of which the same is true share a row. */
function gridLines(plan: Plan, view: PlanView): Line[] {
  const zonesOf = new Map<string, string[]>();
  for (const [zone, signal] of Object.entries(plan.signals)) {
    const found = view.sites.find((site) => site.zone === zone)?.zoneFrom;
    const name = found === undefined || found === '' ? zone : `${zone} (${found})`;
    const words = `${signalWords(signal)}; ${provenanceWords(signal, view.timeZone, view.now)}`;
    zonesOf.set(words, [...(zonesOf.get(words) ?? []), name]);
  }
  return [...zonesOf].flatMap(([words, zones], index) =>
    keyed(index === 0 ? 'grid' : '', [dim(`${zones.join(', ')}: ${words}`)], view.columns),
  );
}
