/**
 * The drawings that pages show, by name: `run 80`, `receipt 140`.
 *
 * @module
 */
import { drawForecast, drawReceipt, drawRun, NO_COLOUR, paint } from '../../src/cli/draw/index.ts';
import { FORECAST, NOW, PAUSED_RUN, RECEIPT } from './models.ts';

const TIME_ZONE = 'Europe/Berlin';

export const forecastDrawing = (columns: number) =>
  ({ place: 'Germany', zoneFrom: '--zone', columns, timeZone: TIME_ZONE, now: NOW }) as const;

/** What a terminal without colour would show of the model named in `detail`. */
export function drawing(detail: string): string {
  const [name, width] = detail.split(' ');
  const columns = Number(width);
  switch (name) {
    case 'run':
      return paint(drawRun(PAUSED_RUN, { columns, timeZone: TIME_ZONE }), NO_COLOUR);
    case 'receipt':
      return paint(drawReceipt(RECEIPT, { columns, timeZone: TIME_ZONE }), NO_COLOUR);
    case 'forecast':
      return paint(drawForecast(FORECAST, forecastDrawing(columns)), NO_COLOUR);
    default:
      throw new Error(`no drawing is called "${detail}"`);
  }
}
