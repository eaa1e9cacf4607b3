/**
 * The drawings that pages show, by name: `run 80`, `receipt 140`.
 *
 * @module
 */
import { drawReceipt, drawRun, NO_COLOUR, paint } from '../../src/cli/draw/index.ts';
import { PAUSED_RUN, RECEIPT } from './models.ts';

const TIME_ZONE = 'Europe/Berlin';

/** What a terminal without colour would show of the model named in `detail`. */
export function drawing(detail: string): string {
  const [name, width] = detail.split(' ');
  const columns = Number(width);
  switch (name) {
    case 'run':
      return paint(drawRun(PAUSED_RUN, { columns, timeZone: TIME_ZONE }), NO_COLOUR);
    case 'receipt':
      return paint(drawReceipt(RECEIPT, { columns, timeZone: TIME_ZONE }), NO_COLOUR);
    default:
      throw new Error(`no drawing is called "${detail}"`);
  }
}
