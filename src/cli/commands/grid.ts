/**
 * `gridtide grid`: the grid as Gridtide sees it here.
 *
 * @module
 */
import { type App, mayBePassedOn, placeName, standingClock } from '../../app.ts';
import { Failure } from '../../errors.ts';
import { after, DAY, millis } from '../../units.ts';
import { appFor, columns, interrupt, mustHaveAnswered, show } from '../context.ts';
import { drawGrid } from '../draw/index.ts';
import type { LookOptions } from '../options.ts';
import { note, printJson } from '../output.ts';

/** How far it looks: as far as forecasts of its providers reach. */
const AHEAD = millis(2 * DAY);

export async function grid({ zone: zones = [], ...options }: LookOptions): Promise<number> {
  const [zone, second] = zones;
  if (second !== undefined)
    throw new Failure('cli/usage', '--zone: two zones', { value: zones.join(' '), expected: 'one zone' });
  const app = await appFor(zone === undefined ? options : { ...options, zone }, interrupt());
  const views = await lookAhead(app);
  await app.finishTape();
  if (options.record !== undefined)
    note(`Recorded in ${options.record}, without keys. Its notice says to whom you may show it.`);
  if (app.gridChoice.from === 'file') for (const { view } of views) mustHaveAnswered(view);
  if (options.json) {
    printJson({
      schemaVersion: 1,
      now: new Date(app.now).toISOString(),
      zones: views.map(({ place, view }) => ({
        ...place,
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
  for (const { place, view } of views) {
    show(
      drawGrid(
        { ...view.answer, ...(view.ahead === undefined ? {} : { series: view.ahead }) },
        {
          zoneFrom: place.zoneFrom,
          place: placeName(place.zone),
          columns: columns(),
          timeZone: app.timeZone,
          now: app.now,
        },
      ),
    );
  }
  return 0;
}

async function lookAhead(app: App) {
  const read = await app.readGrid(app.gridChoice, standingClock(app.now));
  return Promise.all(
    (await app.places()).map(async (place) => ({
      place,
      view: await read(place.zone, app.now, after(app.now, AHEAD), app.signal),
    })),
  );
}
