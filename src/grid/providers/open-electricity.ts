/**
 * Open Electricity: energy and emissions by technology of the regions of Australia, every 5 min. No forecast.
 *
 * UNVERIFIED: the licence of the data, the longest range for each interval, and whether the end of a range is in it.
 *
 * @module
 */
import { z } from 'zod';
import { Failure } from '../../errors.ts';
import { after, DAY, HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../../units.ts';
import { type MixFuel, mixSeries, type Output } from '../mix.ts';
import type { Provider, ProviderContext, Range } from '../provider.ts';
import { ask, brokenReply, checkStamps, fetched, readOffsetStamp, readReply } from './reply.ts';

const ID = 'open-electricity';
const BASE = 'https://api.openelectricity.org.au/v4/data/network';
const KEY = 'OPENELECTRICITY_API_KEY';
const STEP = millis(5 * MINUTE);
const LONGEST_REQUEST = millis(7 * DAY);

interface Region {
  readonly network: 'NEM' | 'WEM';
  readonly region: string;
  /** Of network time, which has no summer time. */
  readonly ahead: Millis;
}
const nem = (region: string): Region => ({ network: 'NEM', region, ahead: millis(10 * HOUR) });
const REGIONS: Readonly<Record<string, Region>> = {
  'AU-NSW': nem('NSW1'),
  'AU-QLD': nem('QLD1'),
  'AU-SA': nem('SA1'),
  'AU-TAS': nem('TAS1'),
  'AU-VIC': nem('VIC1'),
  'AU-WA': { network: 'WEM', region: 'WEM', ahead: millis(8 * HOUR) },
};

/** Technologies that generate; whatever else is reported moves or stores what they generated. */
const FUELS: ReadonlyMap<string, MixFuel> = new Map<string, MixFuel>([
  ['coal_black', 'coal'],
  ['coal_brown', 'coal'],
  ['gas_ccgt', 'gas'],
  ['gas_ocgt', 'gas'],
  ['gas_recip', 'gas'],
  ['gas_steam', 'gas'],
  ['gas_wcmg', 'gas'],
  ['distillate', 'oil'],
  ['hydro', 'hydro'],
  ['wind', 'wind'],
  ['wind_offshore', 'wind'],
  ['bioenergy_biogas', 'biomass'],
  ['bioenergy_biomass', 'biomass'],
  ['solar_utility', 'solar'],
  ['solar_rooftop', 'solar'],
  ['solar_thermal', 'solar'],
  ['nuclear', 'nuclear'],
]);
const NO_GENERATION: ReadonlySet<string> = new Set([
  'imports',
  'exports',
  'battery',
  'battery_charging',
  'battery_discharging',
  'pumps',
]);
/** The publisher's own, by plant; what burns nothing emits nothing, also where it is not said. */
const FACTORS: { readonly id: string; readonly gPerKWh: Readonly<Partial<Record<MixFuel, number>>> } = {
  id: 'open-electricity@4',
  gPerKWh: { hydro: 0, wind: 0, solar: 0, nuclear: 0 },
};

const replySchema = z.object({
  success: z.literal(true),
  data: z.array(
    z.object({
      network_code: z.string(),
      metric: z.enum(['energy', 'emissions']),
      unit: z.string(),
      interval: z.literal('5m'),
      results: z.array(
        z.object({
          columns: z.object({
            region: z.string().optional(),
            network_region: z.string().optional(),
            fueltech: z.string(),
          }),
          data: z.array(z.tuple([z.string(), z.number().nullable()])),
        }),
      ),
    }),
  ),
});
/** Of the two metrics. */
const UNITS = { energy: ['MWh'], emissions: ['t', 'tCO2e', 'tCO2'] } as const;

type Figures = ReadonlyMap<string, ReadonlyMap<Instant, number>>;

/** One metric: technology → start → value. */
function figuresOf(
  reply: z.infer<typeof replySchema>,
  metric: keyof typeof UNITS,
  region: string,
  range: Range,
): Figures {
  const block = reply.data.find((one) => one.metric === metric);
  if (block === undefined) throw brokenReply(ID, `the reply has no ${metric}`);
  if (!UNITS[metric].some((unit) => unit === block.unit))
    throw brokenReply(ID, `the unit of ${metric} is another`, block.unit, UNITS[metric].join(' or '));
  const figures = new Map<string, ReadonlyMap<Instant, number>>();
  for (const { columns, data } of block.results) {
    const named = columns.region ?? columns.network_region;
    if (named !== region) throw brokenReply(ID, 'the reply is about another region', named ?? 'none', region);
    const stamps = data.map(([stamp]) => readOffsetStamp(ID, stamp));
    checkStamps(ID, stamps, range);
    const type = columns.fueltech.toLowerCase();
    if (figures.has(type)) throw brokenReply(ID, `the reply has ${metric} of a technology twice`, type);
    figures.set(
      type,
      new Map(data.flatMap(([, value], i) => (value === null ? [] : [[stamps[i] ?? range.start, value]]))),
    );
  }
  return figures;
}

function outputsOf(energy: Figures, emissions: Figures): Output[] {
  return [...energy].flatMap(([type, figures]) => {
    if (NO_GENERATION.has(type)) return [];
    return [...figures].map(([start, energyMWh]): Output => {
      const fuel = FUELS.get(type) ?? 'other';
      const tonnes = emissions.get(type)?.get(start);
      // What burns emits: none at all is a figure that is not there yet.
      const isKnown = tonnes !== undefined && (tonnes !== 0 || FACTORS.gPerKWh[fuel] !== undefined);
      return {
        start,
        type,
        fuel,
        powerMW: (energyMWh * HOUR) / STEP,
        ...(isKnown && energyMWh > 0 ? { gPerKWh: (tonnes / energyMWh) * 1_000 } : {}),
      };
    });
  });
}

async function read({ network, region, ahead }: Region, range: Range, context: ProviderContext) {
  const local = (at: Instant): string => new Date(at + ahead).toISOString().slice(0, 19);
  const query = new URLSearchParams([
    ['metrics', 'energy'],
    ['metrics', 'emissions'],
    ['interval', '5m'],
    ['date_start', local(range.start)],
    ['date_end', local(range.end)],
    ['primary_grouping', 'network_region'],
    ['secondary_grouping', 'fueltech'],
    ['network_region', region],
  ]);
  const body = await ask(ID, `${BASE}/${network}?${query}`, context, {
    secret: { header: 'authorization', value: `Bearer ${context.key(KEY)}` },
    means: { 401: `the key in ${KEY} is not accepted`, 403: `the plan of the key in ${KEY} does not hold this` },
    absent: [404],
  });
  if (body === undefined) return { outputs: [], body: '' };
  const reply = readReply(ID, body, replySchema);
  const stray = reply.data.find((block) => block.network_code !== network);
  if (stray !== undefined) throw brokenReply(ID, 'the reply is about another network', stray.network_code, network);
  const figures = (metric: keyof typeof UNITS) => figuresOf(reply, metric, region, range);
  return { outputs: outputsOf(figures('energy'), figures('emissions')), body };
}

export const openElectricity: Provider = {
  id: ID,
  about: 'Open Electricity (Australia), CC BY-NC 4.0 (UNVERIFIED)',
  keys: [KEY],
  keysFrom: 'free, with a waiting list',
  signal: { kind: 'average', basis: 'production', scope: 'direct', gas: 'CO2e' },
  covers: (zone) => Object.hasOwn(REGIONS, zone),
  async intensity(zone, range, context) {
    const region = Object.hasOwn(REGIONS, zone) ? REGIONS[zone] : undefined;
    if (region === undefined) throw new Failure('grid/no-zone', `${ID} knows Australia alone`, { value: zone });
    const now = context.clock.now();
    const end = instant(Math.min(range.end, now));
    const outputs: Output[] = [];
    const bodies: string[] = [];
    const first = instant(Math.floor(range.start / STEP) * STEP);
    for (let start = first; start < end; start = after(start, LONGEST_REQUEST)) {
      const next = after(start, LONGEST_REQUEST);
      const part = await read(region, { start, end: instant(Math.min(end, next)) }, context);
      // The end of a part may be in its reply; it is the start of the next.
      outputs.push(...part.outputs.filter((output) => output.start < next));
      bodies.push(part.body);
    }
    const last = outputs.reduce((latest, { start }) => Math.max(latest, start), Number.NEGATIVE_INFINITY);
    if (outputs.length === 0) throw new Failure('grid/unavailable', `${ID}: no data for ${region.region} in this time`);
    if (last >= now) throw brokenReply(ID, 'a measured value lies in the future', new Date(last).toISOString());
    return mixSeries({
      zone,
      signal: openElectricity.signal,
      range,
      step: STEP,
      outputs,
      factors: FACTORS,
      provenance: fetched(
        ID,
        `${BASE}/${region.network}?network_region=${region.region}`,
        'CC BY-NC 4.0, Open Electricity (UNVERIFIED)',
        now,
        bodies,
      ),
      reason: (start) => (start > last ? 'not published yet: there is no forecast' : 'not published'),
    });
  },
};
