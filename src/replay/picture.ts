/**
 * A replay as one picture (SVG) for those who decide: emissions by policy, what patience buys, and a week of hours. Ink is
 * work, colour is the grid, a dashed outline is what did not happen.
 *
 * @module
 */
import { formatLocal } from '../calendar.ts';
import { writeBareIntensity, writeChange, writeDuration, writeGrams, writeNumber, writePower } from '../figures.ts';
import { HOUR, instant } from '../units.ts';
import type { ReplayReport, Row } from './report.ts';
import { attributes, element, INTENSITY_CLASSES, line, type Markup, rectangle, STYLE, text, written } from './svg.ts';

export interface PictureView {
  /** Where: `Germany`. */
  readonly title: string;
  readonly timeZone: string;
  /** What jobs draw, in words. */
  readonly power: string;
  /** What must be known of the figures. */
  readonly notes: readonly string[];
}

const WIDTH = 1120;
const MARGIN = 40;
const INNER = WIDTH - 2 * MARGIN;
const GAP = '\u202f';
const LEFT = 560;
/** Pixels of the sentence, and how many characters of them fit a line in a wide font. */
const LARGEST = 29;
const ONE_LINE = 64;
/** Pixels from a line of the footer to the next, and of a character in a wide font. */
const CAVEAT = 16;
const CHARACTER = 6;

/** The picture, whole: its own styles for light and dark, no script, no font to be fetched. */
export function drawPicture(report: ReplayReport, view: PictureView): string {
  const rows = policyRows(report);
  const rowsHeight = 34 * rows.length;
  const upper = 176;
  const lower = upper + Math.max(rowsHeight, report.patience.length > 0 ? 190 : 0) + 52;
  const caveats = caveatsOf(view);
  const height = lower + 306 + CAVEAT * caveats.length;
  const body = [
    ...heading(report, view),
    ...section(
      MARGIN,
      upper - 34,
      LEFT - MARGIN - 40,
      'Emissions by policy',
      `${gasOf(report)}and how much later jobs end`,
    ),
    ...policies(rows, report, upper),
    ...(report.patience.length > 0 ? patience(report, upper) : []),
    ...section(MARGIN, lower - 34, INNER, weekTitle(report, view), 'power by the hour over the intensity of the grid'),
    ...week(report, view, lower),
    ...footer(report, caveats, height),
  ];
  const label = sentence(report, view).join(' ');
  return `<svg${attributes({ xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: 'img', 'aria-label': label })}>
<style>${STYLE}</style>
${rectangle({ x: 0, y: 0, width: WIDTH, height, class: 'paper' })}
${body.join('\n')}
</svg>
`;
}

const gasOf = ({ zones }: ReplayReport): string => {
  const gas = zones[0]?.signal.gas ?? 'unknown';
  return gas === 'unknown' ? '' : `${gas}, `;
};

const find = ({ rows }: ReplayReport, policy: string): Row | undefined => rows.find((row) => row.policy === policy);

interface Baseline {
  readonly row: Row;
  readonly words: string;
  savingOf(row: Row): number | null;
}

/** What the verdict compares with. */
function baselineOf(report: ReplayReport): Baseline | undefined {
  const row = find(report, report.comparedWith);
  if (row === undefined) return undefined;
  return report.comparedWith === 'fifo'
    ? { row, words: 'first come, first served', savingOf: (one) => one.savingAgainstFifoPercent }
    : { row, words: 'running at once', savingOf: (one) => one.savingPercent };
}

/** Two lines: the verdict, and what it costs in time. */
function sentence(report: ReplayReport, { title }: PictureView): [string, string] {
  const [ours, baseline] = [find(report, 'gridtide'), baselineOf(report)];
  if (ours === undefined || baseline === undefined) return ['Nothing was replayed.', ''];
  const grams = (value: number): string => writeGrams(value, { gap: GAP });
  const late = ours.misses === 0 ? 'None is late' : `${writeNumber(ours.misses, 0, GAP)} are late`;
  const count = `${writeNumber(report.jobs.count, 0, GAP)} jobs`;
  return [
    `${count} in ${title} would have emitted ${grams(ours.emissionsG)} instead of ${grams(baseline.row.emissionsG)}.`,
    `${late}; they end ${delayWords(ours.meanDelayH)} later on average.`,
  ];
}

const delayWords = (hours: number): string => (hours < 0.01 ? '0' : writeDuration(hours * HOUR, { gap: GAP }));

function heading(report: ReplayReport, view: PictureView): Markup[] {
  const [first, second] = sentence(report, view);
  const size = Math.min(LARGEST, Math.floor((LARGEST * ONE_LINE) / Math.max(first.length, second.length)));
  const ours = find(report, 'gridtide');
  const baseline = baselineOf(report);
  const saving = ours === undefined ? null : (baseline?.savingOf(ours) ?? null);
  const dates = [report.jobs.first, report.jobs.last].map((at) => formatLocal(at, view.timeZone, 'date')).join(' … ');
  const facts = [
    ...(saving === null ? [] : [`${writeChange(saving, { gap: GAP })} against ${baseline?.words ?? ''}`]),
    dates,
    report.foresight.perfect ? 'as if the grid had been known in advance' : 'with the forecasts of the time',
    report.zones[0]?.quality === 'synthetic' ? 'synthetic grid' : 'recorded grid',
  ];
  return [
    ...[first, second].map(
      (words, i) =>
        `<text${attributes({ x: MARGIN, y: 58 + 34 * i, class: 'say', style: `font-size:${size}px` })}>${element(words)}</text>`,
    ),
    text(MARGIN, 120, facts.join('  ·  '), 'sub'),
  ];
}

const section = (x: number, y: number, width: number, title: string, rest: string): Markup[] => [
  line({ x1: x, x2: x + width, y1: y, y2: y, class: 'rule' }),
  `<text${attributes({ x, y: y + 19, class: 'head' })}><tspan class="b">${element(title)}</tspan><tspan dx="8">${written(rest)}</tspan></text>`,
];

/** run-now and Gridtide always; first come, first served only where a capacity makes it something else. */
const policyRows = (report: ReplayReport): readonly Row[] =>
  report.rows.filter(({ policy }) => policy !== 'fifo' || report.capacity !== undefined);

function policies(rows: readonly Row[], report: ReplayReport, top: number): Markup[] {
  const most = Math.max(...rows.map(({ emissionsG }) => emissionsG), 1e-9);
  const [from, width] = [MARGIN + 146, 134];
  const bound = find(report, 'gridtide')?.boundG ?? 0;
  const baseline = baselineOf(report);
  return rows.flatMap((row, i) => {
    const y = top + i * 34;
    const isOurs = row.policy === 'gridtide';
    const length = (width * row.emissionsG) / most;
    const did = row.policy === 'run-now' || row.policy === 'fifo';
    return [
      text(MARGIN, y + 15, nameOf(row), isOurs ? 'k' : 'k2'),
      rectangle({
        x: from,
        y: y + 3,
        width: Math.max(1, length),
        height: 17,
        class: did ? 'other' : isOurs ? 'work' : 'work part',
      }),
      ...(isOurs && bound > 0 && report.capacity === undefined
        ? [
            line({
              x1: from + (width * bound) / most,
              x2: from + (width * bound) / most,
              y1: y - 1,
              y2: y + 24,
              class: 'bound',
            }),
          ]
        : []),
      text(from + width + 12, y + 15, writeGrams(row.emissionsG, { gap: GAP, like: most }), isOurs ? 'k' : 'k2'),
      text(from + width + 74, y + 15, changeOf(row, baseline), isOurs ? 'k' : 'k2'),
      text(LEFT - 40, y + 15, lateness(row), row.misses > 0 ? 'flare end' : 'end'),
    ];
  });
}

function changeOf(row: Row, baseline: Baseline | undefined): string {
  const percent = baseline?.savingOf(row) ?? null;
  return percent === null || row === baseline?.row ? '' : writeChange(percent, { gap: GAP });
}

const nameOf = ({ policy }: Row): string =>
  ({ 'run-now': 'run at once', fifo: 'first come, first served', gridtide: 'Gridtide' })[policy] ??
  policy.replace('gridtide, ', '· ');

const lateness = ({ meanDelayH, misses }: Row): string =>
  misses > 0 ? `${writeNumber(misses, 0, GAP)} late` : meanDelayH < 0.01 ? '' : `+${delayWords(meanDelayH)}`;

/** Grams against mean delay: what more patience would buy. */
function patience(report: ReplayReport, top: number): Markup[] {
  const base = baselineOf(report)?.row;
  const start = { slackTimes: 0, meanDelayH: base?.meanDelayH ?? 0, emissionsG: base?.emissionsG ?? 0 };
  const points = [start, ...report.patience].sort((a, b) => a.meanDelayH - b.meanDelayH);
  const most = Math.max(...points.map(({ emissionsG }) => emissionsG));
  const longest = Math.max(...points.map(({ meanDelayH }) => meanDelayH), 1);
  const [left, width, height] = [LEFT + 72, WIDTH - MARGIN - LEFT - 96, 132];
  const x = (hours: number): number => left + (width * hours) / longest;
  const y = (grams: number): number => top + 14 + height * (1 - grams / most);
  const path = points.map(
    (point, i) => `${i === 0 ? 'M' : 'L'}${x(point.meanDelayH).toFixed(1)} ${y(point.emissionsG).toFixed(1)}`,
  );
  const bottom = y(0);
  const labelled = apart(points, x);
  return [
    ...section(LEFT, top - 34, WIDTH - MARGIN - LEFT, 'What patience buys', 'emissions against mean delay, by slack'),
    ...[0, 0.5, 1].flatMap((share) => [
      line({ x1: left, x2: left + width, y1: y(share * most), y2: y(share * most), class: 'grid' }),
      text(
        left - 10,
        y(share * most) + 4,
        share === 0 ? '0' : writeGrams(share * most, { gap: GAP, like: most }),
        'end',
      ),
    ]),
    `<path${attributes({ d: path.join(''), class: 'curve' })}/>`,
    ...points.flatMap((point) => {
      const [px, py, isAsked] = [x(point.meanDelayH), y(point.emissionsG), point.slackTimes === 1];
      const dot = `<circle${attributes({ cx: px, cy: py, r: isAsked ? 5 : 3.5, class: isAsked ? 'work' : 'dot' })}/>`;
      if (!labelled.includes(point)) return [dot];
      const kind = isAsked ? 'k mid' : 'mid';
      return [
        dot,
        text(px, py - 11, writeChange(100 * (1 - point.emissionsG / start.emissionsG), { gap: GAP }), kind),
        text(px, bottom + 17, delayWords(point.meanDelayH), 'mid'),
        text(px, bottom + 33, slackWords(point.slackTimes), kind),
      ];
    }),
    text(left, bottom + 17, '0', 'mid'),
  ];
}

/** Points whose words do not stand in each other's way; the one that was asked first. */
function apart<T extends { readonly slackTimes: number; readonly meanDelayH: number }>(
  points: readonly T[],
  x: (hours: number) => number,
): readonly T[] {
  const taken = [x(0)];
  return points
    .toSorted((a, b) => Number(b.slackTimes === 1) - Number(a.slackTimes === 1))
    .filter(({ slackTimes, meanDelayH }) => {
      const at = x(meanDelayH);
      if (slackTimes === 0 || taken.some((other) => Math.abs(other - at) < 48)) return false;
      taken.push(at);
      return true;
    });
}

const slackWords = (times: number): string =>
  times === 1 ? 'as asked' : `× ${times === 0.25 ? '¼' : times === 0.5 ? '½' : times}`;

function weekTitle({ week }: ReplayReport, { timeZone }: PictureView): string {
  const date = formatLocal(week.start, timeZone, 'date');
  if (week.intensityG.length * week.stepH < 168) return `From ${date} on`;
  return `The week from ${date}${week.of > 1 ? ', one like the others' : ''}`;
}

/** The loads above, the grid below, on one axis of hours. */
function week(
  { week: { stepH, start, ...shown }, zones }: ReplayReport,
  { timeZone }: PictureView,
  top: number,
): Markup[] {
  const [intensityG, runNowKw, gridtideKw] = [shown.intensityG, shown.runNowKw, shown.gridtideKw].map((values) =>
    byHour(values, stepH),
  );
  if (intensityG === undefined || runNowKw === undefined || gridtideKw === undefined) return [];
  const hours = intensityG.length;
  const [left, width, height] = [MARGIN + 100, INNER - 100, 176];
  const x = (hour: number): number => left + (width * hour) / hours;
  const most = Math.max(...runNowKw, ...gridtideKw, 1e-9);
  const base = top + 20 + height;
  const y = (kw: number): number => base - (height * kw) / most;
  const steps = (values: Float64Array): string =>
    Array.from(
      values,
      (kw, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(kw).toFixed(1)}H${x(i + 1).toFixed(1)}`,
    ).join('');
  const strip = Array.from(intensityG, (value, hour) =>
    rectangle({ x: x(hour), y: base + 8, width: x(1) - x(0) + 0.4, height: 26, class: classOf(value) }),
  );
  const days = Array.from({ length: Math.ceil(hours / 24) }, (_, day) => {
    const at = x(day * 24);
    return [
      line({ x1: at, x2: at, y1: top + 16, y2: base + 34, class: 'grid' }),
      text(at + 5, base + 52, formatLocal(instant(start + day * 24 * HOUR), timeZone, 'weekday-time'), ''),
    ];
  }).flat();
  const area = `${steps(gridtideKw)}V${base.toFixed(1)}H${left}Z`;
  const [least, greatest] = [Math.min(...intensityG), Math.max(...intensityG)];
  return [
    ...[0.5, 1].flatMap((share) => [
      line({ x1: left, x2: left + width, y1: y(share * most), y2: y(share * most), class: 'grid' }),
      text(left - 10, y(share * most) + 4, writePower(share * most * 1_000, { gap: GAP }), 'end'),
    ]),
    ...days,
    `<path${attributes({ d: area, class: 'load' })}/>`,
    `<path${attributes({ d: steps(runNowKw), class: 'counter' })}/>`,
    line({ x1: left, x2: left + width, y1: base, y2: base, class: 'rule2' }),
    ...strip,
    text(left - 10, base + 20, (zones[0]?.zone ?? '').slice(0, 14), 'k2 end'),
    text(left - 10, base + 34, `${writeBareIntensity(least)}–${writeBareIntensity(greatest)}${GAP}g/kWh`, 'end small'),
    rectangle({ x: left + 4, y: top - 2, width: 22, height: 10, class: 'work' }),
    text(left + 32, top + 8, 'Gridtide', 'k'),
    line({ x1: left + 104, x2: left + 126, y1: top + 3, y2: top + 3, class: 'counter' }),
    text(left + 132, top + 8, 'run at once', 'k2'),
    ...legend(WIDTH - MARGIN - 300, top - 3),
  ];
}

/** Means of hours, which is as fine as a week can be seen. */
function byHour(values: Float64Array, stepH: number): Float64Array {
  const slots = Math.max(1, Math.round(1 / stepH));
  return Float64Array.from({ length: Math.ceil(values.length / slots) }, (_, hour) => {
    const part = values.subarray(hour * slots, (hour + 1) * slots);
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}

const classOf = (intensityG: number): string => `i${INTENSITY_CLASSES.filter((edge) => intensityG >= edge).length}`;

const legend = (x: number, y: number): Markup[] => [
  ...Array.from({ length: 10 }, (_, i) => rectangle({ x: x + i * 30, y, width: 30.3, height: 8, class: `i${i}` })),
  ...INTENSITY_CLASSES.map((edge, i) => text(x + (i + 1) * 30, y + 20, String(edge), 'mid small')),
];

/** What a reader must know who sees nothing but the picture, in lines. */
const caveatsOf = ({ power, notes }: PictureView): string[] =>
  [`power: ${power}`, ...notes].flatMap((words) => linesOf(words, INNER / CHARACTER));

/** Words in lines of so many characters; a longer word has a line of its own. */
function linesOf(words: string, most: number): string[] {
  const lines = [''];
  for (const word of words.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

function footer(report: ReplayReport, caveats: readonly string[], height: number): Markup[] {
  const [zone] = report.zones;
  const signal =
    zone === undefined
      ? ''
      : [zone.signal.kind, zone.signal.basis, zone.signal.scope, zone.signal.gas]
          .filter((part) => part !== 'unknown')
          .join(', ');
  const words = [
    `g/kWh${signal === '' ? ', kind of signal unknown' : `: ${signal}`}`,
    zone?.source.split('/').at(-1) ?? '',
    report.capacity === undefined ? 'a thin line on a bar: no schedule could emit less' : '',
    'gridtide replay',
  ];
  const top = height - 40 - CAVEAT * caveats.length;
  return [
    line({ x1: MARGIN, x2: WIDTH - MARGIN, y1: top, y2: top, class: 'grid' }),
    ...[words.filter((part) => part !== '').join('  ·  '), ...caveats].map((one, i) =>
      text(MARGIN, top + 20 + CAVEAT * i, one, 'small'),
    ),
  ];
}
