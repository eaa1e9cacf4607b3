/**
 * Grids of several zones on one time axis.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { sameSignal } from '../grid/index.ts';
import { integralOf, type Outlook } from '../plan/index.ts';
import { formatInstant, HOUR, type Instant, instant, MINUTE, millis } from '../units.ts';
import { curveOf } from './curve.ts';
import type { Place } from './scene.ts';

export interface PlaceOptions extends Pick<Place, 'zone' | 'pue' | 'price' | 'outlook'> {}

/** With a capacity, jobs are fitted into slots no longer than this. */
const FITTED_STEP = millis(15 * MINUTE);

/**
 * The places on the whole hours that all of them know, in slots of the coarsest (of a quarter of an hour where jobs are
 * `fitted` into a capacity). Means of hours are kept.
 *
 * Throws `plan/mixed-signals` where the grams of two places cannot be compared, `grid/other-times` where they share no hour.
 */
export function placesOf(
  all: readonly [PlaceOptions, ...PlaceOptions[]],
  { fitted }: { readonly fitted: boolean },
): [Place, ...Place[]] {
  checkComparable(all.map(({ outlook }) => outlook));
  const coarsest = Math.max(...all.map(({ outlook }) => outlook.axis.step));
  const step = fitted ? Math.min(coarsest, FITTED_STEP) : coarsest;
  const start = instant(Math.ceil(Math.max(...all.map(({ outlook: { axis } }) => axis.start)) / HOUR) * HOUR);
  const end = Math.min(...all.map(({ outlook: { axis } }) => axis.start + axis.length * axis.step));
  const length = Math.floor((end - start) / HOUR) * (HOUR / step);
  if (length < 1) {
    throw new Failure('grid/other-times', 'the zones have no hour in common', {
      value: all.map(({ zone, outlook }) => `${zone} from ${formatInstant(outlook.axis.start)}`).join(', '),
      expected: 'grid data of the same times',
    });
  }
  const toPlace = ({ zone, pue, price, outlook }: PlaceOptions): Place => {
    const intensityG = onAxis(outlook, start, step, length);
    const laid = { ...outlook, axis: { start, step: millis(step), length }, intensityG };
    return { zone, pue, price, outlook: laid, truth: curveOf(step / HOUR, 0, intensityG) };
  };
  const [first, ...others] = all;
  return [toPlace(first), ...others.map(toPlace)];
}

function onAxis({ axis, intensityG }: Outlook, start: Instant, step: number, length: number): Float64Array {
  const shift = (start - axis.start) / axis.step;
  if (step === axis.step && Number.isInteger(shift)) return intensityG.slice(shift, shift + length);
  const integral = integralOf(axis, intensityG);
  return Float64Array.from({ length }, (_, slot) => {
    const from = start + slot * step;
    return integral(from, from + step) / (step / HOUR);
  });
}

/** As for plans: places need the same, fully known signal from one source. */
function checkComparable(outlooks: readonly Outlook[]): void {
  const [one, ...others] = outlooks;
  if (one === undefined || others.length === 0) return;
  const refuse = (why: string): never => {
    throw new Failure(
      'plan/mixed-signals',
      `the zones ${outlooks.map(({ zone }) => zone).join(', ')} cannot be compared: ${why}`,
      {
        expected: 'the same, fully known signal from one source in every zone (--signal says what a file holds)',
      },
    );
  };
  for (const { zone, signal } of outlooks) {
    const unknown = (['kind', 'basis', 'scope'] as const).find((part) => signal[part] === 'unknown');
    if (unknown !== undefined) refuse(`the ${unknown} of the signal of ${zone} is unknown`);
  }
  for (const other of others) {
    if (!sameSignal(one.signal, other.signal)) refuse(`${one.zone} and ${other.zone} have different signals`);
    if ((one.publisher ?? one.source) !== (other.publisher ?? other.source))
      refuse(`${one.zone} and ${other.zone} come from different sources`);
  }
}
