/**
 * The words and signs that the drawings share: what a signal is, how good data are, what state work is in.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import { writeDuration } from '../../figures.ts';
import type { Quality, Signal } from '../../grid/index.ts';
import type { SignalSummary } from '../../plan/index.ts';
import type { Site } from '../../site/index.ts';
import { between, HOUR, type Instant, instant } from '../../units.ts';
import { dim, EMPTY, type Line, plain, type Span, toned } from './style.ts';
import { pad, wrap } from './width.ts';

export const GLYPHS = {
  running: '●',
  paused: '‖',
  waiting: '○',
  done: '✓',
  atRisk: '▲',
  failed: '✕',
  warning: '!',
} as const;

/** `average, consumption, life cycle, CO2e`; what is not known is said once. */
export function signalWords(signal: Signal): string {
  const parts = [signal.kind, signal.basis, signal.scope === 'lifecycle' ? 'life cycle' : signal.scope, signal.gas];
  if (parts.every((part) => part === 'unknown')) return 'kind of signal unknown';
  const names = ['kind', 'basis', 'scope', 'gas'];
  return parts.map((part, i) => (part === 'unknown' ? `${names[i]} unknown` : part)).join(', ');
}

/** Whose clock times are: `Berlin` of `Europe/Berlin`. */
export const clockWord = (timeZone: string): string => timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? timeZone;

/** The unit of a mass under a signal: `CO2e`, `CO2`, or nothing where it is not known. */
export const gasOf = (signal: Signal | undefined): string =>
  signal === undefined || signal.gas === 'unknown' ? '' : signal.gas;

/** The gas of several signals, when they agree. */
export function commonGas(signals: readonly Signal[]): string {
  const gases = new Set(signals.map(gasOf));
  const [gas] = gases;
  return gases.size === 1 && gas !== undefined ? gas : '';
}

/** The word that must stand beside data that nobody measured here and now; `undefined` for what needs none. */
export function provenanceMark(quality: Quality | undefined): string | undefined {
  switch (quality) {
    case 'synthetic':
    case 'replayed':
    case 'modelled':
    case 'estimated':
      return quality;
    case 'yearly-average':
      return 'yearly average';
    case 'missing':
      return 'missing';
    case 'measured':
    case 'forecast':
    case undefined:
      return undefined;
  }
}

/** From this age on it is said how old data are. */
const OLD = HOUR;

/** `forecast 14:05, neso-uk`; the mark of what is not live comes last and is never left out. */
export function provenanceWords(
  of: Pick<SignalSummary, 'source' | 'quality' | 'asOf'>,
  timeZone: string,
  now: Instant,
): string {
  const mark = provenanceMark(of.quality);
  const age = between(of.asOf, now);
  const isLive = mark === undefined || of.quality === 'estimated';
  const old = isLive && age >= OLD ? ` (${writeDuration(age)} old)` : '';
  if (mark === undefined) return `${of.quality} ${formatNear(of.asOf, timeZone, now)}${old}, ${of.source}`;
  return of.source === mark ? mark : `${mark}${old}, ${of.source}`;
}

/**
 * A plan's own sentences know only UTC (`22:00Z`, `06-02 22:00Z`): the same sentence with the times of `timeZone`.
 * Without a date it is the UTC day of `now`; a month before that of `now` lies in the next year.
 */
export function localised(text: string, timeZone: string, now: Instant): string {
  const today = new Date(now);
  return text.replace(/(?<!\d:)(?:(\d\d)-(\d\d) )?(\d\d):(\d\d)Z/g, (_, month, day, hour, minute) => {
    const date = month === undefined ? today.getUTCDate() : Number(day);
    const inMonth = month === undefined ? today.getUTCMonth() : Number(month) - 1;
    const year = today.getUTCFullYear() + (inMonth < today.getUTCMonth() ? 1 : 0);
    return formatNear(instant(Date.UTC(year, inMonth, date, Number(hour), Number(minute))), timeZone, now);
  });
}

/** `at 18:00` on the same day, `Sat 23:35` beyond. */
export function momentWords(at: Instant, timeZone: string, now: Instant): string {
  const text = formatNear(at, timeZone, now);
  return text.length === 5 ? `at ${text}` : text;
}

/** `hpc  GB`. */
export const siteName = (site: string, zone: string): string => (site === zone ? site : `${site}  ${zone}`);

export const zoneOfSite = (sites: readonly Site[], name: string): string | undefined =>
  sites.find((site) => site.name === name)?.zone;

/** Columns of the key in a row of key and value. */
const KEY_COLUMNS = 14;

/** `  at latest  Sat 23:35 starts …`: a dim key and a value that wraps under itself. */
export function keyed(key: string, value: Line, columns: number): Line[] {
  const room = columns - KEY_COLUMNS;
  const lines = wrapLine(value, room);
  return lines.map((line, index) => [dim(pad(index === 0 ? `  ${key}` : '', KEY_COLUMNS)), ...line]);
}

/** A styled line in lines of at most `width` columns, broken at spaces; styles stay with their words. */
export function wrapLine(line: Line, width: number): Line[] {
  const rows = wrap(line.map(({ text }) => text).join(''), width);
  const characters = line.flatMap((span) => [...span.text].map((text): Span => ({ ...span, text })));
  let next = 0;
  return rows.map((row) => {
    const spans: Span[] = [];
    // The space at which a line was broken is in the source and not in the row.
    for (const character of row) {
      while (characters[next] !== undefined && characters[next]?.text !== character) next += 1;
      const found = characters[next];
      if (found !== undefined) spans.push(found);
      next += 1;
    }
    return spans;
  });
}

/** A paragraph of dim text, indented. */
export const paragraph = (text: string, columns: number, indent = 0, style: (text: string) => Span = plain): Line[] =>
  wrap(text, columns - indent).map((row) => [plain(' '.repeat(indent)), style(row)]);

/** Trouble, one `!` a sentence. */
export const troubleLines = (trouble: readonly string[], columns: number, indent = 0): Line[] =>
  trouble.flatMap((text) =>
    wrap(text, columns - indent - 2).map(
      (row, index): Line => [
        plain(' '.repeat(indent)),
        toned('flare', index === 0 ? `${GLYPHS.warning} ${row}` : `  ${row}`),
      ],
    ),
  );

/** Blocks of lines with an empty line between them; empty blocks fall out. */
export const stacked = (...blocks: readonly (readonly Line[])[]): Line[] =>
  blocks.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? [...lines] : [EMPTY, ...lines]));
