/**
 * A receipt for eyes: one column of 58 as on paper, and beside it, where the terminal is wide, what happened and the
 * rows from which the grams can be recomputed. Only figures that exist are shown, and what is missing is said.
 *
 * @module
 */
import { formatLocal } from '../../calendar.ts';
import {
  MINUS,
  writeBareChange,
  writeChange,
  writeDuration,
  writeEnergy,
  writeGramRange,
  writeGrams,
  writeNumber,
  writeRelativeWidth,
  writeRoughDuration,
  writeShare,
} from '../../figures.ts';
import type { Receipt, ReceiptRow, ReceiptStep } from '../../report/index.ts';
import { type Instant, instant } from '../../units.ts';
import { intensityTone } from './ramp.ts';
import { eventLine } from './run.ts';
import { bold, cutLine, dim, EMPTY, type Line, padLine, plain, type Span, spread, toned } from './style.ts';
import { stripOf } from './timeline.ts';
import { displayWidth, pad } from './width.ts';
import { commonGas, GLYPHS, paragraph, provenanceMark, signalWords, stacked, wrapLine } from './words.ts';

export interface ReceiptView {
  readonly columns: number;
  readonly timeZone: string;
  /** Shows events and recomputation rows at any width, and all rows. */
  readonly all?: boolean;
}

const PAPER = 58;
/** Where the second column begins. */
const SECOND = 72;
const SECOND_FROM = 120;
const SOME_ROWS = 5;
const SOME_EVENTS = 16;

/** Draws a receipt in lines no wider than `columns`. */
export function drawReceipt(receipt: Receipt, view: ReceiptView): Line[] {
  const paper = Math.min(PAPER, view.columns);
  const first = stacked(...paperBlocks(receipt, paper, view));
  if (view.columns >= SECOND_FROM) {
    const second = stacked(...detailBlocks(receipt, view.columns - SECOND, view));
    return Array.from({ length: Math.max(first.length, second.length) }, (_, i): Line => {
      const right = second[i] ?? EMPTY;
      return right.length === 0 ? (first[i] ?? EMPTY) : [...padLine(first[i] ?? EMPTY, SECOND), ...right];
    }).map((line) => cutLine(line, view.columns));
  }
  if (view.all !== true) return first;
  const details = stacked(...detailBlocks(receipt, view.columns - 2, view));
  return stacked(
    first,
    details.map((line): Line => (line.length === 0 ? EMPTY : [plain('  '), ...line])),
  ).map((line) => cutLine(line, view.columns));
}

function paperBlocks(receipt: Receipt, width: number, view: ReceiptView): Line[][] {
  return [
    headLines(receipt, width, view.timeZone),
    stripLines(receipt, width),
    energyLines(receipt, width, view),
    emissionLines(receipt, width),
    savingLines(receipt, width, view),
    footLines(receipt, width),
  ];
}

/** `  location-based, replayed ······ 5781 gCO2e`. A pair that is too long for one line takes two. */
function leader(
  label: string,
  value: string,
  width: number,
  style: (text: string) => Span = plain,
  mark: string = '',
): Line[] {
  const dots = width - 4 - displayWidth(label + mark) - displayWidth(value);
  if (dots >= 2) return [[plain('  '), style(label), dim(`${mark} ${'·'.repeat(dots)} `), style(value)]];
  return [
    ...wrapLine([style(label), dim(mark)], width - 2).map((line): Line => [plain('  '), ...line]),
    ...wrapLine([style(value)], width - 2).map((line): Line => spread([], line, width)),
  ];
}

/** `Thu 29 Sep 18:00`. */
function longMoment(at: Instant, timeZone: string): string {
  const date = formatLocal(at, timeZone, 'date');
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
    Number(date.slice(5, 7)) - 1
  ];
  return `${formatLocal(at, timeZone, 'weekday')} ${Number(date.slice(8))} ${month ?? ''} ${formatLocal(at, timeZone, 'time')}`;
}

function headLines(receipt: Receipt, width: number, timeZone: string): Line[] {
  const names = receipt.steps.map(({ step }) => step);
  const steps = names.length > 3 ? `${names.length} steps` : names.join(', ');
  const places = [...new Set(receipt.steps.map(({ site, zone }) => (site === '' ? zone : `${site}, ${zone}`)))];
  const sameDay = formatLocal(receipt.start, timeZone, 'date') === formatLocal(receipt.end, timeZone, 'date');
  const end = sameDay ? formatLocal(receipt.end, timeZone, 'time') : longMoment(receipt.end, timeZone);
  const place = timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? timeZone;
  const marks = marksOf(receipt);
  const scaled =
    receipt.speed === 1 ? [] : [`${writeNumber(receipt.speed, 0)}× speed: hours are the clock's, joules are real`];
  const warning = [...marks.map((mark) => `${mark} grid`), ...scaled].join('; ');
  const trouble = receipt.outcome === 'done' ? [] : receipt.steps.filter(({ outcome }) => outcome !== 'done');
  return [
    spread([bold('  gridtide')], [dim(`receipt ${receipt.id}`)], width),
    ...wrapLine([bold(`${receipt.workflow} / ${steps}`)], width - 2).map((line): Line => [plain('  '), ...line]),
    ...paragraph(places.join('; '), width, 2, dim),
    ...paragraph(`${longMoment(receipt.start, timeZone)} to ${end} ${place}`, width, 2, dim),
    ...(warning === '' ? [] : paragraph(warning, width, 2)),
    ...trouble.flatMap((step) => troubleOf(step, receipt, width)),
  ];
}

/** How a step ended that did not end well, and the command that shows why it failed. */
function troubleOf({ step, outcome, exitCode }: ReceiptStep, { workflowRun }: Receipt, width: number): Line[] {
  const ended = outcome === 'not-started' ? 'was not started' : outcome;
  const code = exitCode === null || exitCode === 0 ? '' : `, exit code ${exitCode}`;
  return [
    ...paragraph(`${GLYPHS.failed} ${step} ${ended}${code}`, width, 2, (text) => toned('flare', text)),
    ...(outcome === 'failed' ? paragraph(`why: gridtide logs ${workflowRun} ${step}`, width, 4) : []),
  ];
}

const marksOf = (receipt: Receipt): string[] => [
  ...new Set(Object.values(receipt.signals).flatMap(({ quality }) => provenanceMark(quality) ?? [])),
];

/** `, synthetic`: stands in every line with grams of a grid that nobody measured here and now. */
const gridMark = (receipt: Receipt): string =>
  marksOf(receipt)
    .map((mark) => `, ${mark}`)
    .join('');

/** The grid over the run and, under it, when anything ran; each column is the mean of its stretch of slots. */
function stripLines(receipt: Receipt, width: number): Line[] {
  const { strip } = receipt;
  if (strip.length === 0) return [];
  const columns = width - 2;
  const values: number[] = [];
  const ran: boolean[] = [];
  for (let column = 0; column < columns; column += 1) {
    const from = Math.floor((column * strip.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * strip.length) / columns));
    const slots = strip.slice(from, to);
    const known = slots.flatMap(({ intensityG }) => intensityG ?? []);
    values.push(known.length === 0 ? Number.NaN : known.reduce((a, b) => a + b, 0) / known.length);
    ran.push(slots.some((slot) => slot.ran));
  }
  return [
    [plain('  '), ...stripOf(values)],
    [plain('  '), ...ran.map((on) => (on ? bold('█') : dim('─')))],
  ];
}

function energyLines(receipt: Receipt, width: number, view: ReceiptView): Line[] {
  const { energy, steps } = receipt;
  const sum = (of: (step: Receipt['steps'][number]) => number): number =>
    steps.reduce((total, step) => total + of(step), 0);
  const pauses = sum((step) => step.pauses);
  const paused = sum((step) => step.paused);
  const again = sum((step) => Math.max(0, step.attempts - 1));
  const ranWords = `ran ${writeDuration(sum((step) => step.ran))}${paused > 0 ? `, paused ${writeDuration(paused)}` : ''}`;
  const turns = `${pauses === 0 ? 'no pause' : pauses === 1 ? '1 pause' : `${pauses} pauses`}${again === 0 ? '' : `, ${again} started again`}`;
  const how = energy.tiers.some((tier) => tier === 'D' || tier === 'E') ? 'estimated' : 'measured';
  const tiers = energy.tiers.length === 0 ? '' : ` (tier ${energy.tiers.join(', ')})`;
  const lines = [...leader(ranWords, turns, width)];
  if (receipt.emissions.location === null && energy.it.expected === 0) {
    lines.push(...leader('energy', 'nothing was measured', width, (text) => toned('flare', text)));
  } else {
    const unit = energy.it.expected;
    const write = ({ expected, low, high }: typeof energy.it): string =>
      `${writeEnergy(expected, { like: unit })} ${writeRelativeWidth(low, high, expected)}`.trimEnd();
    lines.push(...leader(`energy, ${how}${tiers}`, write(energy.it), width));
    lines.push(...leader(`overhead, PUE ${energy.pue.toFixed(2)}`, write(energy.overhead), width));
  }
  return [...lines, ...missingLines(receipt, width, view)];
}

/** Missing is said, never counted as zero. */
function missingLines(receipt: Receipt, width: number, view: ReceiptView): Line[] {
  const { missing, coveragePercent } = receipt.energy;
  const flare = (text: string): Span => toned('flare', text);
  const stretches = missing
    .slice(0, 3)
    .flatMap(({ step, start, end, why }) =>
      paragraph(
        `${GLYPHS.atRisk} no energy of ${step} from ${formatLocal(start, view.timeZone, 'time')} to ${formatLocal(end, view.timeZone, 'time')}: ${why}`,
        width,
        2,
        flare,
      ),
    );
  const more =
    missing.length > 3 ? paragraph(`… ${missing.length - 3} more stretches without a reading`, width, 2, flare) : [];
  const covered =
    coveragePercent < 99.95
      ? leader('running time measured', writeShare(Math.floor(coveragePercent * 10) / 10), width, flare)
      : [];
  return [...covered, ...stretches, ...more];
}

function emissionLines(receipt: Receipt, width: number): Line[] {
  const { location } = receipt.emissions;
  if (location === null) {
    // A marginal intensity, or none at all: energy that is known with emissions that are not.
    const why = receipt.energy.it.expected > 0 ? 'no average intensity is known' : 'no energy was measured';
    return leader('location-based', `not known: ${why}`, width, (text) => toned('flare', text, 'bold'));
  }
  const gas = commonGas(Object.values(receipt.signals));
  const { expected, low, high } = location;
  const mark = gridMark(receipt);
  const range = writeGramRange(low, high, expected, { whole: true });
  return [
    ...leader('location-based', writeGrams(expected, { gas, whole: true }), width, bold, mark),
    ...(high > low ? leader('p10 … p90', range, width, plain, mark) : []),
    ...(receipt.perUnit === null
      ? []
      : leader(`per ${receipt.perUnit.name}`, writeGrams(receipt.perUnit.grams, { gas }), width, plain, mark)),
  ];
}

function savingLines(receipt: Receipt, width: number, view: ReceiptView): Line[] {
  const { baseline, saving, savingWithheld } = receipt;
  const gas = commonGas(Object.values(receipt.signals));
  const mark = gridMark(receipt);
  const written = formatLocal(baseline.writtenAt, view.timeZone, 'time');
  // The promise made before the run is in planned energy; only the settled figure may stand beside what was measured.
  const settled =
    baseline.settledG === null
      ? []
      : leader(
          `run-now settled, written ${written}`,
          writeGrams(baseline.settledG, { gas, whole: true }),
          width,
          plain,
          mark,
        );
  if (saving === null) {
    const why = savingWithheld === null ? [] : paragraph(savingWithheld, width, 2, dim);
    return [...settled, ...leader('saved', 'no saving is claimed', width, bold), ...why];
  }
  if (!saving.distinguishable) {
    return [
      ...settled,
      ...leader('saved', '±0, not distinguishable', width, bold, mark),
      ...percentRange(saving.percent, width, mark),
    ];
  }
  const mass = saving.grams.expected;
  const sign = mass >= 0 ? MINUS : '+';
  const text = `${sign}${writeGrams(Math.abs(mass), { whole: true })}, ${writeChange(saving.percent.expected)}`;
  return [...settled, ...leader('saved', text, width, bold, mark), ...percentRange(saving.percent, width, mark)];
}

function percentRange(
  { low, high }: { readonly low: number; readonly high: number },
  width: number,
  mark: string,
): Line[] {
  if (high - low <= 0.05) return [];
  return leader('p10 … p90', `${writeBareChange(low)} … ${writeBareChange(high)} %`, width, plain, mark);
}

function footLines(receipt: Receipt, width: number): Line[] {
  const early = receipt.early;
  const ended =
    early >= 0 ? `${writeRoughDuration(early)} before its deadline` : `${writeRoughDuration(early)} after its deadline`;
  const style = early >= 0 ? plain : (text: string): Span => toned('flare', text);
  const signals = Object.entries(receipt.signals).flatMap(([zone, signal]) => {
    const mark = provenanceMark(signal.quality);
    return paragraph(`${zone}: ${signalWords(signal)}; ${mark ?? signal.quality}`, width, 2, dim);
  });
  const chain = receipt.chain.match(/.{1,4}/g)?.join('·') ?? receipt.chain;
  return [
    ...leader(receipt.outcome === 'done' ? 'done' : `ended, ${receipt.outcome}`, ended, width, style),
    ...receipt.notes.flatMap((note) => paragraph(note, width, 2)),
    EMPTY,
    ...signals,
    ...paragraph(`gridtide verify ${receipt.workflowRun}   chain ${chain}`, width, 2, dim),
  ];
}

/** What happened, the rows of the recomputation, and where their numbers come from. */
function detailBlocks(receipt: Receipt, width: number, view: ReceiptView): Line[][] {
  const events = view.all === true ? receipt.events : receipt.events.slice(0, SOME_EVENTS);
  const happened = events.flatMap((event) => {
    const line = eventLine(event, receipt.start, view.timeZone).map((span, i) =>
      i === 0 ? { ...span, text: span.text.trimStart() } : span,
    );
    return [cutLine(line, width)];
  });
  const more = receipt.events.length - events.length;
  const title = receipt.steps.some(({ pauses }) => pauses > 0) ? 'Why it paused' : 'What happened';
  return [
    events.length === 0
      ? []
      : [[bold(title)], EMPTY, ...happened, ...(more > 0 ? [[dim(`… ${more} more events`)]] : [])],
    rowLines(receipt, width, view),
    sourceLines(receipt, width),
  ];
}

function rowLines(receipt: Receipt, width: number, view: ReceiptView): Line[] {
  const { rows } = receipt;
  const { location } = receipt.emissions;
  if (rows.length === 0 || location === null) return [];
  const shown = view.all === true ? rows : rows.slice(0, SOME_ROWS);
  const mostEnergy = Math.max(...rows.map(({ facilityEnergyKWh }) => facilityEnergyKWh));
  const mostGrams = Math.max(...rows.map(({ emissionsG }) => emissionsG));
  const numberOf = (text: string): string => text.slice(0, text.lastIndexOf(' '));
  const unitOf = (text: string): string => text.slice(text.lastIndexOf(' ') + 1);
  const figures = shown.map(({ facilityEnergyKWh, intensityG, emissionsG }) => [
    numberOf(writeEnergy(facilityEnergyKWh, { like: mostEnergy })),
    writeNumber(intensityG, 2),
    numberOf(writeGrams(emissionsG, { like: mostGrams, whole: true })),
  ]);
  const units = [unitOf(writeEnergy(mostEnergy)), 'g/kWh', unitOf(writeGrams(mostGrams, { whole: true }))];
  const widths = units.map((unit, i) => Math.max(...[unit, ...figures.map((row) => row[i] ?? '')].map(displayWidth)));
  const cells = (row: readonly string[]): string[] => widths.map((wide, i) => pad(row[i] ?? '', wide, 'end'));
  const [energyUnit, intensityUnit, massUnit] = cells(units);
  const row = ({ start, end, intensityG, quality }: ReceiptRow, i: number): Line => {
    const [energy, intensity, mass] = cells(figures[i] ?? []);
    const mark = provenanceMark(quality);
    return [
      plain(`${clockUtc(start)}–${clockUtc(end)}   ${energy}  `),
      toned(intensityTone(intensityG), '█'),
      plain(` ${intensity}   ${mass}`),
      ...(mark === undefined ? [] : [dim(`  ${mark}`)]),
    ];
  };
  const left = rows.length - shown.length;
  const mark = gridMark(receipt);
  return [
    [bold(writeGrams(location.expected, { whole: true })), dim(mark === '' ? '' : `${mark},`), bold(' is')],
    EMPTY,
    [dim(`${pad('UTC', 11)}   ${energyUnit}    ${intensityUnit}   ${massUnit}`)],
    ...shown.map((entry, i) => cutLine(row(entry, i), width)),
    ...(left > 0
      ? [cutLine([dim(`… ${rows.length} rows in all: gridtide show ${receipt.workflowRun} --json`)], width)]
      : []),
  ];
}

const clockUtc = (at: Instant): string => formatLocal(instant(at), 'UTC', 'time');

function sourceLines(receipt: Receipt, width: number): Line[] {
  return Object.entries(receipt.signals).flatMap(([zone, { source, licence, sha256, quality }]) => {
    const mark = provenanceMark(quality);
    const hash = sha256 === null ? '' : `sha256 ${sha256.slice(0, 8)}…${sha256.slice(-8)}   `;
    return [
      ...wrapLine([dim(`${zone}  ${source}${mark === undefined || source === mark ? '' : `  ${mark}`}`)], width),
      ...wrapLine([dim(`${hash}${licence}`)], width),
    ];
  });
}
