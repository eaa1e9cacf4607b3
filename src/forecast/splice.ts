/**
 * Our forecast laid into what a publisher says: the past stays the publisher's, what comes is ours where skill speaks
 * for it, and where the publisher says nothing.
 *
 * @module
 */
import { gapsIn, type Quality, type Series } from '../grid/index.ts';
import { DAY, type Instant, instant } from '../units.ts';

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
      // A band that is not given grows from the older of two dates. When an undated forecast was read last is not kept
      // where it said nothing new, and is to change no decision that is looked at again.
      issuedAt: published.provenance.issuedAtBasis === 'provider' ? older(published, ours) : ours.provenance.issuedAt,
      issuedAtBasis: 'provider',
    },
  };
}

const older = (a: Series, b: Series): Instant => instant(Math.min(a.provenance.issuedAt, b.provenance.issuedAt));
