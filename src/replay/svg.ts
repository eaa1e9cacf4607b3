/**
 * The little markup that a picture needs, and how it looks: the tokens of the house in light and dark.
 *
 * @module
 */

/** Markup, escaped. */
export type Markup = string;

/** Text as it may stand in markup; what no XML may hold is left out. */
export const element = (words: string): Markup =>
  words
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '',
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

type Values = Readonly<Record<string, string | number>>;

const short = (value: string | number): string =>
  typeof value === 'number' ? String(Number(value.toFixed(2))) : value;

export const attributes = (values: Values): Markup =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${element(short(value))}"`)
    .join('');

export const rectangle = (values: Values): Markup => `<rect${attributes(values)}/>`;
export const line = (values: Values): Markup => `<line${attributes(values)}/>`;
export const text = (x: number, y: number, words: string, kind: string): Markup =>
  words === '' ? '' : `<text${attributes({ x, y, class: kind })}>${written(words)}</text>`;

/** Text with the 2 of CO2 below the line; few fonts have that digit. */
export const written = (words: string): Markup =>
  element(words).replace(
    /CO2(e?)/g,
    (_, e: string) => `CO<tspan class="low" dy="2.5">2</tspan><tspan dy="-2.5">${e === '' ? '\u200b' : e}</tspan>`,
  );

/** Edges between the ten classes of intensity, in g/kWh; the same as in the terminal. */
export const INTENSITY_CLASSES: readonly number[] = [50, 100, 150, 200, 275, 350, 450, 575, 725];

const LIGHT = {
  paper: '#fbfbf8',
  ink: '#0f1a19',
  ink2: '#3f4b48',
  ink3: '#616c68',
  line: '#e2e5e0',
  flare: '#c8115e',
  classes: '#94ecf1 #7dd5d3 #8dbea9 #9fa47a #a98652 #a26935 #8d532c #783f24 #5d2f20 #432019',
};
const DARK: typeof LIGHT = {
  paper: '#0b1213',
  ink: '#eff4f2',
  ink2: '#bcc8c5',
  ink3: '#8b9a98',
  line: '#1f2b2c',
  flare: '#f97096',
  classes: '#85dde2 #72c9c7 #84b7a2 #98a179 #a88653 #a56d37 #945931 #82482c #6a3a2a #512d26',
};

const coloursOf = ({ paper, ink, ink2, ink3, line: rule, flare, classes }: typeof LIGHT): string =>
  [
    `.paper{fill:${paper}}`,
    `text{fill:${ink3}}`,
    `.say,.k,.b{fill:${ink}}`,
    `.k2{fill:${ink2}}`,
    `text.flare{fill:${flare}}`,
    `.work{fill:${ink}}`,
    `.load{fill:${ink}}`,
    `.dot{fill:${paper};stroke:${ink}}`,
    `.other{fill:none;stroke:${ink3}}`,
    `.counter,.curve{stroke:${ink3}}`,
    `.curve{stroke:${ink}}`,
    `.rule{stroke:${ink}}`,
    `.rule2{stroke:${ink3}}`,
    `.grid{stroke:${rule}}`,
    `.bound{stroke:${ink}}`,
    ...classes.split(' ').map((colour, i) => `.i${i}{fill:${colour}}`),
  ].join('');

export const STYLE = [
  'text{font:400 12px "Hanken Grotesk",system-ui,"Segoe UI",Helvetica,Arial,sans-serif;font-variant-numeric:tabular-nums}',
  '.say{font:400 29px Newsreader,Georgia,"Times New Roman",serif;letter-spacing:-.3px}',
  '.sub,.head{font-size:13px}.k,.b{font-weight:600}.small{font-size:11px}.low{font-size:75%}',
  '.end{text-anchor:end}.mid{text-anchor:middle}',
  '.other{stroke-width:1.2;stroke-dasharray:4 3}.part{opacity:.6}',
  '.counter{fill:none;stroke-width:1.3;stroke-dasharray:4 3}.curve{fill:none;stroke-width:1.5}',
  '.dot{stroke-width:1.4}.bound{stroke-width:1.4}.load{opacity:.86}',
  coloursOf(LIGHT),
  `@media (prefers-color-scheme:dark){${coloursOf(DARK)}}`,
].join('');
