/**
 * The forecast of a zone for eyes: what came, what a day before had been said of it, what is to come and how sure that is;
 * and what speaks for it.
 *
 * @module
 */
import type { ForecastView as Forecast } from '../../app.ts';
import { writeBareIntensity, writeIntensity, writeNumber, writeShare } from '../../figures.ts';
import { HOUR, type Instant, instant } from '../../units.ts';
import { intensityTone } from './ramp.ts';
import { bold, dim, EMPTY, type Line, padLine, plain, type Span, toned } from './style.ts';
import { axisLine, columnStart, meanOver, type Timeline, timelineOver, trimmedTo } from './timeline.ts';
import { keyed, momentWords, provenanceMark, signalWords, wrapLine } from './words.ts';

export interface ForecastDrawing {
  /** `Germany`; empty when it is not known. */
  readonly place: string;
  /** How the zone was found, for people. */
  readonly zoneFrom: string;
  readonly columns: number;
  readonly timeZone: string;
  readonly now: Instant;
}

/** The chart shows so much before and after now. */
const BEFORE_HOURS = 24;
const AHEAD_HOURS = 96;
const GUTTER = 7;
const ROWS = 9;
const EIGHTHS = ' ▁▂▃▄▅▆▇█';

export function drawForecast(view: Forecast, drawing: ForecastDrawing): Line[] {
  return [
    ...wrapLine([bold(sentenceOf(view, drawing))], drawing.columns),
    EMPTY,
    ...chart(view, drawing),
    EMPTY,
    ...facts(view, drawing),
  ];
}

function sentenceOf({ zone, forecast, history }: Forecast, { place, timeZone, now }: ForecastDrawing): string {
  const name = place.includes(zone) ? place : `${place} (${zone})`.trim();
  const last = history.intensityG.findLast((value) => !Number.isNaN(value));
  const at = (hour: number): string => momentWords(instant(forecast.origin + hour * HOUR), timeZone, now);
  const within = (hour: number): string =>
    Number.isNaN(forecast.lowG[hour])
      ? ''
      : ` (${writeBareIntensity(forecast.lowG[hour] ?? 0)}–${writeBareIntensity(forecast.highG[hour] ?? 0)})`;
  // A publisher that is late is forecast from its last hour on; what is to come begins now.
  const first = Math.floor((now - forecast.origin) / HOUR);
  const today = [...forecast.intensityG.subarray(first, first + 24)];
  const [low, high] = [Math.min(...today), Math.max(...today)];
  const [lowest, highest] = [first + today.indexOf(low), first + today.indexOf(high)];
  return `${name} was last at ${writeIntensity(last ?? Number.NaN)}; of the next 24 h the cleanest begins ${at(lowest)} with ${writeBareIntensity(low)}${within(lowest)}, the dirtiest ${at(highest)} with ${writeBareIntensity(high)}${within(highest)}.`;
}

/** What each column of the chart shows, g/kWh; `NaN` where nothing is known. */
interface Columns {
  readonly came: readonly number[];
  readonly before: readonly number[];
  readonly ahead: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

function columnsFor({ history, dayBefore, forecast }: Forecast, timeline: Timeline): Columns {
  const over = (start: Instant, values: Float64Array, from: number, to: number): readonly number[] =>
    Array.from({ length: timeline.columns }, (_, column) => {
      const left = Math.max(from, columnStart(timeline, column));
      const right = Math.min(to, columnStart(timeline, column + 1));
      return right <= left ? Number.NaN : meanOver({ start, step: HOUR, length: values.length }, values, left, right);
    });
  const { origin } = forecast;
  const end = origin + AHEAD_HOURS * HOUR;
  return {
    came: over(history.start, history.intensityG, 0, origin),
    before: dayBefore === undefined ? [] : over(dayBefore.origin, dayBefore.intensityG, dayBefore.origin, origin),
    ahead: over(origin, forecast.intensityG, origin, end),
    low: over(origin, forecast.lowG, origin, end),
    high: over(origin, forecast.highG, origin, end),
  };
}

/** What came as bars, what had been said of it as dashes on them; what is to come as a line within its band. */
function chart(view: Forecast, { columns, timeZone, now }: ForecastDrawing): Line[] {
  const { origin } = view.forecast;
  const end = instant(origin + AHEAD_HOURS * HOUR);
  const start = instant(origin - BEFORE_HOURS * HOUR);
  const timeline = trimmedTo(timelineOver(start, end, columns - GUTTER), origin, end);
  const shown = columnsFor(view, timeline);
  const known = Object.values(shown)
    .flat()
    .filter((value) => !Number.isNaN(value));
  const [floor, ceiling, step] = scaleOf(Math.min(...known), Math.max(...known));
  const heightOf = (value: number): number => ((value - floor) / (ceiling - floor)) * ROWS;
  const rows = Array.from({ length: ROWS }, (_, row): Line => {
    const bottom = ROWS - 1 - row;
    const value = floor + bottom * step;
    const label = bottom % 2 === 0 ? writeBareIntensity(value) : '';
    return [
      ...padLine([dim(label.padStart(GUTTER - 2))], GUTTER),
      ...Array.from({ length: timeline.columns }, (__, column) => cell(shown, column, bottom, heightOf)),
    ];
  });
  return [
    [plain(' '.repeat(GUTTER)), ...axisLine(timeline, timeZone, now)],
    ...rows,
    ...wrapLine([dim(legendOf(view))], columns - GUTTER).map((line): Line => [plain(' '.repeat(GUTTER)), ...line]),
  ];
}

const legendOf = ({ dayBefore }: Forecast): string =>
  `█ came${dayBefore === undefined ? '' : `   ┄ said a day before${dayBefore.rehearsed ? ', rehearsed' : ''}`}   ━ forecast   ░ p10–p90   g/kWh`;

function cell(shown: Columns, column: number, bottom: number, heightOf: (value: number) => number): Span {
  const of = (values: readonly number[]): number => values[column] ?? Number.NaN;
  const isIn = (value: number): boolean => Math.floor(Math.min(heightOf(value), ROWS - 0.001)) === bottom;
  const came = of(shown.came);
  if (!Number.isNaN(came)) {
    if (isIn(of(shown.before))) return dim('┄');
    const filled = Math.round(8 * Math.min(1, Math.max(0, heightOf(came) - bottom)));
    // The lowest row always shows that something is known.
    return toned(intensityTone(came), EIGHTHS[bottom === 0 ? Math.max(1, filled) : filled] ?? ' ');
  }
  const ahead = of(shown.ahead);
  if (isIn(ahead)) return toned(intensityTone(ahead), '━');
  const [low, high] = [heightOf(of(shown.low)), heightOf(of(shown.high))];
  return bottom + 1 > low && bottom < high ? dim('░') : plain(' ');
}

/** Round ends of the scale and the height of a row: from zero where the values begin low, else from below them. */
function scaleOf(low: number, high: number): readonly [floor: number, ceiling: number, step: number] {
  const from = low < 0.5 * high ? 0 : low;
  const least = Math.max((high - from) / (ROWS - 1), high * 0.01, 0.5);
  const power = 10 ** Math.floor(Math.log10(least));
  const step =
    [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 10].map((factor) => factor * power).find((size) => size >= least) ??
    10 * power;
  const floor = Math.max(0, Math.floor(from / step) * step);
  const ceiling = floor + ROWS * step;
  return ceiling >= high ? [floor, ceiling, step] : scaleOf(low, high + step);
}

/** `day 1 6.1 %  day 2 8.0 % …`. */
const errorsOf = (skills: Forecast['skill'], model: string): string =>
  skills
    .filter((skill) => skill.model === model)
    .map(({ day, mapePercent }) => `day ${day + 1} ${errorOf(mapePercent)}`)
    .join(', ');

/** Below ten a decimal tells models apart. */
const errorOf = (percent: number): string => `${writeNumber(percent, percent < 10 ? 1 : 0)} %`;
const share = (part: number): string => writeShare(100 * part);

function facts(view: Forecast, drawing: ForecastDrawing): Line[] {
  const { published, zone, notes } = view;
  const { columns } = drawing;
  const line = (key: string, text: string): Line[] => (text === '' ? [] : keyed(key, [plain(text)], columns));
  const mark = provenanceMark(published.quality.find((quality) => quality !== 'missing'));
  return [
    ...line('zone', `${zone}, from ${drawing.zoneFrom}`),
    ...keyed(
      'signal',
      [plain(`${signalWords(published.signal)}${mark === undefined || mark === 'estimated' ? '' : `, ${mark}`}`)],
      columns,
    ),
    ...line('forecast', view.source),
    ...line('day before', dayBeforeWords(view)),
    ...line('issued', issuedWords(view)),
    ...line('rehearsed', rehearsedWords(view)),
    ...line('plans use', inUseWords(view)),
    ...keyed('licence', [dim(view.licence)], columns),
    ...notes.flatMap((words) => keyed('', [toned('stale', words)], columns)),
  ];
}

/** How far the forecast of a day before lay from what came. */
function dayBeforeWords({ dayBefore, history }: Forecast): string {
  if (dayBefore === undefined) return '';
  const first = (dayBefore.origin - history.start) / HOUR;
  const hours = Array.from({ length: 24 }, (_, hour) => ({
    truth: history.intensityG[first + hour] ?? Number.NaN,
    said: dayBefore.intensityG[hour] ?? Number.NaN,
    low: dayBefore.lowG[hour] ?? Number.NaN,
    high: dayBefore.highG[hour] ?? Number.NaN,
  })).filter(({ truth }) => truth > 0);
  if (hours.length === 0) return '';
  const mape = hours.reduce((sum, { said, truth }) => sum + Math.abs(said / truth - 1), 0) / hours.length;
  const within = hours.filter(({ truth, low, high }) => low <= truth && truth <= high).length;
  const band = hours.every(({ low }) => Number.isNaN(low)) ? '' : `; ${within} of ${hours.length} h within its band`;
  return `${errorOf(100 * mape)} off what came${band}${dayBefore.rehearsed ? ' (rehearsed: made now, as if that were now)' : ''}`;
}

/** What came of the forecasts that were really issued. */
function issuedWords({ skill }: Forecast): string {
  const models = [...new Set(skill.map(({ model }) => model))];
  return models
    .map((model) => {
      const ofModel = skill.filter((one) => one.model === model);
      const origins = Math.max(...ofModel.map((one) => one.origins));
      const within = ofModel.find(({ day }) => day === 0)?.within;
      const band = within === undefined ? '' : `, ${share(within)} of the first day's hours within p10–p90`;
      return `${model}: off by ${errorsOf(skill, model)} (${writeNumber(origins, 0)} in 30 days${band})`;
    })
    .join('; ');
}

function rehearsedWords({ rehearsed }: Forecast): string {
  const ours = rehearsed.filter(({ model }) => model === 'gridtide');
  const days = ours[0]?.origins;
  if (days === undefined) return '';
  const again = rehearsed.find(({ model, day }) => model === 'yesterday' && day === 0);
  const beside = again === undefined ? '' : `; yesterday again, day 1: ${errorOf(again.mapePercent)}`;
  return `off by ${errorsOf(rehearsed, 'gridtide')} over ${writeNumber(days, 0)} days${beside}`;
}

/** Whose forecast a plan takes on each day ahead. */
function inUseWords({ inUse }: Forecast): string {
  const models = [...new Set(inUse)];
  if (models.length === 0) return '';
  const days = (model: string): string => inUse.flatMap((one, day) => (one === model ? [`${day + 1}`] : [])).join(', ');
  const [only] = models;
  if (models.length === 1 && only !== undefined)
    return only === 'gridtide'
      ? 'this forecast on all days'
      : `what ${only} itself says as far as it reaches, this forecast after that`;
  return models
    .map((model) => `${model === 'gridtide' ? 'this forecast' : `what ${model} says`} on day ${days(model)}`)
    .join('; ');
}
