/**
 * A history replayed: the sentence that answers, a row for each policy, and what the figures rest on.
 *
 * @module
 */
import { formatLocal } from '../../calendar.ts';
import {
  writeChange,
  writeDuration,
  writeEnergy,
  writeGrams,
  writeMoney,
  writeNumber,
  writeShare,
} from '../../figures.ts';
import type { Group, ReplayReport, Row } from '../../replay/index.ts';
import { HOUR } from '../../units.ts';
import { bold, cutLine, dim, EMPTY, type Line, plain, type Span, toned } from './style.ts';
import { displayWidth, pad } from './width.ts';
import { commonGas, keyed, provenanceMark, signalWords, troubleLines, wrapLine } from './words.ts';

export interface ReplayView {
  readonly columns: number;
  readonly timeZone: string;
  /** `Germany`, `Germany, France`. */
  readonly place: string;
  /** As it was asked: `24h`, `2x`. */
  readonly slack: string;
  /** What jobs draw, in words. */
  readonly power: string;
  /** What must be known of the figures. */
  readonly notes: readonly string[];
}

/** Draws a replay in lines no wider than `columns`. */
export function drawReplay(report: ReplayReport, view: ReplayView): Line[] {
  return [
    ...wrapLine([bold(sentenceOf(report, view.place))], view.columns),
    EMPTY,
    ...table(COLUMNS, report.rows, view.columns),
    EMPTY,
    ...groups(report.groups, view.columns),
    ...basis(report, view),
    ...troubleLines(view.notes, view.columns, 2),
  ];
}

/** The answer: what Gridtide would have emitted, and how many deadlines it would have missed. */
function sentenceOf({ rows, jobs, zones, comparedWith }: ReplayReport, place: string): string {
  const ours = rows.find(({ policy }) => policy === 'gridtide');
  const baseline = rows.find(({ policy }) => policy === comparedWith);
  if (ours === undefined || baseline === undefined) return 'Nothing was replayed.';
  const mark = provenanceMark(zones[0]?.quality);
  const grid = mark === undefined ? '' : ` (${mark} grid)`;
  const count = `${writeNumber(jobs.count, 0)} ${jobs.count === 1 ? 'job' : 'jobs'} in ${place}${grid}`;
  const emitted = `would have emitted ${writeGrams(ours.emissionsG)} instead of ${writeGrams(baseline.emissionsG)}`;
  const [percent, words] =
    comparedWith === 'fifo'
      ? [ours.savingAgainstFifoPercent, 'first come, first served']
      : [ours.savingPercent, 'running at once'];
  const saved = percent === null ? '' : `, ${writeChange(percent)} against ${words}`;
  return `${count} ${emitted}${saved}; ${lateWords(ours.misses)}.`;
}

const lateWords = (misses: number): string =>
  misses === 0 ? 'none late' : `${writeNumber(misses, 0)} ${misses === 1 ? 'is' : 'are'} late`;

interface Column<T> {
  readonly heading: string;
  readonly text: (row: T) => string;
  /** The higher, the sooner it is left out when the terminal is narrow; 0 stays. */
  readonly dispensable: number;
  readonly style?: (text: string, row: T) => Span;
}

const delay = (hours: number): string => (hours < 1 / 7_200 ? '0' : writeDuration(hours * HOUR));
const change = (percent: number | null): string => (percent === null ? '–' : writeChange(percent));

const COLUMNS: readonly Column<Row>[] = [
  {
    heading: '',
    text: ({ policy }) => policy.replace(/^gridtide, /, '· '),
    dispensable: 0,
    style: (text, { policy }) => (policy === 'gridtide' ? bold(text) : plain(text)),
  },
  { heading: 'emits', text: ({ emissionsG }) => writeGrams(emissionsG), dispensable: 0 },
  { heading: 'vs run-now', text: ({ savingPercent }) => change(savingPercent), dispensable: 0 },
  { heading: 'vs fifo', text: ({ savingAgainstFifoPercent }) => change(savingAgainstFifoPercent), dispensable: 2 },
  { heading: 'uses', text: ({ energyKWh }) => writeEnergy(energyKWh), dispensable: 5 },
  { heading: 'costs', text: ({ cost }) => (cost === null ? '' : writeMoney(cost)), dispensable: 3 },
  { heading: 'mean delay', text: ({ meanDelayH }) => delay(meanDelayH), dispensable: 0 },
  { heading: 'p95', text: ({ p95DelayH }) => delay(p95DelayH), dispensable: 1 },
  {
    heading: 'late',
    text: ({ misses }) => writeNumber(misses, 0),
    dispensable: 0,
    style: (text, { misses }) => (misses === 0 ? plain(text) : toned('flare', text)),
  },
  { heading: 'peak CPUs', text: ({ peakCpus }) => writeNumber(peakCpus, 0), dispensable: 2 },
  { heading: 'peak GPUs', text: ({ peakGpus }) => (peakGpus === 0 ? '' : writeNumber(peakGpus, 0)), dispensable: 4 },
  {
    heading: 'over bound',
    text: ({ gapPercent }) => (gapPercent === null ? '–' : writeShare(gapPercent)),
    dispensable: 4,
  },
];

const GROUP_COLUMNS: readonly Column<Group>[] = [
  { heading: '', text: ({ name }) => (name === '' ? 'not said' : name), dispensable: 0 },
  { heading: 'jobs', text: ({ jobs }) => writeNumber(jobs, 0), dispensable: 1 },
  { heading: 'run-now', text: ({ runNowG }) => writeGrams(runNowG), dispensable: 2 },
  { heading: 'gridtide', text: ({ gridtideG }) => writeGrams(gridtideG), dispensable: 0 },
  { heading: 'vs run-now', text: ({ savingPercent }) => change(savingPercent), dispensable: 0 },
  { heading: 'mean delay', text: ({ meanDelayH }) => delay(meanDelayH), dispensable: 0 },
];
/** Queues or users that are shown; the others are counted. */
const SHOWN = 10;

function groups(all: readonly Group[], columns: number): Line[] {
  if (all.length === 0) return [];
  const more = all.length - SHOWN;
  return [
    ...table(GROUP_COLUMNS, all.slice(0, SHOWN), columns),
    ...(more > 0 ? [[dim(`  ${more} more are in --json`)]] : []),
    EMPTY,
  ];
}

function table<T>(all: readonly Column<T>[], rows: readonly T[], columns: number): Line[] {
  const measured = all
    .map((column) => ({
      column,
      width: Math.max(displayWidth(column.heading), ...rows.map((row) => displayWidth(column.text(row)))),
      isEmpty: rows.every((row) => column.text(row) === ''),
    }))
    .filter(({ isEmpty }) => !isEmpty);
  const widthOf = (kept: typeof measured): number => kept.reduce((sum, { width }) => sum + width + 2, 0);
  let kept = measured;
  for (let limit = 5; limit > 0 && widthOf(kept) > columns; limit -= 1) {
    kept = kept.filter(({ column }) => column.dispensable < limit);
  }
  const line = (cell: (column: Column<T>) => Span): Line =>
    cutLine(
      kept.flatMap(({ column, width }, i) => {
        const span = cell(column);
        return [plain('  '), { ...span, text: pad(span.text, width, i === 0 ? 'start' : 'end') }];
      }),
      columns,
    );
  return [
    line(({ heading }) => dim(heading)),
    ...rows.map((row) => line(({ text, style = plain }) => style(text(row), row))),
  ];
}

function basis(report: ReplayReport, view: ReplayView): Line[] {
  const { jobs, zones, capacity, foresight, rows } = report;
  const { columns, timeZone } = view;
  const dates = [jobs.first, jobs.last].map((at) => formatLocal(at, timeZone, 'date'));
  const pausable =
    jobs.pausable === jobs.count
      ? 'all may pause'
      : jobs.pausable === 0
        ? 'none may pause'
        : `${writeNumber(jobs.pausable, 0)} may pause`;
  const used = [
    `${writeNumber(jobs.cpuHours, 0)} CPU h`,
    ...(jobs.gpuHours > 0 ? [`${writeNumber(jobs.gpuHours, 0)} GPU h`] : []),
  ];
  const [home] = zones;
  const gas = commonGas(zones.map(({ signal }) => signal));
  const best = rows.find(({ policy }) => policy === 'gridtide');
  const now = rows.find(({ policy }) => policy === 'run-now');
  const possible = best === undefined || now === undefined ? 0 : 100 * (1 - best.boundG / now.emissionsG);
  const held = capacity === undefined ? 'no limit' : capacityWords(capacity.cpus, capacity.gpus);
  return [
    ...keyed('jobs', [plain(`${dates.join(' … ')}, ${used.join(', ')}; ${pausable}`)], columns),
    ...keyed(
      'may end',
      [
        plain(
          view.slack.endsWith('x')
            ? `within ${view.slack} their length`
            : `${view.slack} later, or by their own deadline`,
        ),
      ],
      columns,
    ),
    ...keyed('capacity', [plain(held)], columns),
    ...(home === undefined
      ? []
      : keyed(
          'grid',
          [plain(`${home.source}; ${signalWords(home.signal)}${gas === '' ? '' : '; grams are of '}${gas}`)],
          columns,
        )),
    ...keyed('foresight', [plain(foresight.about)], columns),
    ...keyed(
      'at best',
      [plain(`${writeChange(possible)} as asked, with the grid known in advance and no limit`)],
      columns,
    ),
    ...keyed('power', [plain(view.power)], columns),
  ];
}

function capacityWords(cpus: number, gpus: number): string {
  const parts = [
    ...(Number.isFinite(cpus) ? [`${writeNumber(cpus, 0)} CPUs`] : []),
    ...(Number.isFinite(gpus) ? [`${writeNumber(gpus, 0)} GPUs`] : []),
  ];
  return `${parts.join(' and ')} at once; run-now knows no limit`;
}
