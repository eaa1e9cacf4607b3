/**
 * Documents of the Transparency Platform of ENTSO-E: how they are asked for, and the values in them.
 *
 * @module
 */
import { Failure } from '../../errors.ts';
import { after, DAY, type Instant, MINUTE, type Millis, millis } from '../../units.ts';
import type { ProviderContext, Range } from '../provider.ts';
import { brokenReply, readStamp } from './reply.ts';
import { all, readXml, textAt, type XmlElement } from './xml.ts';

const ID = 'entsoe';
export const URL_OF_API = 'https://web-api.tp.entsoe.eu/api';
export const ENTSOE_KEY = 'ENTSOE_API_KEY';
/** The platform takes a year; a reply of this length stays small. */
export const LONGEST_REQUEST = millis(14 * DAY);

/** Codes of areas (EIC) by zone. Germany's generation is published for the country, not for its bidding zone. */
export const AREAS: Readonly<Record<string, string>> = {
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

const STEPS = new Map<string, Millis>([
  ['PT15M', millis(15 * MINUTE)],
  ['PT30M', millis(30 * MINUTE)],
  ['PT60M', millis(60 * MINUTE)],
]);

/** What the platform can be asked for, by its own codes. */
export interface Item {
  readonly type: string;
  readonly process: string;
  /** In words, for people. */
  readonly what: string;
}

/** One value of one type over so long a time; the length differs between types and over the years. */
export interface Stretch {
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

function readDocument(body: string, area: string, { type, process, what }: Item): Stretch[] {
  const document = readXml(ID, body);
  if (document.name === 'Acknowledgement_MarketDocument') {
    const [code, text] = [textAt(document, 'Reason', 'code'), textAt(document, 'Reason', 'text') ?? ''];
    if (code === '999' && /No matching data found/i.test(text)) return [];
    throw new Failure('grid/unavailable', `${ID}: ${text.slice(0, 120) || 'it refuses without a reason'}`);
  }
  const kind = `${document.name} ${textAt(document, 'type') ?? ''} ${textAt(document, 'process.processType') ?? ''}`;
  if (kind !== `GL_MarketDocument ${type} ${process}`)
    throw brokenReply(ID, 'the reply is another document', kind, what);
  return all(document, 'TimeSeries').flatMap((series) => {
    // What an area takes out, to pump or to run its plants, has an outgoing domain: it is no generation.
    const domain = textAt(series, 'inBiddingZone_Domain.mRID');
    if (domain === undefined && textAt(series, 'outBiddingZone_Domain.mRID') !== undefined) return [];
    if (domain !== area) throw brokenReply(ID, 'the reply is about another area', domain ?? 'none', area);
    const unit = textAt(series, 'quantity_Measure_Unit.name');
    if (unit !== 'MAW') throw brokenReply(ID, 'the unit is another', unit ?? 'none', 'MAW');
    const psrType = textAt(series, 'MktPSRType', 'psrType') ?? '';
    const curve = textAt(series, 'curveType') ?? '';
    if (curve !== 'A01' && curve !== 'A03') throw brokenReply(ID, 'the curve is not known', curve, 'A01 or A03');
    return all(series, 'Period').flatMap((period) => readPeriod(period, psrType, curve === 'A03'));
  });
}

/** `202603181200`, in UTC and whole hours, as the platform wants it. */
export const hourStamp = (at: number): string => `${new Date(at).toISOString().slice(0, 13).replaceAll(/[-T]/g, '')}00`;

/** What is said of an area in `range`, which is at most {@link LONGEST_REQUEST} long. */
export async function readItem(
  item: Item,
  area: string,
  range: Range,
  context: ProviderContext,
): Promise<{ readonly body: string; readonly stretches: readonly Stretch[] }> {
  const query = new URLSearchParams({
    documentType: item.type,
    processType: item.process,
    in_Domain: area,
    periodStart: hourStamp(range.start),
    periodEnd: hourStamp(range.end + 59 * MINUTE),
  });
  const { status, body } = await context.transport.get(`${URL_OF_API}?${query}`, {
    signal: context.signal,
    secret: { query: 'securityToken', value: context.key(ENTSOE_KEY) },
    // That there are no data is said in an acknowledgement, with 200 or with 400.
    accept: [400, 401],
  });
  if (status === 401) throw new Failure('grid/not-configured', `${ID}: the token in ${ENTSOE_KEY} is not accepted`);
  return { body, stretches: readDocument(body, area, item) };
}
