/**
 * What the doctor of the grid found, for eyes: a table of who was asked, with the terms of each below its row, then whose
 * key is missing, then the chain of each zone.
 *
 * @module
 */
import { formatNear } from '../../calendar.ts';
import { writeDuration, writeRoughDuration } from '../../figures.ts';
import type { ChainStep, Diagnosis, Examined } from '../../grid/index.ts';
import { HOUR, type Instant, MINUTE } from '../../units.ts';
import { bold, cutLine, dim, EMPTY, type Line, lineWidth, padLine, plain, type Span, toned } from './style.ts';
import { displayWidth, pad } from './width.ts';
import { GLYPHS, paragraph, signalWords, stacked, wrapLine } from './words.ts';

export interface DoctorView {
  readonly columns: number;
  readonly timeZone: string;
  readonly now: Instant;
  readonly places: readonly {
    readonly zone: string;
    /** `Germany`; empty when it is not known. */
    readonly name: string;
    /** How the zone was found, for people. */
    readonly zoneFrom: string;
  }[];
}

type Finding = Examined['finding'];
type Asked = Exclude<Finding, { readonly state: 'needs keys' }>;
type Answer = Extract<Finding, { readonly state: 'answers' }>;
interface AskedProvider {
  readonly provider: Examined;
  readonly finding: Asked;
}

/** Data as old as this are told in the colour of what is stale. */
const OLD = 3 * HOUR;
const INDENT = 4;
/** The name of a provider gives way down to this many columns. */
const LEAST_NAME = 12;

const SIGNS: Readonly<Record<Finding['state'] | 'passed over' | 'not asked', Span>> = {
  answers: plain(GLYPHS.done),
  fails: toned('flare', GLYPHS.failed),
  'needs keys': dim('–'),
  'passed over': dim('–'),
  'not asked': dim(GLYPHS.waiting),
};

export function drawDoctor({ providers, chains }: Diagnosis, view: DoctorView): Line[] {
  const asked = providers.flatMap((provider): AskedProvider[] =>
    provider.finding.state === 'needs keys' ? [] : [{ provider, finding: provider.finding }],
  );
  const states = new Map(providers.map(({ id, finding }) => [id, finding.state]));
  return stacked(
    wrapLine([bold(sentenceOf(asked, providers.length - asked.length))], view.columns),
    asked.length === 0 ? [] : table(asked, view),
    withoutKeys(providers, view.columns),
    ...view.places.map((place) => chainOf(place, chains.get(place.zone) ?? [], states, view.columns)),
  );
}

function sentenceOf(asked: readonly AskedProvider[], withoutKey: number): string {
  const answering = asked.filter(({ finding }) => finding.state === 'answers').length;
  const requests = asked.reduce((sum, { finding }) => sum + finding.requests, 0);
  const keys = withoutKey === 0 ? '' : `${withoutKey} ${withoutKey === 1 ? 'wants' : 'want'} a key`;
  if (asked.length === 0) return `No grid provider could be asked: ${keys || 'none was named'}.`;
  const cost = `${requests} ${requests === 1 ? 'request' : 'requests'} in all`;
  const rest = [...(keys === '' ? [] : [keys]), cost].map((words) => `; ${words}`).join('');
  const count = asked.length;
  if (count === 1) return `The grid provider that was asked ${answering === 1 ? 'answers' : 'does not answer'}${rest}.`;
  if (answering === count) return `All ${count} grid providers that were asked answer${rest}.`;
  if (answering === 0) return `None of the ${count} grid providers that were asked answers${rest}.`;
  return `${answering} of the ${count} grid providers that were asked ${answering === 1 ? 'answers' : 'answer'}${rest}.`;
}

interface Column {
  readonly heading: string;
  readonly text: (asked: AskedProvider, view: DoctorView) => string;
  readonly style?: (text: string, asked: AskedProvider) => Span;
  readonly isFigure?: true;
  /** The higher, the sooner it is left out when the terminal is narrow; 0 stays. */
  readonly dispensable: number;
}

const NAME: Column = { heading: '', text: ({ provider }) => provider.id, style: bold, dispensable: 0 };

const COLUMNS: readonly Column[] = [
  NAME,
  { heading: 'zone', text: ({ finding }) => finding.zone, dispensable: 0 },
  {
    heading: 'until',
    text: ({ finding }, { timeZone, now }) =>
      finding.state === 'answers' && finding.newest !== undefined ? formatNear(finding.newest.end, timeZone, now) : '',
    isFigure: true,
    dispensable: 2,
  },
  {
    heading: 'age',
    text: ({ finding }) => {
      if (finding.state !== 'answers') return '';
      if (finding.age === undefined) return '–';
      return finding.age < MINUTE ? 'now' : writeRoughDuration(finding.age);
    },
    style: (text, { finding }) =>
      finding.state === 'answers' && (finding.age ?? 0) > OLD ? toned('stale', text) : plain(text),
    isFigure: true,
    dispensable: 0,
  },
  {
    heading: 'step',
    text: ({ finding }) => (finding.state === 'answers' ? writeDuration(finding.step).replace(/ 00$/, '') : ''),
    isFigure: true,
    dispensable: 1,
  },
  {
    heading: 'ahead',
    text: ({ finding }, { now }) => {
      if (finding.state !== 'answers') return '';
      return finding.forecastUntil === undefined ? '–' : writeRoughDuration(finding.forecastUntil - now);
    },
    isFigure: true,
    dispensable: 0,
  },
  { heading: 'requests', text: ({ finding }) => `${finding.requests}`, isFigure: true, dispensable: 0 },
];

function table(asked: readonly AskedProvider[], view: DoctorView): Line[] {
  const columns = columnsThatFit(asked, view);
  const row = (sign: Span, text: (column: Column) => string, style: (text: string, column: Column) => Span): Line => [
    sign,
    ...columns.flatMap(({ column, width }, i) => [
      plain(i === 0 ? ' ' : '  '),
      style(column.isFigure ? pad(text(column), width, 'end') : pad(text(column), width), column),
    ]),
  ];
  return [
    cutLine(
      row(plain(' '), ({ heading }) => heading, dim),
      view.columns,
    ),
    ...asked.flatMap((one) => [
      cutLine(
        row(
          SIGNS[one.finding.state],
          ({ text }) => text(one, view),
          (text, { style = plain }) => style(text, one),
        ),
        view.columns,
      ),
      ...detailsOf(one, view),
    ]),
  ];
}

/** What a row does not say: what was wrong, or what its values are, under which licence; and how often it may be asked. */
function detailsOf({ provider, finding }: AskedProvider, view: DoctorView): Line[] {
  const { columns } = view;
  const said =
    finding.state === 'fails'
      ? [toned('flare', finding.failure.describe())]
      : [dim(`${signalWords(provider.signal)}; ${finding.licence}`)];
  return [
    ...indented(said, columns),
    ...(finding.state === 'fails'
      ? []
      : finding.warnings.flatMap((words) => indented([toned('stale', words)], columns))),
    ...(finding.state === 'fails' || finding.operator === undefined
      ? []
      : indented([operatorWords(finding.operator, view)], view.columns)),
    ...(provider.quota === undefined ? [] : indented([dim(`quota: ${provider.quota}`)], columns)),
  ];
}

function operatorWords(operator: NonNullable<Answer['operator']>, { timeZone, now }: DoctorView): Span {
  if ('failure' in operator) return toned('flare', `wind and sun by the operator: ${operator.failure.describe()}`);
  if (operator.until === undefined) return dim('wind and sun by the operator: no day is forecast');
  return dim(`wind and sun by the operator until ${formatNear(operator.until, timeZone, now)}; ${operator.licence}`);
}

const indented = (line: Line, columns: number): Line[] =>
  wrapLine(line, columns - INDENT).map((row): Line => [plain(' '.repeat(INDENT)), ...row]);

function columnsThatFit(asked: readonly AskedProvider[], view: DoctorView) {
  const measured = COLUMNS.map((column) => ({
    column,
    width: Math.max(displayWidth(column.heading), ...asked.map((one) => displayWidth(column.text(one, view)))),
  }));
  for (let limit = 2; limit > 0; limit -= 1) {
    const kept = measured.filter(({ column }) => column.dispensable <= limit);
    if (over(kept, view.columns) <= 0) return kept;
  }
  const least = measured.filter(({ column }) => column.dispensable === 0);
  const excess = Math.max(0, over(least, view.columns));
  return least.map(({ column, width }) => ({
    column,
    width: column === NAME ? Math.max(LEAST_NAME, width - excess) : width,
  }));
}

const over = (kept: readonly { readonly width: number }[], columns: number): number =>
  kept.reduce((sum, { width }) => sum + width + 2, 0) - columns;

/** Rows of a name and words that wrap under themselves. */
function named(rows: readonly { readonly sign: Span; readonly name: string; readonly words: Line }[], columns: number) {
  const width = Math.max(...rows.map(({ name }) => displayWidth(name)));
  return rows.flatMap(({ sign, name, words }) => {
    const label: Line = [plain('  '), sign, plain(' '), bold(pad(name, width)), plain('  ')];
    return wrapLine(words, columns - lineWidth(label)).map(
      (row, i): Line => [...(i === 0 ? label : padLine(EMPTY, lineWidth(label))), ...row],
    );
  });
}

/** How to come by keys is told once. */
function withoutKeys(providers: readonly Examined[], columns: number): Line[] {
  const told = new Map<string, string>();
  const rows = providers.flatMap(({ id, keysFrom, finding }) => {
    if (finding.state !== 'needs keys') return [];
    const keys = finding.missing.join(' and ');
    const before = told.get(keys);
    told.set(keys, before ?? id);
    const how = before === undefined ? keysFrom : `as for ${before}`;
    const words = [plain(keys), ...(how === undefined ? [] : [dim(`: ${how}`)])];
    return [{ sign: SIGNS['needs keys'], name: id, words }];
  });
  if (rows.length === 0) return [];
  return [...paragraph('Not asked, since the environment does not hold', columns), ...named(rows, columns)];
}

function chainOf(
  { zone, name, zoneFrom }: DoctorView['places'][number],
  steps: readonly ChainStep[],
  states: ReadonlyMap<string, Finding['state']>,
  columns: number,
): Line[] {
  const title = name === '' || name.includes(zone) ? zone : `${name} (${zone})`;
  const rows = steps.map(({ provider, state, reason }) => {
    const found = state === 'asked' ? (states.get(provider) ?? 'not asked') : state;
    const words = found === 'fails' ? toned('flare', 'does not answer') : plain(reason);
    return { sign: SIGNS[found], name: provider, words: [words] };
  });
  const heading = wrapLine([plain(`Who is asked about ${title}, from ${zoneFrom}`)], columns);
  return rows.length === 0
    ? [...heading, ...indented([plain('nobody')], columns)]
    : [...heading, ...named(rows, columns)];
}
