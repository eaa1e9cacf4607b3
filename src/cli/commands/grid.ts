/**
 * `gridtide grid`: the grid as Gridtide sees it here.
 *
 * @module
 */
import { type App, mayBePassedOn, placeName, standingClock } from '../../app.ts';
import { after, DAY, millis } from '../../units.ts';
import { appFor, columns, interrupt, mustHaveAnswered, show } from '../context.ts';
import { drawGrid } from '../draw/index.ts';
import type { GridOptions } from '../options.ts';
import { printJson } from '../output.ts';

/** How far it looks: as far as forecasts of its providers reach. */
const AHEAD = millis(2 * DAY);

export async function grid(options: GridOptions): Promise<number> {
  const app = await appFor(options, interrupt());
  const views = await lookAhead(app);
  if (app.gridChoice.from === 'file') for (const { view } of views) mustHaveAnswered(view);
  if (options.json) {
    printJson({
      schemaVersion: 1,
      now: new Date(app.now).toISOString(),
      zones: views.map(({ site, view }) => ({
        site: site.name,
        zone: site.zone,
        zoneFrom: site.zoneFrom,
        use: view.answer.use,
        signal: view.outlook.signal,
        quality: view.outlook.quality,
        source: view.outlook.source,
        licence: view.answer.series?.provenance.licence ?? null,
        mayBePassedOn: view.answer.series === undefined || mayBePassedOn(view.answer.series.provenance),
        asOf: new Date(view.outlook.asOf).toISOString(),
        ageSeconds: view.answer.age === undefined ? null : view.answer.age / 1_000,
        slotMinutes: view.outlook.axis.step / 60_000,
        start: new Date(view.outlook.axis.start).toISOString(),
        intensityGPerKWh: [...view.outlook.intensityG],
        lowGPerKWh: [...view.outlook.lowG],
        highGPerKWh: [...view.outlook.highG],
        links: view.answer.links.map(({ provider, outcome, reason }) => ({ provider, outcome, reason })),
        warnings: view.trouble,
      })),
    });
    return 0;
  }
  for (const { site, view } of views) {
    show(
      drawGrid(view.answer, {
        zoneFrom: site.zoneFrom,
        place: placeName(site.zone),
        columns: columns(),
        timeZone: app.timeZone,
        now: app.now,
      }),
    );
  }
  return 0;
}

async function lookAhead(app: App) {
  const read = await app.readGrid(app.gridChoice, standingClock(app.now));
  const zones = new Map((await app.sites()).map((site) => [site.zone, site]));
  return Promise.all(
    [...zones.values()].map(async (site) => ({
      site,
      view: await read(site.zone, app.now, after(app.now, AHEAD), app.signal),
    })),
  );
}
