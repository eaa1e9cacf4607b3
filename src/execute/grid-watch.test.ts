import { describe, expect, it } from 'vitest';
import { SIGNAL, site, outlook as someOutlook } from '../../test/support/account.ts';
import { at } from '../../test/support/keeping.ts';
import { standingClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import type { GridAnswer, Quality, Series } from '../grid/index.ts';
import type { Outlook } from '../plan/index.ts';
import { HOUR, MINUTE, millis } from '../units.ts';
import { type GridView, watchGrid } from './grid-watch.ts';

const QUARTER = millis(15 * MINUTE);
const signal = new AbortController().signal;

/** Quarters of an hour from 10:00: 100 g, 200 g, a gap, 400.0004 g. */
const series: Series = {
  zone: 'DE',
  signal: SIGNAL,
  axis: { start: at(10), step: QUARTER, length: 4 },
  intensityG: Float64Array.of(100, 200, Number.NaN, 400.0004),
  quality: ['measured', 'forecast', 'missing', 'measured'] satisfies Quality[],
  gaps: [],
  provenance: {
    provider: 'test',
    source: 'https://example.org/DE',
    sha256: 'ab'.repeat(32),
    licence: 'CC-BY-4.0',
    fetchedAt: at(9, 59),
    issuedAt: at(9, 30),
    issuedAtBasis: 'provider',
  },
  warnings: [],
};
const answer: GridAnswer = {
  zone: 'DE',
  use: 'level',
  series,
  average: { intensityG: 380.5, gsd: 1.4, of: 'Germany', source: 'a table', licence: 'CC-BY-4.0', year: 2024 },
  links: [],
  warnings: [],
};
const viewOf = (
  change: Partial<GridAnswer> = {},
  outlook: Partial<Outlook> = {},
  trouble: string[] = [],
): GridView => ({
  outlook: { ...someOutlook, ...outlook },
  answer: { ...answer, ...change },
  trouble,
});

/** A watch over `zones` that reads what stands in `views`, or fails with it. */
function watchOver(views: Record<string, GridView | Error>) {
  const asked: string[] = [];
  const watch = watchGrid({
    sites: Object.keys(views).flatMap((zone) => [
      { ...site, name: `${zone}-1`, zone },
      { ...site, name: `${zone}-2`, zone },
    ]),
    clock: standingClock(at(10)),
    from: at(9),
    until: () => at(20),
    async read(zone, from, until) {
      asked.push(`${zone} ${from === at(9)} ${until === at(20)}`);
      const view = views[zone];
      if (view === undefined || view instanceof Error) throw view;
      return view;
    },
  });
  return { watch, asked, views };
}

async function factorsOf(view: GridView, from = at(10), until = at(11)) {
  const { watch } = watchOver({ DE: view });
  await watch.refresh(signal);
  return watch.factors('DE', from, until);
}

describe('factors', () => {
  it('are one for each slot that has a value, in whole milligrams, with where they are from', async () => {
    const factors = await factorsOf(viewOf());
    expect(factors.map(({ validFrom, validTo, value, quality }) => [validFrom, validTo, value, quality])).toEqual([
      [at(10), at(10, 15), 100_000n, 'measured'],
      [at(10, 15), at(10, 30), 200_000n, 'forecast'],
      [at(10, 45), at(11), 400_000n, 'measured'],
    ]);
    expect(factors[0]).toMatchObject({
      kind: 'intensity',
      key: 'DE',
      unit: 'mg/kWh',
      signal: SIGNAL,
      source: 'https://example.org/DE',
      licence: 'CC-BY-4.0',
      sha256: 'ab'.repeat(32),
      publishedAt: at(9, 30),
    });
  });

  it('are those of the slots that an interval touches, and no others', async () => {
    const starts = async (from: ReturnType<typeof at>, until: ReturnType<typeof at>) =>
      (await factorsOf(viewOf(), from, until)).map(({ validFrom }) => validFrom);
    expect(await starts(at(10, 14, 59), at(10, 15))).toEqual([at(10)]);
    expect(await starts(at(10, 14, 59), at(10, 15, 1))).toEqual([at(10), at(10, 15)]);
    expect(await starts(at(10, 30), at(10, 45))).toEqual([]);
    expect(await starts(at(8), at(10))).toEqual([]);
    expect(await starts(at(11), at(23))).toEqual([]);
    expect(await starts(at(8), at(23))).toHaveLength(3);
  });

  it('carry the band of the outlook and that of any hourly average in quadrature', async () => {
    const axis = { start: at(10), step: QUARTER, length: 4 };
    const lowG = Float64Array.of(100, 150, 300, 400);
    const highG = Float64Array.of(100, 250, 300, 400);
    const [exact, banded, last] = await factorsOf(viewOf({}, { axis, lowG, highG }));
    // A band from p10 to p90 is 2 · 1.2816 standard deviations wide.
    const band = Math.log(250 / 150) / (2 * 1.2816);
    expect(exact?.gsd).toBeCloseTo(1.1, 10);
    expect(banded?.gsd).toBeCloseTo(Math.exp(Math.sqrt(band ** 2 + Math.log(1.1) ** 2)), 10);
    expect(last?.gsd).toBeCloseTo(1.1, 10);
  });

  it('carry the band of what was published, whatever else the plan looks at', async () => {
    const axis = { start: at(10), step: QUARTER, length: 4 };
    const band = (half: number) => ({
      lowG: new Float64Array(4).fill(200 - half),
      highG: new Float64Array(4).fill(200 + half),
    });
    const published = { ...someOutlook, axis, ...band(50) };
    const [alone] = await factorsOf(viewOf({}, published), at(10), at(11));
    const [besides] = await factorsOf({ ...viewOf({}, { axis, ...band(1) }), published }, at(10), at(11));
    expect(besides?.gsd).toBe(alone?.gsd);
  });

  it('are the yearly average of whole days where no level is known', async () => {
    for (const use of ['shape', 'none'] as const) {
      expect(await factorsOf(viewOf({ use }), at(10), at(25))).toEqual([
        {
          id: '',
          kind: 'intensity',
          key: 'DE',
          validFrom: at(0),
          validTo: at(48),
          value: 380_500n,
          unit: 'mg/kWh',
          gsd: 1.4,
          signal: { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' },
          quality: 'yearly-average',
          source: 'a table',
          licence: 'CC-BY-4.0',
          sha256: null,
          publishedAt: Date.UTC(2025, 0, 1),
        },
      ]);
    }
  });

  it('are none before the grid has answered', () => {
    expect(watchOver({ DE: viewOf() }).watch.factors('DE', at(10), at(11))).toEqual([]);
  });
});

it('a strip has every slot, and says where it knows nothing', async () => {
  const { watch } = watchOver({ DE: viewOf() });
  expect(watch.strip('DE', at(10), at(11))).toEqual([]);
  await watch.refresh(signal);
  expect(watch.strip('DE', at(10, 20), at(10, 50))).toEqual([
    { start: at(10, 15), intensityG: 200 },
    { start: at(10, 30), intensityG: null },
    { start: at(10, 45), intensityG: 400.0004 },
  ]);
});

describe('reading the grid', () => {
  it('asks each zone once, however many sites are in it', async () => {
    const { watch, asked } = watchOver({ DE: viewOf(), FR: viewOf() });
    await watch.refresh(signal);
    expect(asked).toEqual(['DE true true', 'FR true true']);
    expect(Object.keys(watch.outlooks())).toEqual(['DE', 'FR']);
  });

  it('is news only when the outlook is another one', async () => {
    const { watch, views } = watchOver({ DE: viewOf() });
    const versions = [watch.version()];
    const read = async (view: GridView) => {
      views['DE'] = view;
      await watch.refresh(signal);
      versions.push(watch.version());
    };
    await read(viewOf());
    await read(viewOf({}, { asOf: at(11), notes: ['read anew'] }));
    await read(viewOf({}, { intensityG: Float64Array.of(600, 201) }));
    await read(viewOf({}, { use: 'none', intensityG: Float64Array.of(600, 201) }));
    const axis = { start: at(1), step: HOUR, length: 2 };
    await read(viewOf({}, { use: 'none', intensityG: Float64Array.of(600, 201), axis }));
    expect(versions).toEqual([0, 1, 1, 2, 3, 4]);
  });

  it('that fails keeps what was known, and says so until it succeeds', async () => {
    const { watch, views } = watchOver({ DE: viewOf({}, {}, ['an old answer']) });
    await watch.refresh(signal);
    views['DE'] = new Error('no route');
    await watch.refresh(signal);
    expect(watch.trouble()).toEqual(['DE: the grid could not be read (no route)', 'an old answer']);
    expect(watch.factors('DE', at(10), at(11))).toHaveLength(3);
    expect(watch.version()).toBe(1);
    views['DE'] = viewOf();
    await watch.refresh(signal);
    expect(watch.trouble()).toEqual([]);
  });
});

describe('a zone is lost', () => {
  const failure = new Failure('grid/unavailable', 'it timed out');
  const links: GridAnswer['links'] = [
    { provider: 'energy-charts', outcome: 'failed', reason: 'it timed out', failure },
  ];
  const lostWith = async (change: Partial<GridAnswer>) => {
    const { watch } = watchOver({ DE: viewOf(change) });
    await watch.refresh(signal);
    return watch.lost().get('DE');
  };

  it.each([
    ['level', millis(HOUR), 'its last good answer is used'],
    ['shape', undefined, 'hours are ranked by a model'],
    ['none', undefined, 'steps run now'],
  ] as const)('when who should have answered did not: %s', async (use, age, instead) => {
    const why = await lostWith({ use, links, ...(age === undefined ? {} : { age }) });
    expect(why).toBe(`energy-charts does not answer (it timed out); ${instead}`);
  });

  it('and is not while another link answers afresh, or nobody was asked', async () => {
    expect(await lostWith({ links })).toBeUndefined();
    expect(await lostWith({ use: 'shape' })).toBeUndefined();
  });
});
