/**
 * The grid of a zone for eyes: how clean it is now, when it is cleanest next, what each source said.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import { writeBareIntensity, writeDuration, writeIntensity } from '../../figures.ts';
import type { GridAnswer, Series } from '../../grid/index.ts';
import { HOUR, type Instant, instant } from '../../units.ts';
import { frameFor, layRows, type Row } from './rows.ts';
import { bold, dim, EMPTY, type Line, plain, toned } from './style.ts';
import { axisLine, columnsOf, meanOver, stripOf, timelineOver, trimmedTo } from './timeline.ts';
import { GLYPHS, keyed, localised, momentWords, provenanceMark, signalWords, wrapLine } from './words.ts';

export interface GridView {
  /** How the zone was found, for people: `--zone`, `time zone Europe/Berlin`. */
  readonly zoneFrom: string;
  /** `Germany`; empty when it is not known. */
  readonly place: string;
  readonly columns: number;
  readonly timeZone: string;
  readonly now: Instant;
}

/** The strip shows so much before and after now. */
const BEFORE_HOURS = 6;
const AHEAD_HOURS = 48;

export function drawGrid(answer: GridAnswer, view: GridView): Line[] {
  const { series } = answer;
  return [
    ...wrapLine([bold(sentenceOf(answer, view))], view.columns),
    ...(series === undefined || answer.use === 'none' ? [] : [EMPTY, ...stripRows(answer, series, view)]),
    EMPTY,
    ...facts(answer, view),
  ];
}

/** Mean over the hour from `at`. */
const hourAt = (series: Series, at: number): number =>
  meanOver(
    series.axis,
    series.intensityG,
    at,
    Math.max(at + 1, Math.min(at + HOUR, series.axis.start + series.axis.step * series.axis.length)),
  );

/** Cleanest and dirtiest hour among those that begin in the next 24 h, on slot starts; ties go to the earlier. */
function extremes(series: Series, now: Instant): { readonly low: Instant; readonly high: Instant } | undefined {
  const { axis } = series;
  const first = Math.max(0, Math.ceil((now - axis.start) / axis.step));
  let low: { at: number; value: number } | undefined;
  let high: { at: number; value: number } | undefined;
  for (let slot = first; slot < axis.length; slot += 1) {
    const at = axis.start + slot * axis.step;
    if (at > now + 24 * HOUR) break;
    const value = hourAt(series, at);
    if (Number.isNaN(value)) continue;
    if (low === undefined || value < low.value) low = { at, value };
    if (high === undefined || value > high.value) high = { at, value };
  }
  return low === undefined || high === undefined ? undefined : { low: instant(low.at), high: instant(high.at) };
}

function sentenceOf(answer: GridAnswer, view: GridView): string {
  const { series } = answer;
  const name = view.place.includes(answer.zone) ? view.place : `${view.place} (${answer.zone})`.trim();
  if (series === undefined || answer.use === 'none') return `Nothing is known of the grid in ${name}: work runs now.`;
  const ends = extremes(series, view.now);
  const when = (at: Instant): string => momentWords(at, view.timeZone, view.now);
  if (answer.use === 'shape') {
    const usual = ends === undefined ? '' : ` It is usually cleanest ${when(ends.low)}.`;
    return `Only the shape of the day is known in ${name}.${usual}`;
  }
  const now = meanOver(series.axis, series.intensityG, view.now, view.now + 1);
  const level = Number.isNaN(now) ? `No value for now in ${name}` : `${name} is at ${writeIntensity(now)} now`;
  if (ends === undefined) return `${level}; nothing is known of the hours to come.`;
  const low = hourAt(series, ends.low);
  const high = hourAt(series, ends.high);
  if (high - low <= high * 0.02) return `${level} and stays there.`;
  return `${level}; cleanest ${when(ends.low)} with ${writeBareIntensity(low)}, dirtiest ${when(ends.high)} with ${writeBareIntensity(high)}.`;
}

function stripRows(answer: GridAnswer, series: Series, view: GridView): Line[] {
  const { axis } = series;
  const seriesEnd = axis.start + axis.step * axis.length;
  const start = instant(Math.max(axis.start, view.now - BEFORE_HOURS * HOUR));
  const end = instant(Math.max(view.now, Math.min(seriesEnd, view.now + AHEAD_HOURS * HOUR)));
  const mark = provenanceMark(qualityNow(series, view.now));
  const rowWith = (columns: number): Row[] => {
    const timeline = trimmedTo(timelineOver(start, end, columns), view.now, end);
    const values = columnsOf(timeline, series);
    const known = values.filter((value) => !Number.isNaN(value));
    const range =
      answer.use === 'shape' || known.length === 0
        ? 'shape only'
        : `${writeBareIntensity(Math.min(...known))} … ${writeBareIntensity(Math.max(...known))} g/kWh`;
    return [
      { label: EMPTY, cells: axisLine(timeline, view.timeZone, view.now), end: EMPTY },
      {
        label: [bold(answer.zone)],
        cells: stripOf(values, answer.use === 'level'),
        end: [dim(`${range}${mark === undefined ? '' : ` ${mark}`}`)],
      },
    ];
  };
  const draft = rowWith(400);
  const frame = frameFor(
    view.columns,
    draft.map(({ label }) => label),
    draft.map(({ end: figures }) => figures),
  );
  return layRows(rowWith(frame.field), frame, view.columns);
}

const qualityNow = (series: Series, now: Instant): Series['quality'][number] | undefined =>
  series.quality[
    Math.max(0, Math.min(series.axis.length - 1, Math.floor((now - series.axis.start) / series.axis.step)))
  ];

function facts(answer: GridAnswer, view: GridView): Line[] {
  const { columns } = view;
  const { series } = answer;
  const lines = keyed('zone', [plain(`${answer.zone}, from ${view.zoneFrom}`)], columns);
  if (series !== undefined) {
    const { provenance, signal } = series;
    const mark = provenanceMark(qualityNow(series, view.now));
    lines.push(...keyed('signal', [plain(signalWords(signal))], columns));
    lines.push(
      ...keyed(
        'source',
        [
          plain(
            `${provenance.provider}, ${formatNear(provenance.issuedAt, view.timeZone, view.now)}${mark === undefined ? '' : `, ${mark}`}`,
          ),
          dim(`  ${provenance.licence}`),
        ],
        columns,
      ),
    );
  }
  if (answer.age !== undefined)
    lines.push(...keyed('age', [toned('stale', `${writeDuration(answer.age)} old`)], columns));
  answer.links.forEach(({ provider, outcome, reason }, index) => {
    const glyph =
      outcome === 'ok'
        ? plain(`${GLYPHS.done} `)
        : outcome === 'failed'
          ? toned('flare', `${GLYPHS.failed} `)
          : dim('– ');
    lines.push(
      ...keyed(
        index === 0 ? 'asked' : '',
        [glyph, bold(provider), plain(`  ${localised(reason === '' ? outcome : reason, view.timeZone, view.now)}`)],
        columns,
      ),
    );
  });
  for (const label of series?.labels ?? []) lines.push(...keyed('', [plain(label)], columns));
  for (const warning of answer.warnings)
    lines.push(...keyed('', [toned('stale', localised(warning, view.timeZone, view.now))], columns));
  return lines;
}
