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
 * are; a band goes with the value that it belongs to. The axis reaches as far as the longer of the two. Where no slot
 * is ours, it is `published`.
 */
export function spliced(published: Series, ours: Series, prefers: Prefers): Series {
  const { step, start } = published.axis;
  const shift = Math.round((ours.axis.start - start) / step);
  const length = Math.max(published.axis.length, shift + ours.axis.length);
  const isOurs = Array.from({ length }, (_, slot) => {
    const theirs = published.intensityG[slot] ?? Number.NaN;
    if (Number.isNaN(ours.intensityG[slot - shift] ?? Number.NaN)) return false;
    if (Number.isNaN(theirs)) return true;
    return published.quality[slot] === 'forecast' && prefers(Math.floor(((slot - shift) * step) / DAY));
  });
  if (!isOurs.includes(true)) return published;
  const laid = (of: (series: Series) => Float64Array | undefined): Float64Array =>
    Float64Array.from(isOurs, (mine, slot) => (mine ? of(ours)?.[slot - shift] : of(published)?.[slot]) ?? Number.NaN);
  const intensityG = laid((series) => series.intensityG);
  const axis = { ...published.axis, length };
  return {
    ...published,
    axis,
    intensityG,
    lowG: laid(({ lowG }) => lowG),
    highG: laid(({ highG }) => highG),
    quality: isOurs.map(
      (mine, slot): Quality => (mine ? ours.quality[slot - shift] : published.quality[slot]) ?? 'missing',
    ),
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
