/**
 * What a provider has said of a zone: its newest answer whole, and what earlier ones said of the past before it. Pure.
 *
 * @module
 */
import { formatInstant, type Instant, instant } from '../units.ts';
import { PAST_KEPT } from './age.ts';
import type { Range } from './provider.ts';
import { type Series, sameSignal } from './series.ts';
import { axisEnd, contains, cutSeries, gapsIn, type Sample, seriesOver, slotStart } from './slots.ts';

export interface Said {
  /** Forecasts are of this one alone, so that no two issues are mixed. */
  readonly newest: Series;
  /** Measured and estimated values of up to 14 d that end where `newest` begins. */
  readonly earlier?: Series;
}

/** Whether values of both may stand in one series. */
const isOfOneKind = (a: Series, b: Series): boolean =>
  a.zone === b.zone &&
  sameSignal(a.signal, b.signal) &&
  a.axis.step === b.axis.step &&
  (a.axis.start - b.axis.start) % a.axis.step === 0 &&
  // Where a source names its region or its model, another one restates the past.
  a.provenance.provider === b.provenance.provider &&
  a.provenance.source === b.provenance.source &&
  a.provenance.factors === b.provenance.factors;

const samplesOf = (series: Series): Sample[] =>
  Array.from(series.intensityG, (value, i) => ({
    start: slotStart(series.axis, i),
    value,
    quality: series.quality[i] ?? 'missing',
    ...(series.covered === undefined ? {} : { covered: series.covered[i] ?? Number.NaN }),
  }));

const NOT_ASKED = 'not asked for';

/** Several replies in one: no hash is that of all. */
const ofSeveral = ({ sha256: _, ...provenance }: Series['provenance']): Series['provenance'] => provenance;

/** What is known once `newest` has been said. O(slots). */
export function addTo(before: Said | undefined, newest: Series, now: Instant): Said {
  if (before === undefined || !isOfOneKind(before.newest, newest)) return { newest };
  const { start: end, step } = newest.axis;
  const known = [before.earlier, before.newest]
    .flatMap((series) => (series === undefined ? [] : samplesOf(series)))
    .filter(
      ({ start, value, quality }) =>
        start < end && start >= now - PAST_KEPT && !Number.isNaN(value) && quality !== 'forecast',
    );
  if (known.length === 0) return { newest };
  const earlier = seriesOver({
    zone: newest.zone,
    signal: newest.signal,
    range: { start: instant(Math.min(...known.map(({ start }) => start))), end },
    step,
    samples: known,
    provenance: ofSeveral(before.newest.provenance),
    reason: () => NOT_ASKED,
  });
  return { newest, earlier };
}

/**
 * What was said of `range`: the newest answer whole, before it what earlier ones said of the past, and for the rest of
 * `range` a gap and a warning. O(slots).
 */
export function answerFrom({ newest, earlier }: Said, range: Range): Series {
  const { axis, provenance } = newest;
  if (contains(axis, range)) return newest;
  const whole = {
    start: instant(Math.min(range.start, axis.start)),
    end: instant(Math.max(range.end, axisEnd(axis))),
  };
  const wide = cutSeries(newest, whole);
  const past = earlier === undefined ? undefined : cutSeries(earlier, whole);
  const isNewest = (at: Instant): boolean => axis.start <= at && at < axisEnd(axis);
  const isBefore = (slot: number): boolean => slotStart(wide.axis, slot) < axis.start;
  const joined = (values: Float64Array, before: Float64Array | undefined): Float64Array =>
    values.map((value, i) => (isBefore(i) ? (before?.[i] ?? Number.NaN) : value));
  const intensityG = joined(wide.intensityG, past?.intensityG);
  const gaps = gapsIn(
    intensityG,
    wide.axis,
    (start) => wide.gaps.find((gap) => isNewest(start) && gap.start <= start && start < gap.end)?.reason ?? NOT_ASKED,
  );
  const missing = gaps.filter(({ reason }) => reason === NOT_ASKED);
  return {
    ...wide,
    intensityG,
    ...(wide.covered === undefined ? {} : { covered: joined(wide.covered, past?.covered) }),
    quality: wide.quality.map((quality, i) => (isBefore(i) ? (past?.quality[i] ?? 'missing') : quality)),
    gaps,
    provenance: past === undefined ? provenance : ofSeveral(provenance),
    warnings: [
      ...wide.warnings,
      ...missing.map(
        ({ start, end }) =>
          `${provenance.provider} was not asked for ${formatInstant(start)} to ${formatInstant(end)}: nothing is known of it`,
      ),
    ],
  };
}
