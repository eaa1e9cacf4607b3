/**
 * Writes `src/grid/data/borders.json`, the borders of countries, from Natural Earth (public domain) as the npm package
 * `world-atlas` hands it on: `npm pack world-atlas@2.0.2`, unpack it, `node scripts/borders.mjs package/countries-10m.json`,
 * `npx biome check --write src/grid/data`.
 *
 * Lines are made coarser (Douglas-Peucker 1973) where they are shared, so that neighbours still fit; coasts more than
 * borders, since nobody's grid ends at sea. Small islands go unless they are all that a country has.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const TARGET = fileURLToPath(new URL('../src/grid/data/borders.json', import.meta.url));

/** How far a line may move, km. */
const BORDER_KM = 0.2;
const COAST_KM = 2.5;
const SMALLEST_ISLAND_KM2 = 20;
/** Steps of the written coordinates in a degree. */
const SCALE = 1000;
const KM_PER_DEGREE = 111.2;

/** ISO 3166-1: numeric and alpha-2. Left out: where there is no public grid (Antarctica and islands without towns). */
const ISO =
  '004AF 008AL 012DZ 016AS 020AD 024AO 028AG 031AZ 032AR 036AU 040AT 044BS 048BH 050BD 051AM 052BB 056BE 060BM 064BT 068BO 070BA 072BW 076BR 084BZ 090SB 092VG 096BN 100BG 104MM 108BI 112BY 116KH 120CM 124CA 132CV 136KY 140CF 144LK 148TD 152CL 156CN 158TW 162CX 166CC 170CO 174KM 175YT 178CG 180CD 184CK 188CR 191HR 192CU 196CY 203CZ 204BJ 208DK 212DM 214DO 218EC 222SV 226GQ 231ET 232ER 233EE 234FO 238FK 242FJ 246FI 248AX 250FR 254GF 258PF 262DJ 266GA 268GE 270GM 275PS 276DE 288GH 292GI 296KI 300GR 304GL 308GD 312GP 316GU 320GT 324GN 328GY 332HT 336VA 340HN 344HK 348HU 352IS 356IN 360ID 364IR 368IQ 372IE 376IL 380IT 384CI 388JM 392JP 398KZ 400JO 404KE 408KP 410KR 414KW 417KG 418LA 422LB 426LS 428LV 430LR 434LY 438LI 440LT 442LU 446MO 450MG 454MW 458MY 462MV 466ML 470MT 474MQ 478MR 480MU 484MX 492MC 496MN 498MD 499ME 500MS 504MA 508MZ 512OM 516NA 520NR 524NP 528NL 531CW 533AW 534SX 535BQ 540NC 548VU 554NZ 558NI 562NE 566NG 570NU 574NF 578NO 580MP 583FM 584MH 585PW 586PK 591PA 598PG 600PY 604PE 608PH 612PN 616PL 620PT 624GW 626TL 630PR 634QA 638RE 642RO 643RU 646RW 652BL 654SH 659KN 660AI 662LC 663MF 666PM 670VC 674SM 678ST 682SA 686SN 688RS 690SC 694SL 702SG 703SK 704VN 705SI 706SO 710ZA 716ZW 724ES 728SS 729SD 732EH 740SR 744SJ 748SZ 752SE 756CH 760SY 762TJ 764TH 768TG 772TK 776TO 780TT 784AE 788TN 792TR 795TM 796TC 798TV 800UG 804UA 807MK 818EG 826GB 831GG 832JE 833IM 834TZ 840US 850VI 854BF 858UY 860UZ 862VE 876WF 882WS 887YE 894ZM';
const CODES = new Map(ISO.split(' ').map((entry) => [entry.slice(0, 3), entry.slice(3)]));
/** Areas without a number, and whose electricity they use. */
const NAMED = {
  Kosovo: 'XK',
  Somaliland: 'SO',
  'N. Cyprus': 'CY',
  'Cyprus U.N. Buffer Zone': 'CY',
  Akrotiri: 'CY',
  Dhekelia: 'CY',
  Baikonur: 'KZ',
};
/** Natural Earth draws who controls Crimea; ISO 3166-2 lists it under Ukraine. Somewhere in it. */
const CRIMEA = [34.1, 45.2];

const [, , source] = process.argv;
if (source === undefined) throw new Error('usage: node scripts/borders.mjs countries-10m.json');
const { transform, arcs: written, objects } = JSON.parse(readFileSync(source, 'utf8'));

const arcs = written.map((arc) => {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
  });
});

/** Country → its rings, each a list of arcs; holes are rings too. */
const countries = new Map();
for (const { id, type, arcs: shape, properties } of objects.countries.geometries) {
  const code = CODES.get(id) ?? NAMED[properties.name];
  if (code === undefined) continue;
  const lands = type === 'Polygon' ? [shape] : type === 'MultiPolygon' ? shape : [];
  countries.set(code, [...(countries.get(code) ?? []), ...lands]);
}
const crimea = countries.get('RU').findIndex(([outer]) => contains(pointsOf(outer, arcs), CRIMEA));
if (crimea !== -1) countries.get('UA').push(...countries.get('RU').splice(crimea, 1));

const users = new Map();
for (const ring of [...countries.values()].flat(2)) {
  for (const arc of ring) users.set(arc < 0 ? ~arc : arc, (users.get(arc < 0 ? ~arc : arc) ?? 0) + 1);
}
const coarse = arcs.map((arc, i) => simplify(arc, isCoast(i) ? COAST_KM : BORDER_KM));

const used = new Map();
const kept = [...countries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, lands]) => [code, landsOf(lands)]);
const lines = [...used.values()].map(({ line }) => line);

writeFileSync(
  TARGET,
  `${JSON.stringify(
    {
      about:
        'Borders of countries, ISO 3166-1 alpha-2 → lands → rings (the first the outer one, the others holes) → arcs; ~n is arc n backwards. An arc is a line of differences in thousandths of a degree, east and north by turns, each zigzag in groups of five bits from the lowest on, 63 added, 32 more where another group follows. Made by scripts/borders.mjs.',
      source: {
        title: 'Natural Earth, Admin 0 countries 1:10m, as in npm world-atlas 2.0.2',
        url: 'https://www.naturalearthdata.com/',
        licence: 'public domain',
      },
      scale: SCALE,
      countries: Object.fromEntries(kept),
      arcs: lines.map(encode),
    },
    null,
    2,
  )}\n`,
);
console.log(`${kept.length} countries, ${lines.length} arcs, ${lines.flat().length} points`);

/** The lands of a country that are worth keeping, the largest first. */
function landsOf(lands) {
  const sized = lands.map((land) => ({
    land,
    area: areaOf(pointsOf(land[0], arcs)),
    isIsland: land[0].every(isCoast),
  }));
  const largest = Math.max(...sized.map(({ area }) => area));
  return sized
    .filter(({ area, isIsland }) => !isIsland || area >= SMALLEST_ISLAND_KM2 || area === largest)
    .sort((a, b) => b.area - a.area)
    .map(({ land }) => land.filter((ring, i) => i === 0 || areaOf(pointsOf(ring, arcs)) > 0).map(numbered));
}

/** A ring with its arcs under the numbers they are written by. */
function numbered(ring) {
  const isWhole = areaOf(pointsOf(ring, coarse)) > 0;
  return ring.map((arc) => {
    const i = arc < 0 ? ~arc : arc;
    if (!used.has(i)) used.set(i, { number: used.size, line: (isWhole ? coarse : arcs)[i] });
    return arc < 0 ? ~used.get(i).number : used.get(i).number;
  });
}

/** Whether an arc is the border of one country only. */
function isCoast(arc) {
  return users.get(arc < 0 ? ~arc : arc) !== 2;
}

/** The points of a ring of arcs of a topology. */
function pointsOf(ring, from) {
  return ring.flatMap((arc) => (arc < 0 ? [...from[~arc]].reverse() : from[arc]).slice(0, -1));
}

/** km², on the plane at the ring's mean latitude: enough to tell an island from a rock. */
function areaOf(points) {
  const twice = points.reduce((sum, [x, y], i) => {
    const [u, v] = points[(i + 1) % points.length];
    return sum + x * v - u * y;
  }, 0);
  const latitude = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  return (Math.abs(twice) / 2) * KM_PER_DEGREE ** 2 * Math.cos((latitude * Math.PI) / 180);
}

function contains(points, [x, y]) {
  return points.reduce((inside, [u, v], i) => {
    const [s, t] = points[(i + 1) % points.length];
    return v > y !== t > y && x < u + ((y - v) / (t - v)) * (s - u) ? !inside : inside;
  }, false);
}

/** Douglas-Peucker; a closed line is first cut at its point farthest from its ends. */
function simplify(line, tolerance) {
  const keep = new Set([0, line.length - 1]);
  const open = [[0, line.length - 1]];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span;
    let [farthest, most] = [-1, tolerance];
    for (let i = from + 1; i < to; i += 1) {
      const distance = distanceKm(line[i], line[from], line[to]);
      if (distance > most) [farthest, most] = [i, distance];
    }
    if (farthest === -1) continue;
    keep.add(farthest);
    open.push([from, farthest], [farthest, to]);
  }
  return line.filter((_, i) => keep.has(i));
}

/** From a point to the line between two others. */
function distanceKm([x, y], [ax, ay], [bx, by]) {
  const east = Math.cos((y * Math.PI) / 180);
  const [px, py, qx, qy] = [(x - ax) * east, y - ay, (bx - ax) * east, by - ay];
  const length = qx * qx + qy * qy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, (px * qx + py * qy) / length));
  return Math.hypot(px - along * qx, py - along * qy) * KM_PER_DEGREE;
}

function encode(line) {
  let [before, text] = [[0, 0], ''];
  for (const point of line) {
    const at = point.map((degrees) => Math.round(degrees * SCALE));
    for (const axis of [0, 1]) {
      const step = at[axis] - before[axis];
      let rest = step < 0 ? ~(step << 1) : step << 1;
      for (; rest >= 32; rest >>= 5) text += String.fromCharCode(((rest & 31) | 32) + 63);
      text += String.fromCharCode(rest + 63);
    }
    before = at;
  }
  return text;
}
