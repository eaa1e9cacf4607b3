/**
 * The Midcontinent Independent System Operator: generation by fuel of the present five minutes, from which intensity is
 * computed. No key, no past, no forecast: it tells how clean the grid is, not when it will be.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, formatInstant, HOUR, type Instant, instant, MINUTE, millis } from '../../units.ts';
import { IPCC_AR5_LIFECYCLE } from '../data/factors.ts';
import { type MixFuel, mixSeries, type Output } from '../mix.ts';
import type { Provider } from '../provider.ts';
import { ask, brokenReply, fetched, readReply, readStamp } from './reply.ts';

const ID = 'miso';
const ZONE = 'US-MIDW-MISO';
const URL_OF_MIX =
  'https://api.misoenergy.org/MISORTWDDataBroker/DataBrokerServices.asmx?messageType=getfuelmix&returnType=json';
const STEP = millis(5 * MINUTE);
/** Eastern Standard Time all year. */
const BEHIND_UTC = millis(5 * HOUR);
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const FUELS: ReadonlyMap<string, MixFuel> = new Map<string, MixFuel>([
  ['coal', 'coal'],
  ['natural gas', 'gas'],
  ['nuclear', 'nuclear'],
  ['wind', 'wind'],
  ['solar', 'solar'],
  ['hydro', 'hydro'],
  ['battery storage', 'storage'],
]);

const replySchema = z.object({
  RefId: z.string(),
  Fuel: z.object({
    Type: z.array(
      z.object({
        CATEGORY: z.string().min(1),
        ACT: z
          .string()
          .regex(/^-?[\d,]+(\.\d+)?$/)
          .transform((text) => Number(text.replaceAll(',', ''))),
      }),
    ),
  }),
});

/** `18-Mar-2026 - Interval 07:10 EST`. */
function startOf(text: string): Instant {
  const match = /^(\d\d)-([A-Z][a-z]{2})-(\d{4}) - Interval (\d\d:\d\d) EST$/.exec(text);
  const month = MONTHS.indexOf(match?.[2] ?? '') + 1;
  if (match === null || month === 0)
    throw brokenReply(ID, 'a time cannot be read', text, '18-Mar-2026 - Interval 07:10 EST');
  const date = `${match[3]}-${String(month).padStart(2, '0')}-${match[1]}`;
  return after(readStamp(ID, `${date}T${match[4]}Z`, true), BEHIND_UTC);
}

export const miso: Provider = {
  id: ID,
  about: 'Midcontinent ISO, public',
  keys: [],
  signal: { kind: 'average', basis: 'production', scope: IPCC_AR5_LIFECYCLE.scope, gas: IPCC_AR5_LIFECYCLE.gas },
  ranksNoHours: true,
  covers: (zone) => zone === ZONE,
  async intensity(zone, range, context) {
    if (zone !== ZONE)
      throw new Failure('grid/no-zone', `${ID} knows its own zone alone`, { value: zone, expected: ZONE });
    const now = context.clock.now();
    const body = (await ask(ID, URL_OF_MIX, context)) ?? '';
    const { RefId, Fuel } = readReply(ID, body, replySchema);
    const start = instant(Math.floor(startOf(RefId) / STEP) * STEP);
    if (start > now) throw brokenReply(ID, 'a measured value lies in the future', RefId);
    if (start <= range.start - STEP || start >= range.end)
      throw new Failure('grid/unavailable', `${ID}: it knows ${formatInstant(start)} alone`);
    const outputs = Fuel.Type.filter(({ CATEGORY }) => CATEGORY.toLowerCase() !== 'imports').map(
      ({ CATEGORY, ACT }): Output => ({
        start,
        type: CATEGORY,
        fuel: FUELS.get(CATEGORY.toLowerCase()) ?? 'other',
        powerMW: ACT,
      }),
    );
    return mixSeries({
      zone,
      signal: miso.signal,
      range,
      step: STEP,
      outputs,
      factors: IPCC_AR5_LIFECYCLE,
      provenance: fetched(ID, URL_OF_MIX, 'public, Midcontinent ISO', now, [body]),
      reason: (slot) => (slot > start ? 'not published yet: there is no forecast' : 'only the present is published'),
    });
  },
};
