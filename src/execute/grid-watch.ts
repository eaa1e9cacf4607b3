/**
 * The grid as a running workflow sees it: the latest outlook of each zone, refreshed beside the work and never
 * in its way. A grid that does not answer makes a worse outlook, not a late step.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { asError } from '../errors.ts';
import type { GridAnswer, Series, Signal, YearlyAverage } from '../grid/index.ts';
import type { Factor } from '../ledger/index.ts';
import type { Outlook } from '../plan/index.ts';
import type { Site } from '../site/index.ts';
import { type Instant, instant, Z90 } from '../units.ts';

/** What is known of a zone at a moment. */
export interface GridView {
  readonly outlook: Outlook;
  /** The answer itself, gaps left as gaps: what the account may use. */
  readonly answer: GridAnswer;
  /** The outlook of the answer alone, where ours has another forecast laid in: its band is the account's. */
  readonly published?: Outlook;
  /** The answer with our own forecast laid in, where there is one: for eyes, never for the account. */
  readonly ahead?: Series;
  /** What people must know, in words. */
  readonly trouble: readonly string[];
}

/** Reads the grid of `zone` from `from` on, up to `until`. Rejects only when `signal` aborts. */
export type ReadGrid = (zone: string, from: Instant, until: Instant, signal: AbortSignal) => Promise<GridView>;

export interface GridWatch {
  readonly outlooks: () => Readonly<Record<string, Outlook>>;
  readonly trouble: () => readonly string[];
  /** Zone → why it has no fresh answer, and what stands in for it; only zones for which somebody should have answered. */
  readonly lost: () => ReadonlyMap<string, string>;
  /** Reads every zone anew; resolves when all have answered. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Grows by one with each refresh that brought something new. */
  readonly version: () => number;
  /** Intensity of `zone` over [start, end) as factors, one for each slot that has a value. */
  factors(zone: string, start: Instant, end: Instant): Factor[];
  /** Intensities over [start, end) for drawing, `null` where there is none. */
  strip(zone: string, start: Instant, end: Instant): { readonly start: Instant; readonly intensityG: number | null }[];
}

/** Uncertainty of an hourly average intensity by itself: an assumption (docs/methods/accounting.md). */
const INTENSITY_GSD = 1.1;

export function watchGrid(options: {
  readonly sites: readonly Site[];
  readonly clock: Clock;
  readonly from: Instant;
  /** How far it is worth knowing; asked anew at each reading, since work may be late. */
  readonly until: () => Instant;
  readonly read: ReadGrid;
}): GridWatch {
  const views = new Map<string, GridView>();
  const zones = [...new Set(options.sites.map((site) => site.zone))];
  let version = 0;
  let unread: string[] = [];
  return {
    outlooks: () => Object.fromEntries([...views].map(([zone, view]) => [zone, view.outlook])),
    trouble: () => [...unread, ...[...views.values()].flatMap((view) => view.trouble)],
    lost: () =>
      new Map(
        [...views].flatMap(([zone, view]) => {
          const why = lostBy(view.answer);
          return why === undefined ? [] : [[zone, why] as const];
        }),
      ),
    version: () => version,
    async refresh(signal) {
      unread = [];
      await Promise.all(
        zones.map(async (zone) => {
          try {
            const view = await options.read(zone, options.from, options.until(), signal);
            const before = views.get(zone);
            views.set(zone, view);
            if (before === undefined || !sameOutlook(before.outlook, view.outlook)) version += 1;
          } catch (thrown) {
            unread.push(`${zone}: the grid could not be read (${asError(thrown).message})`);
          }
        }),
      );
    },
    factors: (zone, start, end) => factorsOf(views.get(zone), zone, start, end),
    strip: (zone, start, end) => stripOf(views.get(zone)?.answer.series, start, end),
  };
}

/** What stands in for a fresh answer, by what is left to be used. */
const INSTEAD = {
  level: 'its last good answer is used',
  shape: 'hours are ranked by a model',
  none: 'steps run now',
} as const;

function lostBy({ links, use, age }: GridAnswer): string | undefined {
  const failed = links.find((link) => link.failure !== undefined);
  if (failed === undefined || (use === 'level' && age === undefined)) return undefined;
  return `${failed.provider} does not answer (${failed.failure?.message ?? ''}); ${INSTEAD[use]}`;
}

function sameOutlook(a: Outlook, b: Outlook): boolean {
  return (
    a.use === b.use &&
    a.axis.start === b.axis.start &&
    a.axis.length === b.axis.length &&
    a.intensityG.every((value, i) => value === b.intensityG[i])
  );
}

function factorsOf(view: GridView | undefined, zone: string, start: Instant, end: Instant): Factor[] {
  if (view === undefined) return [];
  const { series, average } = view.answer;
  if (view.answer.use !== 'level' || series === undefined) return [yearlyFactor(average, zone, start, end)];
  const { provenance, axis } = series;
  return slotsIn(series, start, end).flatMap((i) => {
    const value = series.intensityG[i] ?? Number.NaN;
    if (Number.isNaN(value)) return [];
    const validFrom = instant(axis.start + i * axis.step);
    return {
      id: '',
      kind: 'intensity',
      key: zone,
      validFrom,
      validTo: instant(validFrom + axis.step),
      value: BigInt(Math.round(value * 1000)),
      unit: 'mg/kWh',
      gsd: gsdOf(view.published ?? view.outlook, validFrom),
      signal: series.signal,
      quality: series.quality[i] ?? 'estimated',
      source: provenance.source,
      licence: provenance.licence,
      sha256: provenance.sha256 ?? null,
      publishedAt: provenance.issuedAt,
    } satisfies Factor;
  });
}

/** The band of the outlook for the slot at `start`, and the uncertainty of any hourly average, in quadrature. */
function gsdOf({ axis, lowG, highG }: Outlook, start: Instant): number {
  const slot = Math.floor((start - axis.start) / axis.step);
  const low = lowG[slot] ?? 0;
  const high = highG[slot] ?? 0;
  const band = low > 0 && high > low ? Math.log(high / low) / (2 * Z90) : 0;
  return Math.exp(Math.hypot(band, Math.log(INTENSITY_GSD)));
}

/** What the yearly averages of `grid/` are. */
const YEARLY_SIGNAL: Signal = { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' };

function yearlyFactor(yearly: YearlyAverage, zone: string, start: Instant, end: Instant): Factor {
  const day = 86_400_000;
  return {
    id: '',
    kind: 'intensity',
    key: zone,
    validFrom: instant(Math.floor(start / day) * day),
    validTo: instant(Math.ceil(end / day) * day),
    value: BigInt(Math.round(yearly.intensityG * 1000)),
    unit: 'mg/kWh',
    gsd: yearly.gsd,
    signal: YEARLY_SIGNAL,
    quality: 'yearly-average',
    source: yearly.source,
    licence: yearly.licence,
    sha256: null,
    publishedAt: instant(Date.UTC(yearly.year + 1, 0, 1)),
  };
}

function slotsIn(series: Series, start: Instant, end: Instant): number[] {
  const { axis } = series;
  const first = Math.max(0, Math.floor((start - axis.start) / axis.step));
  const last = Math.min(axis.length, Math.ceil((end - axis.start) / axis.step));
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
}

function stripOf(series: Series | undefined, start: Instant, end: Instant) {
  if (series === undefined) return [];
  return slotsIn(series, start, end).map((i) => {
    const value = series.intensityG[i] ?? Number.NaN;
    return {
      start: instant(series.axis.start + i * series.axis.step),
      intensityG: Number.isNaN(value) ? null : value,
    };
  });
}
