/**
 * `gridtide forecast`: the hours to come of a zone, how sure they are, and how good such forecasts have been.
 *
 * @module
 */
import { type ForecastView, mayBePassedOn, placeName } from '../../app.ts';
import { Failure } from '../../errors.ts';
import { formatInstant, HOUR, type Instant, instant } from '../../units.ts';
import { appFor, columns, interrupt, show } from '../context.ts';
import { drawForecast } from '../draw/index.ts';
import type { ForecastOptions } from '../options.ts';
import { note, printJson } from '../output.ts';

export async function forecast(place: string | undefined, options: ForecastOptions): Promise<number> {
  if (place !== undefined && options.zone !== undefined)
    throw new Failure('cli/usage', 'the zone is named twice', { value: options.zone, expected: place });
  const zone = place ?? options.zone;
  const app = await appFor({ ...options, ...(zone === undefined ? {} : { zone }) }, untilLeft(interrupt()));
  const [site] = await app.sites();
  if (site === undefined) throw new Failure('grid/no-zone', 'no site has a zone');
  const view = await app.forecast(site.zone, {
    backfill: options.backfill,
    onPiece: ({ start, end }) => note(`reading ${dayOf(start)} … ${dayOf(end)}`),
  });
  if (options.json) printJson(toJson(view));
  else
    show(
      drawForecast(view, {
        place: placeName(site.zone),
        zoneFrom: site.zoneFrom,
        columns: columns(),
        timeZone: app.timeZone,
        now: app.now,
      }),
    );
  return 0;
}

/** Aborted as well when the process that wanted this, if there is one, is gone. */
function untilLeft(interrupted: AbortSignal): AbortSignal {
  const left = new AbortController();
  const leave = (): void => left.abort(new DOMException('nobody waits for it any more', 'AbortError'));
  // Whoever wanted this may have gone before it was heard.
  if (process.connected === false) leave();
  process.once('disconnect', leave);
  process.channel?.unref();
  return AbortSignal.any([interrupted, left.signal]);
}

const dayOf = (at: Instant): string => formatInstant(at).slice(0, 10);

/** Hours from `start` on; `NaN` becomes null. */
const toJson = (view: ForecastView) => ({
  schemaVersion: 1,
  zone: view.zone,
  signal: view.published.signal,
  source: view.source,
  dataVintage: view.vintage ?? null,
  licence: view.licence,
  mayBePassedOn: mayBePassedOn(view.published.provenance),
  start: formatInstant(view.forecast.origin),
  slotMinutes: HOUR / 60_000,
  intensityGPerKWh: listOf(view.forecast.intensityG),
  p10GPerKWh: listOf(view.forecast.lowG),
  p90GPerKWh: listOf(view.forecast.highG),
  dayBefore:
    view.dayBefore === undefined
      ? null
      : {
          start: formatInstant(view.dayBefore.origin),
          rehearsed: view.dayBefore.rehearsed,
          intensityGPerKWh: listOf(view.dayBefore.intensityG.subarray(0, 24)),
          cameGPerKWh: Array.from({ length: 24 }, (_, hour) =>
            known(view.history.intensityG[((view.dayBefore?.origin ?? instant(0)) - view.history.start) / HOUR + hour]),
          ),
        },
  issued: view.skill.map(skillOf),
  rehearsed: view.rehearsed.map(skillOf),
  inUse: view.inUse,
  notes: view.notes,
});

const skillOf = ({ model, day, origins, mapePercent, within }: ForecastView['skill'][number]) => ({
  model,
  day: day + 1,
  forecasts: origins,
  mapePercent,
  within80Percent: within === undefined ? null : 100 * within,
});

const known = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value);
const listOf = (values: Float64Array): (number | null)[] => Array.from(values, known);
