/**
 * One step of a plan for eyes: why here, why now, why this size, what its guard is and what its pauses take.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import {
  writeBareIntensity,
  writeDuration,
  writeEnergy,
  writeGrams,
  writeIntensity,
  writeMoney,
} from '../../figures.ts';
import type { Choice, Explanation, Outlook } from '../../plan/index.ts';
import type { Instant } from '../../units.ts';
import { laneCells } from './lanes.ts';
import { intensityTone } from './ramp.ts';
import { axisRow, frameFor, layRows, type Row } from './rows.ts';
import { bold, dim, type Line, plain, type Span, toned } from './style.ts';
import { block, heightsOf, outlookStrip, rangeOf, timelineOver, trimmedTo } from './timeline.ts';
import { displayWidth, pad } from './width.ts';
import { clockWord, keyed, localised, stacked, wrapLine } from './words.ts';

export interface ExplanationView {
  readonly workflowName: string;
  readonly columns: number;
  readonly timeZone: string;
  readonly now: Instant;
  readonly outlook: Outlook | undefined;
  /** ` (synthetic grid)`. */
  readonly mark?: string;
}

export function drawExplanation(explanation: Explanation, view: ExplanationView): Line[] {
  const { planned } = explanation;
  const reason = localised(planned.reason, view.timeZone, view.now);
  return stacked(
    wrapLine([bold(`${view.workflowName} / ${planned.step} ${reason}${view.mark ?? ''}.`)], view.columns),
    field(explanation, view),
    here(explanation, view),
    ranked(explanation, view),
    [...size(explanation, view), ...guard(explanation, view), ...overheads(explanation, view)],
  );
}

/** The strip of its site, and its lane. */
function field({ planned, window }: Explanation, view: ExplanationView): Line[] {
  const rows = (timeline: ReturnType<typeof timelineOver>): Row[] => [
    {
      label: [bold(`${planned.site} ${planned.zone}`)],
      cells: outlookStrip(timeline, view.outlook),
      end: [dim(rangeOf(timeline, view.outlook))],
    },
    {
      label: [plain(`  ${planned.step}`)],
      cells: laneCells(
        {
          stretches: planned.intervals.map(({ start, end }) => ({ start, end, look: 'bar' })),
          window: { start: planned.earliest, end: planned.deadline },
          latestStart: planned.latestStart,
          deadline: planned.deadline,
          atRisk: false,
        },
        timeline,
      ),
      end: [bold(writeGrams(planned.emissionsG))],
    },
  ];
  const draft = rows(timelineOver(window.start, window.end, 1));
  const wide = rows(timelineOver(window.start, window.end, 400));
  const frame = frameFor(
    view.columns,
    draft.map(({ label }) => label),
    wide.map(({ end }) => end),
  );
  const timeline = trimmedTo(timelineOver(window.start, window.end, frame.field), window.end);
  return layRows([axisRow(timeline, view.timeZone, view.now), ...rows(timeline)], frame, view.columns);
}

/** Each site with what the step would take there, the runner-up, run-now; then the sites that cannot run it. */
function here({ planned, places, runNow }: Explanation, view: ExplanationView): Line[] {
  const { runnerUp } = planned;
  const when = (at: Instant): string => formatNear(at, view.timeZone, view.now);
  const row = (site: string, { emissionsG, cost }: Pick<Choice, 'emissionsG' | 'cost'>, words: string) => [
    site,
    writeGrams(emissionsG),
    cost === null ? '' : writeMoney(cost),
    words,
  ];
  const between = ({ start, end }: Choice): string => `${when(start)}–${when(end)}`;
  const isListed = places.some(({ isChosen, site, choice }) => !isChosen && choice !== null && site === runnerUp?.site);
  const rows = [
    ...places.flatMap(({ site, isChosen, choice }) =>
      choice === null
        ? []
        : [row(site, choice, `${isChosen ? 'as planned' : 'at best, the others where they are'}, ${between(choice)}`)],
    ),
    ...(runnerUp === null || isListed ? [] : [row(runnerUp.site, runnerUp, `runner-up, from ${when(runnerUp.start)}`)]),
    row(runNow.site, runNow, `run now, ${between(runNow)}`),
  ];
  const refused = places.flatMap(({ site, refusal }) => (refusal === null ? [] : [[site, refusal]]));
  const width = (column: number, of: readonly (readonly string[])[]): number =>
    Math.max(...of.map((texts) => displayWidth(texts[column] ?? '')));
  const widths = [width(0, [...rows, ...refused]), width(1, rows), width(2, rows)];
  const lay = ([site = '', mass = '', money = '', words = '']: readonly string[]): string => {
    const [names = 0, grams = 0, costs = 0] = widths;
    const cost = costs === 0 ? [] : [pad(money, costs, 'end')];
    return [pad(site, names), pad(mass, grams, 'end'), ...cost, words].join('  ');
  };
  return [
    ...rows.flatMap((texts, index) => keyed(index === 0 ? 'why here' : '', [plain(lay(texts))], view.columns)),
    ...refused.flatMap(([site = '', why = '']) =>
      keyed('', [dim(`${pad(site, widths[0] ?? 0)}  ${why}`)], view.columns),
    ),
  ];
}

/** The hours of the window from the cleanest to the dirtiest; those in which the step runs are underlined. */
function ranked({ window }: Explanation, view: ExplanationView): Line[] {
  const use = view.outlook?.use ?? 'none';
  if (use === 'none' || window.slots.length === 0) return [];
  const sorted = [...window.slots].sort((a, b) => a.intensityGPerKWh - b.intensityGPerKWh || b.used - a.used);
  const chosen = sorted.filter(({ used }) => used > 0);
  const dirtiest = Math.max(...chosen.map(({ intensityGPerKWh }) => intensityGPerKWh));
  const passed = sorted.filter(({ used, intensityGPerKWh }) => used === 0 && intensityGPerKWh < dirtiest).length;
  const values = sorted.map(({ intensityGPerKWh }) => intensityGPerKWh);
  const room = view.columns - 16;
  const step = Math.ceil(sorted.length / room);
  const kept = sorted.filter((_, i) => i % step === 0);
  const heights = heightsOf(values);
  const bars = kept.map((slot, i): Span => {
    const text = block(heights[i * step] ?? 0);
    return use === 'level' ? toned(intensityTone(slot.intensityGPerKWh), text) : dim(text);
  });
  const marks = kept.map((_, i) =>
    sorted.slice(i * step, (i + 1) * step).some(({ used }) => used > 0) ? bold('▔') : plain(' '),
  );
  const slots = `${chosen.length} of ${sorted.length} slots`;
  const order =
    passed === 0
      ? `the cleanest of its window: ${slots}`
      : `${slots} of its window; ${passed} cleaner could not be used`;
  const means =
    use === 'level'
      ? `; ${writeIntensity(window.chosenGPerKWh)} against ${writeBareIntensity(window.meanGPerKWh)} on average`
      : '';
  return [
    ...keyed('why now', [plain(`${order}${means}`)], view.columns),
    [plain(' '.repeat(14)), ...bars],
    [plain(' '.repeat(14)), ...marks],
  ];
}

/** Each size that the site can hold, with what the step would take in it. */
function size({ levels }: Explanation, view: ExplanationView): Line[] {
  if (levels.length === 1) return keyed('this size', [plain('the only one that it has there')], view.columns);
  const when = (at: Instant): string => formatNear(at, view.timeZone, view.now);
  const masses = levels.map(({ choice }) => (choice === null ? '–' : writeGrams(choice.emissionsG)));
  const width = Math.max(...masses.map(displayWidth));
  return levels.flatMap(({ level, isChosen, choice }, index) => {
    const words =
      choice === null
        ? 'too long for what the steps beside it and the deadline leave'
        : `${isChosen ? 'as planned' : 'at best, the others where they are'}, ${when(choice.start)}–${when(choice.end)}`;
    const text = `level ${level}  ${pad(masses[index] ?? '', width, 'end')}  ${words}`;
    return keyed(index === 0 ? 'this size' : '', [plain(text)], view.columns);
  });
}

function guard({ guard: { latestStart, deadline, through, limit } }: Explanation, view: ExplanationView): Line[] {
  const when = (at: Instant): string => formatNear(at, view.timeZone, view.now);
  const chain = through.map(({ step, duration }) => `${step} (${writeDuration(duration)})`).join(', ');
  const limits = limit === 'deadline' ? 'the deadline of the workflow' : 'the longest delay';
  const sets = chain === '' ? `${limits} sets it` : `before ${limits} come ${chain}`;
  return keyed(
    'at latest',
    [
      bold(when(latestStart)),
      plain(` it starts whatever the grid, and must end by `),
      bold(when(deadline)),
      dim(` ${clockWord(view.timeZone)}`),
      plain(`: ${sets}`),
    ],
    view.columns,
  );
}

function overheads({ pauses, planned }: Explanation, { columns }: ExplanationView): Line[] {
  const { energyKWh, emissionsG } = planned.overheads;
  if (pauses.count === 0 && energyKWh === 0) return keyed('pauses', [plain('none')], columns);
  const each = [
    ...(pauses.checkpoint > 0 ? [`${writeDuration(pauses.checkpoint)} to save`] : []),
    ...(pauses.restart > 0 ? [`${writeDuration(pauses.restart)} to go on`] : []),
  ];
  const words = `${pauses.count}${each.length === 0 ? '' : `, each ${each.join(' and ')}`}; together ${writeEnergy(energyKWh)}, ${writeGrams(emissionsG)}`;
  return keyed('pauses', [plain(words)], columns);
}
