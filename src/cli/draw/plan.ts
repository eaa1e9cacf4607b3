/**
 * A plan for eyes: the answer as a sentence, the grid of each site with the lanes of its steps under it, and why.
 *
 * @module
 */
import { writeBareChange, writeChange, writeGrams, writeMoney } from '../../figures.ts';
import type { Binding, ConflictSet, Outlook, Plan, PlannedStep } from '../../plan/index.ts';
import type { Site } from '../../site/index.ts';
import { grams, type Instant, instant } from '../../units.ts';
import { conflictLines } from './bindings.ts';
import {
  BAR,
  DEADLINE,
  GHOST,
  HALF_BAR,
  LATEST_START,
  type Lane,
  laneCells,
  MAY_RUN,
  type Stretch,
  TOO_LATE,
} from './lanes.ts';
import { isSame, planReasons, planVerdict, runsNow, unplacedLines } from './plan-words.ts';
import { axisRow, type Frame, frameFor, GAP_ROW, layRows, type Row, WIDE } from './rows.ts';
import { bold, dim, EMPTY, type Line, lineWidth, plain, toned } from './style.ts';
import { outlookStrip, rangeOf, type Timeline, timelineOver, trimmedTo } from './timeline.ts';
import { pad } from './width.ts';
import { GLYPHS, paragraph, provenanceMark, siteName, stacked, zoneOfSite } from './words.ts';

export interface PlanView {
  readonly outlooks: Readonly<Record<string, Outlook>>;
  readonly sites: readonly Site[];
  readonly workflowName: string;
  /** Width of the terminal; 60 and more read well. */
  readonly columns: number;
  /** IANA name of the zone in which times are written. */
  readonly timeZone: string;
  readonly now: Instant;
  /** The deadline of the workflow. */
  readonly deadline: Instant;
  /** What holds the plan back. */
  readonly bindings?: readonly Binding[];
  /** Why there is none. */
  readonly conflicts?: readonly ConflictSet[];
}

/** More lanes than these are folded into one. */
const MOST_LANES = 12;

/** Draws a plan in lines no wider than `columns`. Linear in steps and in slots of the outlooks. */
export function drawPlan(plan: Plan, view: PlanView): Line[] {
  return stacked(
    planVerdict(plan, view),
    unplacedLines(plan, view),
    conflictLines(view.conflicts ?? [], view),
    plan.steps.length === 0 ? [] : field(plan, view),
    planReasons(plan, view),
    plan.steps.length === 0 ? [] : legend(plan, view.columns),
  );
}

function field(plan: Plan, view: PlanView): Line[] {
  const shown = plan.steps.slice(0, plan.steps.length > MOST_LANES ? MOST_LANES : plan.steps.length);
  const folded = plan.steps.slice(shown.length);
  const runnerUp = largestRunnerUp(shown);
  const sites = [
    ...new Set([...shown.map(({ site }) => site), ...(runnerUp === undefined ? [] : [runnerUp.runnerUp.site])]),
  ];
  // The first pass finds out how wide the figures are, the second draws.
  const rowsWith = (timeline: Timeline): Row[] => {
    const groups = sites.map((site): Row[] => {
      const zone = shown.find((step) => step.site === site)?.zone ?? zoneOfSite(view.sites, site) ?? site;
      return [
        siteRow(site, zone, timeline, view),
        ...shown.filter((step) => step.site === site).map((step) => stepRow(step, plan, timeline, view)),
        ...(runnerUp?.runnerUp.site === site ? [runnerUpRow(runnerUp, timeline, view)] : []),
      ];
    });
    const rest = folded.length === 0 ? [] : [[foldedRow(folded, timeline)]];
    return [...groups, ...rest].flatMap((rows, index) => (index === 0 ? rows : [GAP_ROW, ...rows]));
  };
  const { start, end, reach } = spanOf(plan, view);
  const draft = rowsWith(timelineOver(start, end, 1));
  const frame: Frame = frameFor(
    view.columns,
    draft.map(({ label }) => label),
    // The range of a strip depends on the columns that it shows; these are the widest ends.
    rowsWith(timelineOver(start, reach, 400)).map(({ end: figures }) => figures),
  );
  const timeline = trimmedTo(timelineOver(start, end, frame.field), end, reach);
  return layRows([axisRow(timeline, view.timeZone, view.now), ...rowsWith(timeline)], frame, view.columns);
}

/** From now to the last deadline; `reach` is how far the grid is known. */
function spanOf(plan: Plan, view: PlanView): { start: Instant; end: Instant; reach: Instant } {
  const starts = plan.steps.flatMap(({ intervals }) => intervals.map(({ start }) => start));
  const ends = plan.steps.flatMap(({ intervals }) => intervals.map(({ end }) => end));
  const end = instant(Math.max(view.deadline, ...ends));
  const reaches = Object.values(view.outlooks).map(({ axis }) => axis.start + axis.step * axis.length);
  return { start: instant(Math.min(view.now, ...starts)), end, reach: instant(Math.max(end, ...reaches)) };
}

function siteRow(site: string, zone: string, timeline: Timeline, view: PlanView): Row {
  const outlook = view.outlooks[zone];
  const mark = provenanceMark(outlook?.quality);
  const unit = view.columns >= WIDE && outlook?.use === 'level' ? ' g/kWh' : '';
  return {
    label: [bold(view.columns >= WIDE ? siteName(site, zone) : `${site} ${zone}`)],
    cells: outlookStrip(timeline, outlook),
    end: [dim(`${rangeOf(timeline, outlook)}${unit}${mark === undefined ? '' : ` ${mark}`}`)],
  };
}

/** Columns of grams and of percent at the end of a lane. */
const GRAM_COLUMNS = 7;
const PERCENT_COLUMNS = 6;

const gramsCell = (text: string): string => pad(text, Math.max(GRAM_COLUMNS, text.length), 'end');

function stepRow(step: PlannedStep, plan: Plan, timeline: Timeline, view: PlanView): Row {
  const levels = plan.steps.some(({ intervals }) => intervals.some(({ level }) => level > 1));
  const ended = step.intervals.at(-1)?.end ?? step.deadline;
  const atRisk = ended > step.deadline;
  const lane: Lane = {
    stretches: step.intervals.map(
      (interval): Stretch => ({ ...interval, look: levels && interval.level <= 1 ? 'half-bar' : 'bar' }),
    ),
    window: { start: step.earliest, end: step.deadline },
    latestStart: step.latestStart,
    deadline: step.deadline,
    atRisk,
  };
  const change = stepChange(step, plan, view);
  return {
    label: [atRisk ? toned('flare', `${GLYPHS.atRisk} ${step.step}`) : plain(`${GLYPHS.waiting} ${step.step}`)],
    cells: laneCells(lane, timeline),
    end: [
      bold(gramsCell(writeGrams(step.emissionsG))),
      ...(change === undefined ? [] : [plain(` ${pad(writeChange(change), PERCENT_COLUMNS, 'end')}`)]),
    ],
  };
}

/**
 * Percent that a step saves against its own run-now interval. `undefined` where the plan as a whole claims nothing, or
 * where the step would have run elsewhere: its energy there is not in the plan.
 */
function stepChange(step: PlannedStep, plan: Plan, view: PlanView): number | undefined {
  if (plan.savingPercent === null || plan.savingLowPercent === null) return undefined;
  if (plan.savingLowPercent <= 0 && writeBareChange(plan.savingPercent) !== '±0') return undefined;
  if (runsNow(plan)) return 0;
  const before = plan.baseline.steps.find(({ step: name, site }) => name === step.step && site === step.site);
  const runNow = before?.emissionsG;
  if (runNow === undefined || view.outlooks[step.zone]?.use !== 'level') return undefined;
  return runNow > 0 ? (1 - step.emissionsG / runNow) * 100 : undefined;
}

interface WithRunnerUp extends PlannedStep {
  readonly runnerUp: NonNullable<PlannedStep['runnerUp']>;
}

/** The step with most grams among those that had another choice: one ghost says enough. */
function largestRunnerUp(steps: readonly PlannedStep[]): WithRunnerUp | undefined {
  const choices = steps.flatMap((step): WithRunnerUp[] =>
    step.runnerUp === null ? [] : [{ ...step, runnerUp: step.runnerUp }],
  );
  return choices.reduce<WithRunnerUp | undefined>(
    (best, step) => (best === undefined || step.emissionsG > best.emissionsG ? step : best),
    undefined,
  );
}

function runnerUpRow(step: WithRunnerUp, timeline: Timeline, view: PlanView): Row {
  const length = step.intervals.reduce((sum, { start, end }) => sum + (end - start), 0);
  const { start, emissionsG, cost } = step.runnerUp;
  const more = emissionsG - step.emissionsG;
  return {
    label: [dim('  runner-up')],
    cells: laneCells(
      {
        stretches: [{ start, end: instant(start + length), look: 'runner-up' }],
        window: undefined,
        latestStart: undefined,
        deadline: undefined,
        atRisk: false,
      },
      timeline,
    ),
    end: [
      toned(
        'now',
        gramsCell(isSame(emissionsG, step.emissionsG) ? '±0' : `${more >= 0 ? '+' : ''}${writeGrams(more)}`),
      ),
      ...(cost === null || view.columns < WIDE ? [] : [plain(` ${pad(writeMoney(cost), PERCENT_COLUMNS, 'end')}`)]),
    ],
  };
}

/** `… 88 more steps`: when any of them runs, and what they emit together. */
function foldedRow(steps: readonly PlannedStep[], timeline: Timeline): Row {
  const total = grams(steps.reduce((sum, { emissionsG }) => sum + emissionsG, 0));
  return {
    label: [dim(`… ${steps.length} more steps`)],
    cells: laneCells(
      {
        stretches: steps.flatMap(({ intervals }) =>
          intervals.map((interval): Stretch => ({ ...interval, look: 'bar' })),
        ),
        window: undefined,
        latestStart: undefined,
        deadline: undefined,
        atRisk: false,
      },
      timeline,
    ),
    end: [bold(gramsCell(writeGrams(total)))],
  };
}

function legend(plan: Plan, columns: number): Line[] {
  const levels = plan.steps.some(({ intervals }) => intervals.some(({ level }) => level > 1));
  const entries = [
    ...(levels ? [`${BAR} level 2`, `${HALF_BAR} level 1`] : [`${BAR} runs`]),
    `${MAY_RUN} may run`,
    `${LATEST_START} latest start`,
    `${TOO_LATE} no more waiting`,
    `${DEADLINE} deadline`,
    ...(plan.steps.some(({ runnerUp }) => runnerUp !== null) ? [`${GHOST} runner-up`] : []),
  ];
  return joinEntries(entries, columns);
}

/** Entries with two spaces between them, on as many lines as they need. */
function joinEntries(entries: readonly string[], columns: number): Line[] {
  const lines: string[] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last !== undefined && lineWidth([plain(last)]) + 2 + lineWidth([plain(entry)]) <= columns - 2) {
      lines[lines.length - 1] = `${last}  ${entry}`;
    } else {
      lines.push(entry);
    }
  }
  return lines.length === 0 ? [EMPTY] : lines.flatMap((line) => paragraph(line, columns, 2, dim));
}
