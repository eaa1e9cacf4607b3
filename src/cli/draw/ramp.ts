/**
 * Sea to soot: the ten classes of carbon intensity and the colours of the terminal. The scale is absolute, the same for
 * every zone and day; clean glows and dirty is soot on both backgrounds.
 *
 * @module
 */

/** Edges between the classes, in g/kWh. */
const CLASS_EDGES: readonly number[] = [50, 100, 150, 200, 275, 350, 450, 575, 725];

export const INTENSITY_TONES = ['i0', 'i1', 'i2', 'i3', 'i4', 'i5', 'i6', 'i7', 'i8', 'i9'] as const;
export type IntensityTone = (typeof INTENSITY_TONES)[number];

/** What a coloured stretch of text says: `now` is time and running, `flare` trouble, `stale` age. */
export type Tone = IntensityTone | 'now' | 'flare' | 'stale';

/** The class of an intensity in g/kWh; an edge belongs to the class above it. */
export function intensityTone(intensityG: number): IntensityTone {
  const index = CLASS_EDGES.filter((edge) => intensityG >= edge).length;
  return INTENSITY_TONES[index] ?? 'i9';
}

export type Background = 'dark' | 'light';

interface Colour {
  /** `#rrggbb`. */
  readonly hex: string;
  /** SGR code of the sixteen. */
  readonly basic: number;
}

const colour = (hex: string, basic: number): Colour => ({ hex, basic });

/** Sixteen colours cannot hold ten classes: three groups, cyan, brown and grey, keep the order of lightness. */
const COLOURS: Readonly<Record<Background, Readonly<Record<Tone, Colour>>>> = {
  dark: {
    i0: colour('#85dde2', 96),
    i1: colour('#72c9c7', 96),
    i2: colour('#84b7a2', 36),
    i3: colour('#98a179', 36),
    i4: colour('#a88653', 33),
    i5: colour('#a56d37', 33),
    i6: colour('#945931', 33),
    i7: colour('#82482c', 90),
    i8: colour('#6a3a2a', 90),
    i9: colour('#512d26', 90),
    now: colour('#7cb4fc', 94),
    flare: colour('#f97096', 95),
    stale: colour('#e6b55d', 33),
  },
  light: {
    i0: colour('#94ecf1', 96),
    i1: colour('#7dd5d3', 96),
    i2: colour('#8dbea9', 36),
    i3: colour('#9fa47a', 36),
    i4: colour('#a98652', 33),
    i5: colour('#a26935', 33),
    i6: colour('#8d532c', 33),
    i7: colour('#783f24', 90),
    i8: colour('#5d2f20', 90),
    i9: colour('#432019', 30),
    now: colour('#285cc2', 34),
    flare: colour('#c8115e', 35),
    stale: colour('#8d5e00', 33),
  },
};

/** How many bits of colour a terminal shows; 0 means no escape sequence at all. */
export type Depth = 0 | 4 | 8 | 24;

/** The SGR parameters of a tone: `38;2;r;g;b`, `38;5;n` or one of the sixteen. */
export function sgrOf(tone: Tone, background: Background, depth: Exclude<Depth, 0>): string {
  const { hex, basic } = COLOURS[background][tone];
  if (depth === 4) return String(basic);
  const rgb = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return depth === 24 ? `38;2;${rgb.join(';')}` : `38;5;${nearestOf256(rgb)}`;
}

/** Levels of the 6 × 6 × 6 cube of the 256 colours. */
const CUBE: readonly number[] = [0, 95, 135, 175, 215, 255];

/** The nearest colour of the cube (16 to 231) by Euclidean distance; ties go to the darker level. */
function nearestOf256(rgb: readonly number[]): number {
  const levels = rgb.map((value) =>
    CUBE.reduce(
      (best, level, index) => (Math.abs(level - value) < Math.abs((CUBE[best] ?? 0) - value) ? index : best),
      0,
    ),
  );
  return levels.reduce((code, level, index) => code + level * (36 / 6 ** index), 16);
}
