/**
 * Our forecast laid into what a publisher says: the past stays the publisher's, what comes is ours where skill speaks
 * for it, and where the publisher says nothing.
 *
 * @module
 */
import { gapsIn, type Quality, type Series } from '../grid/index.ts';
import { DAY, instant } from '../units.ts';

/** Whether `origin`'s forecast is ours on a day ahead, 0 to 3, where the publisher has one too. */
export type Prefers = (day: number) => boolean;

/**
 * `published` with `ours` (same zone, signal, step and phase) from its first slot on. Slots that happened stay as they
 * are; a band goes with the value that it belongs to. The axis reaches as far as the longer of the two.
 */
export function spliced(published: Series, ours: Series, prefers: Prefers): Series {
  const { step, start } = published.axis;
  const shift = Math.round((ours.axis.start - start) / step);
  const length = Math.max(published.axis.length, shift + ours.axis.length);
  const intensityG = new Float64Array(length).fill(Number.NaN);
  const lowG = new Float64Array(length).fill(Number.NaN);
  const highG = new Float64Array(length).fill(Number.NaN);
  const quality = new Array<Quality>(length).fill('missing');
  let used = false;
  for (let slot = 0; slot < length; slot += 1) {
    const theirs = published.intensityG[slot] ?? Number.NaN;
    const mine = ours.intensityG[slot - shift] ?? Number.NaN;
    const happened = published.quality[slot] !== 'forecast' && !Number.isNaN(theirs);
    const day = Math.floor((start + slot * step - ours.axis.start) / DAY);
    const isOurs = !happened && !Number.isNaN(mine) && (Number.isNaN(theirs) || prefers(day));
    used ||= isOurs;
    const [from, at] = isOurs ? [ours, slot - shift] : [published, slot];
    intensityG[slot] = from.intensityG[at] ?? Number.NaN;
    lowG[slot] = from.lowG?.[at] ?? Number.NaN;
    highG[slot] = from.highG?.[at] ?? Number.NaN;
    quality[slot] = from.quality[at] ?? 'missing';
  }
  if (!used) return published;
  const axis = { ...published.axis, length };
  return {
    ...published,
    axis,
    intensityG,
    lowG,
    highG,
    quality,
    gaps: gapsIn(
      intensityG,
      axis,
      (at) => published.gaps.find((gap) => gap.start <= at && at < gap.end)?.reason ?? 'not forecast',
    ),
    labels: [...(published.labels ?? []), `hours ahead: ${ours.provenance.source}`],
    provenance: {
      ...published.provenance,
      source: `${published.provenance.source}; ${ours.provenance.source}`,
      // The older of the two: a band that is not given grows from it.
      issuedAt: instant(Math.min(published.provenance.issuedAt, ours.provenance.issuedAt)),
      issuedAtBasis: 'provider',
    },
  };
}
