/**
 * What becomes of forecasts that were really published when they are read as the product reads them
 * (`src/forecast/models/calm.ts`): how many are changed, and the mean error of all of them before and after.
 *
 * Run: `npm run bench -- calm --data DIR [--json]`. `DIR/carboncast`, or `DIR`, has a folder a region (`bench/carboncast.ts`)
 * with forecasts by run and hour ahead, any number of columns of them, named `…_direct` or `…_lifecycle`.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { skillOf } from '../src/forecast/index.ts';
import { calmed, mannerOf } from '../src/forecast/models/calm.ts';
import { HOUR } from '../src/units.ts';
import { published, readRegion, regionsIn, type Signal } from './carboncast.ts';
import { dataFolder, printRows, type Row, readTable, rounded } from './kernel-data.ts';

const given = dataFolder('calm', 'carboncast/');
const folder = existsSync(join(given, 'carboncast')) ? join(given, 'carboncast') : given;
const rows: Row[] = [];

/** Columns with forecasts of a signal. */
function columnsOf(region: string, signal: Signal): readonly string[] {
  const file = readdirSync(join(folder, region)).find((name) => name.startsWith('carboncast_forecasts'));
  if (file === undefined) return [];
  const { header } = readTable(join(folder, region, file));
  return header.filter((column) => column.endsWith(`_${signal}`));
}

for (const region of regionsIn(folder)) {
  for (const signal of ['direct', 'lifecycle'] as const) {
    console.error(`calm: ${region}, ${signal}`);
    const { start, intensityG } = readRegion(folder, region, signal, 0).record.history;
    for (const column of columnsOf(region, signal)) {
      let [forecasts, changed, before, after] = [0, 0, 0, 0];
      for (const [run, forecastG] of published(folder, region, column)) {
        const hour = (run - start) / HOUR;
        const truthG = intensityG.subarray(hour, hour + forecastG.length);
        const manner = mannerOf(intensityG.subarray(0, hour), 24);
        if (manner === undefined || truthG.length < forecastG.length) continue;
        const calm = calmed(forecastG, manner);
        const errorOf = (values: Float64Array) => skillOf(values, truthG, [], 0, values.length).mapePercent;
        forecasts++;
        if (calm !== forecastG) changed++;
        before += errorOf(forecastG);
        after += errorOf(calm);
      }
      if (forecasts === 0) continue;
      const name = `${region}, ${column}`;
      rows.push(
        { case: name, metric: 'forecasts', value: forecasts, unit: '1' },
        { case: name, metric: 'changed', value: changed, unit: '1' },
        { case: name, metric: 'mean error as published', value: rounded(before / forecasts, 2), unit: '%' },
        {
          ...{ case: name, metric: 'mean error as read', value: rounded(after / forecasts, 2), unit: '%' },
          ...{ target: rounded(before / forecasts, 2), pass: after <= before },
        },
      );
    }
  }
}
printRows('calm', rows);
