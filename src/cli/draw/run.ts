/**
 * A run for eyes, at one moment: what state it is in, the grid with each step's lane under it (ran solid, planned
 * pale), what it used and will have used, the last events. Frames of one run have one height.
 *
 * @module
 */
import { formatLocal } from '../../calendar.ts';
import type { RunSnapshot, StepSnapshot, StepState } from '../../execute/index.ts';
import { writeBareIntensity, writeGrams, writeIntensity } from '../../figures.ts';
import { type Instant, instant } from '../../units.ts';
import { type Lane, laneCells, type Stretch } from './lanes.ts';
import { axisRow, type Frame, frameFor, GAP_ROW, layRows, type Row, WIDE } from './rows.ts';
import { intensityAt, isAtRisk, overallOf, plannedOf, runFacts, runSentences, stateWords } from './run-words.ts';
import { bold, cutLine, dim, EMPTY, type Line, plain, type Span, spread, toned } from './style.ts';
import { columnOf, outlookStrip, rangeOf, type Timeline, timelineOver, trimmedTo } from './timeline.ts';
import { pad } from './width.ts';
import { GLYPHS, provenanceMark, troubleLines, wrapLine } from './words.ts';

export interface RunView {
  readonly columns: number;
  readonly timeZone: string;
  /** How many of the last events are shown; the same for every frame. Default 3. */
  readonly events?: number;
  /** Fills up with empty rows, so that all frames of one run have one height. */
  readonly steady?: boolean;
  /** Rows of the terminal: lanes are folded and parts left out so that a frame fits. Default: no limit. */
  readonly rows?: number;
}

/** More lanes than these are folded into one. */
const MOST_LANES = 12;

/** Draws one frame in lines no wider than `columns`. Linear in steps and in slots of the outlooks. */
export function drawRun(run: RunSnapshot, view: RunView): Line[] {
  const room = view.rows === undefined ? Number.POSITIVE_INFINITY : view.rows - 1;
  const wanted = view.events ?? 3;
  // What is least missed goes first when the terminal is low: events, then lanes.
  for (let events = wanted; events > 0; events -= 1) {
    const lines = frameOf(run, view, events, MOST_LANES);
    if (lines.length <= room) return lines;
  }
  for (let lanes = MOST_LANES; lanes > 1; lanes -= 1) {
    const lines = frameOf(run, view, 0, lanes);
    if (lines.length <= room) return lines;
  }
  return frameOf(run, view, 0, 1);
}

function frameOf(run: RunSnapshot, view: RunView, events: number, lanes: number): Line[] {
  const trouble = troubleLines(run.trouble, view.columns, 2);
  const happened = events > 0 ? eventLines(run, view, events) : [];
  return [
    headLine(run, view.columns),
    ...sentenceLines(run, view),
    ...field(run, view, lanes),
    ...(run.state === 'active' ? [EMPTY] : []),
    ...runFacts(run, view.columns, view.timeZone),
    ...(trouble.length > 0 ? [EMPTY, ...trouble] : []),
    ...(happened.length > 0 ? [EMPTY, ...happened] : []),
  ].map((line) => cutLine(line, view.columns));
}

const TONES: Readonly<Record<StepState, 'now' | 'flare' | undefined>> = {
  waiting: undefined,
  running: 'now',
  pausing: undefined,
  paused: undefined,
  done: undefined,
  failed: 'flare',
  cancelled: 'flare',
};

const GLYPH_OF: Readonly<Record<StepState, string>> = {
  waiting: GLYPHS.waiting,
  running: GLYPHS.running,
  pausing: GLYPHS.running,
  paused: GLYPHS.paused,
  done: GLYPHS.done,
  failed: GLYPHS.failed,
  cancelled: GLYPHS.failed,
};

const glyphSpan = (state: StepState): Span => {
  const tone = TONES[state];
  return tone === undefined ? bold(GLYPH_OF[state]) : toned(tone, GLYPH_OF[state], 'bold');
};

function headLine(run: RunSnapshot, columns: number): Line {
  const { state, words } = overallOf(run);
  const places = [...new Set(run.steps.map((step) => siteOf(step, run)))];
  const zones = [...new Set(run.plan.steps.map(({ zone }) => zone))];
  const zoneWords = zones.length === 0 ? Object.keys(run.outlooks) : zones;
  const where = [...places, ...zoneWords].slice(0, 6).join(', ');
  const speed = run.speed === 1 ? [] : [dim(`  ${run.speed}× speed`)];
  const trouble = run.trouble.length > 0 || isAtRisk(run);
  const glyph = trouble && run.state === 'active' ? toned('flare', GLYPHS.atRisk, 'bold') : glyphSpan(state);
  return spread(
    [glyph, bold(` ${run.workflow}`), dim(`  ${where}`), ...speed],
    [state === 'failed' || state === 'cancelled' ? toned('flare', words, 'bold') : bold(words)],
    columns,
  );
}

/** The sentences and the empty row under them, in as many rows for every frame of a width. */
function sentenceLines(run: RunSnapshot, view: RunView): Line[] {
  const sentences = runSentences(run, view.timeZone);
  const wide = view.columns >= WIDE;
  const joined = sentences.flatMap((line, index): Line => (index === 0 ? line : [plain(' '), ...line]));
  const lines = (wide ? [joined] : sentences).flatMap((line) => wrapLine(line, view.columns - 2));
  const rows = view.steady !== true ? 0 : wide ? 2 : 3;
  const filled = lines.map((line): Line => [plain('  '), ...line]);
  return [...filled, ...Array.from({ length: Math.max(1, rows - lines.length) }, () => EMPTY)];
}

function field(run: RunSnapshot, view: RunView, most: number): Line[] {
  const shown = run.steps.length > most ? run.steps.slice(0, most) : run.steps;
  const folded = run.steps.slice(shown.length);
  const sites = [...new Set(shown.map((step) => siteOf(step, run)))];
  const rowsWith = (timeline: Timeline): Row[] => {
    const groups = sites.map((site): Row[] => [
      siteRow(site, run, timeline, view),
      ...shown.filter((step) => siteOf(step, run) === site).map((step) => stepRow(step, run, timeline)),
    ]);
    const rest = folded.length === 0 ? [] : [[foldedRow(folded, run, timeline)]];
    return [...groups, ...rest].flatMap((rows, index) =>
      index === 0 || rest.includes(rows) ? rows : [GAP_ROW, ...rows],
    );
  };
  const { start, end } = spanOf(run);
  const draft = rowsWith(timelineOver(start, end, 400));
  const frame: Frame = steadied(
    frameFor(
      view.columns,
      draft.map(({ label }) => label),
      draft.map(({ end: figures }) => figures),
    ),
    view.columns,
  );
  const timeline = trimmedTo(timelineOver(start, end, frame.field), end);
  return layRows(
    [axisRow(timeline, view.timeZone, undefined), ...rowsWith(timeline), nowRow(run, timeline, view)],
    frame,
    view.columns,
  );
}

/** Figures grow while a run goes on; the field does not move with every digit: it keeps to steps of four columns. */
function steadied(frame: Frame, columns: number): Frame {
  const end = columns - frame.gutter - frame.field;
  const roomy = Math.max(22, Math.ceil(end / 4) * 4);
  return { ...frame, field: Math.max(Math.min(10, frame.field), columns - frame.gutter - roomy) };
}

/** From submission to the deadline, or to what lies later. */
function spanOf(run: RunSnapshot): { start: Instant; end: Instant } {
  const starts = run.steps.flatMap(({ ran }) => ran.map(({ start }) => start));
  const ends =
    run.state === 'active'
      ? [run.now, ...run.plan.steps.flatMap(({ intervals }) => intervals.map(({ end }) => end))]
      : [];
  const ranEnds = run.steps.flatMap(({ ran }) => ran.map(({ end }) => end ?? run.now));
  return {
    start: instant(Math.min(run.submittedAt, ...starts)),
    end: instant(Math.max(run.deadline, ...ends, ...ranEnds)),
  };
}

function siteRow(site: string, run: RunSnapshot, timeline: Timeline, view: RunView): Row {
  const zone = run.plan.steps.find((step) => step.site === site)?.zone ?? Object.keys(run.outlooks)[0] ?? site;
  const outlook = run.outlooks[zone];
  const mark = provenanceMark(outlook?.quality);
  const now = outlook === undefined ? Number.NaN : intensityAt(outlook, run.now);
  const figure =
    outlook?.use === 'level' && !Number.isNaN(now)
      ? `${view.columns >= WIDE ? writeIntensity(now) : writeBareIntensity(now)} now`
      : rangeOf(timeline, outlook);
  return {
    label: [bold(site === zone ? site : `${site} ${zone}`)],
    cells: outlookStrip(timeline, outlook),
    end: [dim(`${figure}${mark === undefined ? '' : ` ${mark}`}`)],
  };
}

/** Where a step runs; a step that the plan no longer names is drawn with its neighbours. */
const siteOf = (step: StepSnapshot, run: RunSnapshot): string =>
  step.site !== ''
    ? step.site
    : (run.steps.find(({ site }) => site !== '')?.site ?? run.plan.baseline.steps[0]?.site ?? 'here');

const isOver = (step: StepSnapshot): boolean =>
  step.state === 'done' || step.state === 'failed' || step.state === 'cancelled';

/** Whether what is planned for it still holds: it is not over, and nobody holds the run. */
const isPlanned = (step: StepSnapshot, run: RunSnapshot): boolean =>
  !isOver(step) && run.state === 'active' && run.heldSince === null;

function stepRow(step: StepSnapshot, run: RunSnapshot, timeline: Timeline): Row {
  const planned = plannedOf(run, step.step);
  const over = !isPlanned(step, run);
  const starts = step.ran[0]?.start;
  const window =
    over || planned === undefined
      ? undefined
      : {
          start: instant(Math.max(run.submittedAt, Math.min(planned.earliest, starts ?? planned.earliest))),
          end: planned.deadline,
        };
  const endOfRan = step.ran.at(-1)?.end;
  // Between its stretches a step that is over waited too.
  const waited =
    over && starts !== undefined && endOfRan != null && step.ran.length > 1 ? { start: starts, end: endOfRan } : window;
  const lane: Lane = {
    stretches: stretchesOf(step, run),
    window: waited,
    latestStart: over ? undefined : planned?.latestStart,
    deadline: over ? undefined : planned?.deadline,
    atRisk: planned !== undefined && (planned.intervals.at(-1)?.end ?? run.now) > planned.deadline,
  };
  return {
    label: [glyphSpan(step.state), plain(` ${step.step}`)],
    cells: laneCells(lane, timeline),
    end: endOf(step, run.now),
  };
}

/** What ran is solid, what is planned from now on is pale. */
function stretchesOf(step: StepSnapshot, run: RunSnapshot): Stretch[] {
  const planned = isPlanned(step, run) ? (plannedOf(run, step.step)?.intervals ?? []) : [];
  const ahead = planned
    .filter(({ end }) => end > run.now)
    .map(({ start, end }): Stretch => ({ start: instant(Math.max(start, run.now)), end, look: 'ghost' }));
  const ran = step.ran.map(({ start, end }): Stretch => ({ start, end: end ?? run.now, look: 'bar' }));
  const last = ran.at(-1);
  return step.state === 'failed' && last !== undefined
    ? [...ahead, ...ran.slice(0, -1), { ...last, look: 'failed' }]
    : [...ahead, ...ran];
}

/** `done 1 h 20   76 g`, `62 %, 50 min   3.1 mg`. */
function endOf(step: StepSnapshot, now: Instant): Line {
  const grams = step.emissionsG > 0 ? writeGrams(step.emissionsG) : '';
  return [plain(pad(stateWords(step, now), 13)), bold(pad(grams, 7, 'end'))];
}

function foldedRow(steps: readonly StepSnapshot[], run: RunSnapshot, timeline: Timeline): Row {
  const done = steps.filter(({ state }) => state === 'done').length;
  const failed = steps.filter(({ state }) => state === 'failed').length;
  const total = steps.reduce((sum, { emissionsG }) => sum + emissionsG, 0);
  return {
    label: [dim(`… ${steps.length} more steps`)],
    cells: laneCells(
      {
        stretches: steps.flatMap((step) => stretchesOf(step, run)),
        window: undefined,
        latestStart: undefined,
        deadline: undefined,
        atRisk: false,
      },
      timeline,
    ),
    end: [
      failed > 0 ? toned('flare', pad(`${failed} failed`, 13)) : plain(pad(`${done} done`, 13)),
      bold(pad(total > 0 ? writeGrams(total) : '', 7, 'end')),
    ],
  };
}

/** `↑ 13:30` under the column of this moment. */
function nowRow(run: RunSnapshot, timeline: Timeline, view: RunView): Row {
  const column = columnOf(timeline, run.now);
  const time = formatLocal(run.now, view.timeZone, 'time');
  if (run.state !== 'active' || column < 0 || column >= timeline.columns) return GAP_ROW;
  const text = `now ${time}`;
  const left = column + 2 + text.length > timeline.columns;
  const cells: Line = left
    ? [plain(' '.repeat(Math.max(0, column - text.length - 1))), toned('now', `${text} ↑`, 'bold')]
    : [plain(' '.repeat(column)), toned('now', `↑ ${text}`, 'bold')];
  return { label: EMPTY, cells, end: EMPTY };
}

/** The last events, filled up with empty rows, so that the frame keeps its height. */
function eventLines(run: RunSnapshot, view: RunView, count: number): Line[] {
  const last = run.events.slice(-count);
  const lines = last.map((event) => cutLine(eventLine(event, run.now, view.timeZone), view.columns));
  return view.steady === true ? [...lines, ...Array.from({ length: count - lines.length }, () => EMPTY)] : lines;
}

/** `  13:29:53 train  paused by plan 31`, with the date's weekday when it was another day. */
export function eventLine(event: RunSnapshot['events'][number], now: Instant, timeZone: string): Line {
  const day =
    formatLocal(event.at, timeZone, 'date') === formatLocal(now, timeZone, 'date')
      ? ''
      : `${formatLocal(event.at, timeZone, 'weekday')} `;
  const who = event.step === null || event.text.startsWith(event.step) ? '' : `${event.step}  `;
  const trouble = /fail|unavailable|lost|trouble|missing|late/.test(event.kind);
  const text = trouble ? toned('flare', event.text) : plain(event.text);
  return [dim(`  ${day}${formatLocal(event.at, timeZone, 'time')} `), plain(who), text];
}
