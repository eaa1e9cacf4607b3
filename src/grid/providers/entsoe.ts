/**
 * The Transparency Platform of ENTSO-E: generation by type of the zones of Europe, from which intensity is computed. No
 * forecast; some zones are late by hours or days.
 *
 * UNVERIFIED: the licence of each item, and what the platform replies above its limits.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { after, DAY, HOUR, type Instant, instant, MINUTE, type Millis, millis } from '../../units.ts';
import { yearlyShares } from '../average.ts';
import { IPCC_AR5_LIFECYCLE } from '../data/factors.ts';
import { type MixFuel, mixSeries, type Output } from '../mix.ts';
import type { Provider, ProviderContext, Range } from '../provider.ts';
import { floorTo } from '../slots.ts';
import { brokenReply, fetched, readStamp } from './reply.ts';
import { all, readXml, textAt, type XmlElement } from './xml.ts';

const ID = 'entsoe';
const URL_OF_API = 'https://web-api.tp.entsoe.eu/api';
const KEY = 'ENTSOE_API_KEY';
/** The platform takes a year; a reply of this length stays small. */
const LONGEST_REQUEST = millis(14 * DAY);
/** A type is left out of a reply without a word; what was published before tells that it is missing. */
const LOOK_BACK = millis(3 * DAY);

/** Codes of areas (EIC) by zone. Germany's generation is published for the country, not for its bidding zone. */
const AREAS: Readonly<Record<string, string>> = {
  AT: '10YAT-APG------L',
  BA: '10YBA-JPCC-----D',
  BE: '10YBE----------2',
  BG: '10YCA-BULGARIA-R',
  CH: '10YCH-SWISSGRIDZ',
  CY: '10YCY-1001A0003J',
  CZ: '10YCZ-CEPS-----N',
  DE: '10Y1001A1001A83F',
  'DK-DK1': '10YDK-1--------W',
  'DK-DK2': '10YDK-2--------M',
  EE: '10Y1001A1001A39I',
  ES: '10YES-REE------0',
  FI: '10YFI-1--------U',
  FR: '10YFR-RTE------C',
  GR: '10YGR-HTSO-----Y',
  HR: '10YHR-HEP------M',
  HU: '10YHU-MAVIR----U',
  IE: '10YIE-1001A00010',
  'IT-CNO': '10Y1001A1001A70O',
  'IT-CSO': '10Y1001A1001A71M',
  'IT-NO': '10Y1001A1001A73I',
  'IT-SAR': '10Y1001A1001A74G',
  'IT-SIC': '10Y1001A1001A75E',
  'IT-SO': '10Y1001A1001A788',
  LT: '10YLT-1001A0008Q',
  LU: '10YLU-CEGEDEL-NQ',
  LV: '10YLV-1001A00074',
  ME: '10YCS-CG-TSO---S',
  MK: '10YMK-MEPSO----8',
  NL: '10YNL----------L',
  'NO-NO1': '10YNO-1--------2',
  'NO-NO2': '10YNO-2--------T',
  'NO-NO3': '10YNO-3--------J',
  'NO-NO4': '10YNO-4--------9',
  'NO-NO5': '10Y1001A1001A48H',
  PL: '10YPL-AREA-----S',
  PT: '10YPT-REN------W',
  RO: '10YRO-TEL------P',
  RS: '10YCS-SERBIATSOV',
  'SE-SE1': '10Y1001A1001A44P',
  'SE-SE2': '10Y1001A1001A45N',
  'SE-SE3': '10Y1001A1001A46L',
  'SE-SE4': '10Y1001A1001A47J',
  SI: '10YSI-ELES-----O',
  SK: '10YSK-SEPS-----K',
};

/** Types of production: what people call them, and what they are here. */
const TYPES = new Map<string, readonly [string, MixFuel]>([
  ['B01', ['Biomass', 'biomass']],
  ['B02', ['Lignite', 'coal']],
  ['B03', ['Coal-derived gas', 'other']],
  ['B04', ['Gas', 'gas']],
  ['B05', ['Hard coal', 'coal']],
  ['B06', ['Oil', 'oil']],
  ['B07', ['Oil shale', 'other']],
  ['B08', ['Peat', 'other']],
  ['B09', ['Geothermal', 'geothermal']],
  ['B10', ['Pumped storage', 'storage']],
  ['B11', ['Run-of-river', 'hydro']],
  ['B12', ['Water reservoir', 'hydro']],
  ['B13', ['Marine', 'other']],
  ['B14', ['Nuclear', 'nuclear']],
  ['B15', ['Other renewable', 'other']],
  ['B16', ['Solar', 'solar']],
  ['B17', ['Waste', 'other']],
  ['B18', ['Wind offshore', 'wind']],
  ['B19', ['Wind onshore', 'wind']],
  ['B20', ['Other', 'other']],
  ['B25', ['Energy storage', 'storage']],
]);

const STEPS = new Map<string, Millis>([
  ['PT15M', millis(15 * MINUTE)],
  ['PT30M', millis(30 * MINUTE)],
  ['PT60M', millis(60 * MINUTE)],
]);

/** One value of one type over so long a time; the length differs between types and over the years. */
interface Stretch {
  readonly type: string;
  readonly start: Instant;
  readonly step: Millis;
  readonly powerMW: number;
}

function readPeriod(period: XmlElement, type: string, isCompressed: boolean): Stretch[] {
  const start = readStamp(ID, textAt(period, 'timeInterval', 'start') ?? '', true);
  const end = readStamp(ID, textAt(period, 'timeInterval', 'end') ?? '', true);
  const resolution = textAt(period, 'resolution') ?? '';
  const step = STEPS.get(resolution);
  if (step === undefined)
    throw brokenReply(ID, 'the resolution is not known', resolution, [...STEPS.keys()].join(', '));
  const length = (end - start) / step;
  if (!(length > 0 && length <= LONGEST_REQUEST / step && Number.isInteger(length)))
    throw brokenReply(ID, 'a period has no whole number of points', `${length}`);
  const powers = new Array<number>(length).fill(Number.NaN);
  let before = 0;
  for (const point of all(period, 'Point')) {
    const position = Number(textAt(point, 'position'));
    const quantity = Number(textAt(point, 'quantity') || Number.NaN);
    if (!(Number.isInteger(position) && position > before && position <= length) || Number.isNaN(quantity))
      throw brokenReply(
        ID,
        'a point is not one of its period',
        `${textAt(point, 'position')}: ${textAt(point, 'quantity')}`,
      );
    // In a compressed curve a point that is left out repeats the one before it; in any other it is missing.
    if (isCompressed && before > 0) powers.fill(powers[before - 1] ?? Number.NaN, before, position - 1);
    powers[position - 1] = quantity;
    before = position;
  }
  if (isCompressed && before > 0) powers.fill(powers[before - 1] ?? Number.NaN, before);
  return powers.map((powerMW, i) => ({ type, start: after(start, i * step), step, powerMW }));
}

function readDocument(body: string, area: string): Stretch[] {
  const document = readXml(ID, body);
  if (document.name === 'Acknowledgement_MarketDocument') {
    const [code, text] = [textAt(document, 'Reason', 'code'), textAt(document, 'Reason', 'text') ?? ''];
    if (code === '999' && /No matching data found/i.test(text)) return [];
    throw new Failure('grid/unavailable', `${ID}: ${text.slice(0, 120) || 'it refuses without a reason'}`);
  }
  const kind = `${document.name} ${textAt(document, 'type') ?? ''} ${textAt(document, 'process.processType') ?? ''}`;
  if (kind !== 'GL_MarketDocument A75 A16')
    throw brokenReply(ID, 'the reply is another document', kind, 'generation by type');
  return all(document, 'TimeSeries').flatMap((series) => {
    // What an area takes out, to pump or to run its plants, has an outgoing domain: it is no generation.
    const domain = textAt(series, 'inBiddingZone_Domain.mRID');
    if (domain === undefined && textAt(series, 'outBiddingZone_Domain.mRID') !== undefined) return [];
    if (domain !== area) throw brokenReply(ID, 'the reply is about another area', domain ?? 'none', area);
    const unit = textAt(series, 'quantity_Measure_Unit.name');
    if (unit !== 'MAW') throw brokenReply(ID, 'the unit is another', unit ?? 'none', 'MAW');
    const type = textAt(series, 'MktPSRType', 'psrType') ?? '';
    const curve = textAt(series, 'curveType') ?? '';
    if (curve !== 'A01' && curve !== 'A03') throw brokenReply(ID, 'the curve is not known', curve, 'A01 or A03');
    return all(series, 'Period').flatMap((period) => readPeriod(period, type, curve === 'A03'));
  });
}

/** `202603181200`, in UTC and whole hours, as the platform wants it. */
const hourStamp = (at: number): string => `${new Date(at).toISOString().slice(0, 13).replaceAll(/[-T]/g, '')}00`;

async function read(
  area: string,
  range: Range,
  context: ProviderContext,
): Promise<{ body: string; stretches: Stretch[] }> {
  const query = new URLSearchParams({
    documentType: 'A75',
    processType: 'A16',
    in_Domain: area,
    periodStart: hourStamp(range.start),
    periodEnd: hourStamp(range.end + 59 * MINUTE),
  });
  const { status, body } = await context.transport.get(`${URL_OF_API}?${query}`, {
    signal: context.signal,
    secret: { query: 'securityToken', value: context.key(KEY) },
    // That there are no data is said in an acknowledgement, with 200 or with 400.
    accept: [400, 401],
  });
  if (status === 401) throw new Failure('grid/not-configured', `${ID}: the token in ${KEY} is not accepted`);
  return { body, stretches: readDocument(body, area) };
}

/** Stretches on one step, the finest among them: power is a mean, so it holds for every part of its stretch. */
function outputsOf(stretches: readonly Stretch[], step: Millis, until: Instant): Output[] {
  return stretches.flatMap((stretch) => {
    const [name, fuel] = TYPES.get(stretch.type) ?? [stretch.type, 'other' as const];
    return Array.from({ length: stretch.step / step }, (_, i) => ({
      start: after(stretch.start, i * step),
      type: name,
      fuel,
      powerMW: stretch.powerMW,
    })).filter(({ start }) => start < until);
  });
}

export const entsoe: Provider = {
  id: ID,
  about: 'Transparency Platform, ENTSO-E (Europe), CC BY 4.0 for most items (UNVERIFIED)',
  keys: [KEY],
  keysFrom: 'a free account, then a token asked for by e-mail',
  quota: '400 requests a minute, then a ban of ten minutes (UNVERIFIED)',
  signal: { kind: 'average', basis: 'production', scope: IPCC_AR5_LIFECYCLE.scope, gas: IPCC_AR5_LIFECYCLE.gas },
  staleAfter: DAY,
  // More than 400 a minute, and the address is shut out for ten minutes.
  pace: { requests: 400, per: MINUTE },
  covers: (zone) => Object.hasOwn(AREAS, zone),
  async intensity(zone, range, context) {
    const area = Object.hasOwn(AREAS, zone) ? AREAS[zone] : undefined;
    if (area === undefined) throw new Failure('grid/no-zone', `${ID} does not know this zone`, { value: zone });
    const now = context.clock.now();
    const end = instant(Math.min(range.end, now));
    if (end <= range.start) throw new Failure('grid/unavailable', `${ID}: it has no forecast`);
    const since = floorTo(instant(Math.min(range.start, end - LOOK_BACK)), HOUR);
    const stretches: Stretch[] = [];
    const bodies: string[] = [];
    // Whole hours are asked for, so that parts that begin with one do not share it.
    for (let start = since; start < end; start = after(start, LONGEST_REQUEST)) {
      const part = await read(area, { start, end: instant(Math.min(end, after(start, LONGEST_REQUEST))) }, context);
      stretches.push(...part.stretches);
      bodies.push(part.body);
    }
    const step = millis(Math.min(HOUR, ...new Set(stretches.map((stretch) => stretch.step))));
    const outputs = outputsOf(stretches, step, now);
    const stray = outputs.find(({ start }) => start < since - DAY || start >= range.end + DAY);
    if (stray !== undefined) throw brokenReply(ID, 'a time lies far from what was asked', hourStamp(stray.start));
    const last = outputs.reduce((latest, output) => {
      return Number.isNaN(output.powerMW) ? latest : Math.max(latest, output.start);
    }, Number.NEGATIVE_INFINITY);
    if (last <= range.start - step) throw new Failure('grid/unavailable', `${ID}: no data for ${zone} in this time`);
    return mixSeries({
      zone,
      signal: entsoe.signal,
      range,
      step,
      outputs,
      factors: IPCC_AR5_LIFECYCLE,
      yearly: yearlyShares(zone),
      provenance: fetched(
        ID,
        `${URL_OF_API}?documentType=A75&in_Domain=${area}`,
        'CC BY 4.0, ENTSO-E (UNVERIFIED)',
        now,
        bodies,
      ),
      reason: (start) => (start > last ? 'not published yet: there is no forecast' : 'not published'),
    });
  },
};
