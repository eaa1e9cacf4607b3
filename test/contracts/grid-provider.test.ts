/**
 * What every grid provider promises. Runs on each one in the list; a provider that asks the network needs a fixture
 * `src/grid/providers/fixtures/<id>.json` in the documented shape of its replies; one `<id>.<variant>.json` for each other.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { standingClock } from '../../src/clock.ts';
import {
  countryOf,
  isZone,
  loadCsv,
  PROVIDERS,
  type Provider,
  QUALITIES,
  type ReplayingOptions,
  recording,
  replaying,
  type Series,
} from '../../src/grid/index.ts';
import { HOUR, instant } from '../../src/units.ts';
import { temporaryFolder } from '../support/folders.ts';
import { at, contextOf, failureOf, type Played, play, playText, scripted, secretOf } from '../support/grid-replies.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FIXTURES = readdirSync(new URL('../../src/grid/providers/fixtures/', import.meta.url));
/** Of a provider: `<id>.json`, and `<id>.<variant>.json` where it answers in more than one way. */
const fixturesOf = (id: string): string[] =>
  FIXTURES.filter((file) => file.startsWith(`${id}.`)).map((file) => file.replace(/\.json$/, ''));
const hasFixture = (name: string): boolean => FIXTURES.includes(`${name}.json`);

/** What to ask a provider: its fixture's question, or one that any provider without a network must answer. */
function question(id: string): Played {
  if (hasFixture(id)) return play(id);
  const transport = scripted((url) => new Error(`${id} asks ${url}: write fixtures/${id}.json`));
  const clock = standingClock(at('2026-03-18T12:10Z'));
  return {
    zone: 'DE',
    range: { start: at('2026-03-18T10:00Z'), end: at('2026-03-18T16:00Z') },
    clock,
    transport,
    asked: transport.asked,
    context: contextOf(transport, clock),
  };
}

function holds(series: Series, { zone, range }: Played, provider: Provider): void {
  const { axis, intensityG, quality, gaps, provenance } = series;
  expect(series.zone).toBe(zone);
  expect(series.signal).toEqual(provider.signal);
  expect([5, 15, 30, 60]).toContain(axis.step / 60_000);
  expect(axis.start).toBeLessThanOrEqual(range.start);
  expect(axis.start).toBeGreaterThan(range.start - axis.step);
  expect(axis.start + axis.length * axis.step).toBeGreaterThanOrEqual(range.end);
  expect([intensityG.length, quality.length]).toEqual([axis.length, axis.length]);
  for (const [i, value] of intensityG.entries()) {
    const start = axis.start + i * axis.step;
    const explained = gaps.some((gap) => gap.start <= start && start < gap.end && gap.reason !== '');
    expect(Number.isNaN(value), `slot ${i}`).toBe(explained);
    expect(quality[i] === 'missing', `slot ${i}`).toBe(explained);
    expect(QUALITIES).toContain(quality[i]);
    if (explained) continue;
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(3_000);
    if (series.lowG !== undefined && series.highG !== undefined) {
      expect(series.lowG[i]).toBeLessThanOrEqual(value);
      expect(series.highG[i]).toBeGreaterThanOrEqual(value);
    }
  }
  for (const [i, gap] of gaps.entries()) {
    expect(gap.end).toBeGreaterThan(gap.start);
    expect(gap.start).toBeGreaterThanOrEqual(gaps[i - 1]?.end ?? axis.start);
  }
  expect(series.covered === undefined).toBe(provenance.factors === undefined);
  for (const [i, share] of (series.covered ?? []).entries()) {
    expect(Number.isNaN(share), `slot ${i}`).toBe(Number.isNaN(intensityG[i]));
    if (!Number.isNaN(share)) expect(share > 0 && share <= 1, `slot ${i}`).toBe(true);
  }
  expect(intensityG.some((value) => !Number.isNaN(value))).toBe(true);
  expect(provenance.provider).toBe(provider.id);
  expect(provenance.source).not.toBe('');
  expect(provenance.licence).not.toBe('');
  expect(provenance.issuedAt).toBeLessThanOrEqual(provenance.fetchedAt);
}

function contract(
  name: string,
  isNetworked: boolean,
  open: () => Promise<{ provider: Provider; asking: Played }>,
): void {
  describe(`the grid provider ${name}`, () => {
    it('answers with ascending half-open slots that cover the range, each a plausible number or an explained gap', async () => {
      const { provider, asking } = await open();
      holds(await provider.intensity(asking.zone, asking.range, asking.context), asking, provider);
    });

    it('covers what is asked when it lies between two slots', async () => {
      const { provider, asking } = await open();
      const range = { start: instant(asking.range.start + 7 * 60_000), end: instant(asking.range.end - 11 * 60_000) };
      holds(await provider.intensity(asking.zone, range, asking.context), { ...asking, range }, provider);
    });

    it('answers an empty range with no slot, or not at all, but not with a made-up one', async () => {
      const { provider, asking } = await open();
      const range = { start: asking.range.start, end: asking.range.start };
      const length = await provider.intensity(asking.zone, range, asking.context).then(
        (series) => series.axis.length,
        () => 0,
      );
      expect(length).toBe(0);
    });

    it('says the same when it is asked the same', async () => {
      const { provider, asking } = await open();
      const first = await provider.intensity(asking.zone, asking.range, asking.context);
      expect(await provider.intensity(asking.zone, asking.range, asking.context)).toEqual(first);
    });

    it('covers the zone of its fixture and not one without a name', async () => {
      const { provider, asking } = await open();
      expect(provider.covers(asking.zone)).toBe(true);
      expect(provider.covers('')).toBe(false);
      expect(isZone(asking.zone) && countryOf(asking.zone)).toBe(asking.zone.slice(0, 2));
    });

    it('ends with the reason of an abort', async () => {
      const { provider, asking } = await open();
      const reason = new Error('enough');
      const context = { ...asking.context, signal: AbortSignal.abort(reason) };
      await expect(provider.intensity(asking.zone, asking.range, context)).rejects.toBe(reason);
    });

    it.skipIf(!isNetworked)('fails on purpose, not by accident, when the network fails', async () => {
      const { provider, asking } = await open();
      for (const body of ['', 'null', '[]', '{}', '<html>', '{"data":null}', '"text"', '1e999']) {
        const context = contextOf(
          scripted(() => body),
          asking.clock,
        );
        const failure = await failureOf(provider.intensity(asking.zone, asking.range, context));
        expect(['grid/invalid-data', 'grid/unavailable'], body).toContain(failure.code);
      }
    });

    it.skipIf(!isNetworked)('asks over HTTPS, and shows its keys to one host alone', async () => {
      const { provider, asking } = await open();
      await provider.intensity(asking.zone, asking.range, asking.context);
      const { asked, askings } = asking.transport;
      expect(asked.filter((url) => !url.startsWith('https://'))).toEqual([]);
      const confided = asked.filter((_, i) => askings[i]?.secret !== undefined);
      expect(confided.length > 0).toBe(provider.keys.length > 0);
      expect(new Set(confided.map((url) => new URL(url).host)).size).toBeLessThanOrEqual(1);
      for (const key of provider.keys) expect(decodeURIComponent(asked.join(' '))).not.toContain(secretOf(key));
    });

    it.skipIf(!isNetworked)('repeats no key, though the provider does', async () => {
      const { provider, asking } = await open();
      for (const status of [200, 400, 401, 403, 404]) {
        const transport = scripted((url, { secret }) => ({
          status,
          body: `{"error":"no such key: ${secret?.value ?? ''} in ${url}"}`,
        }));
        const context = contextOf(transport, asking.clock);
        const failure = await failureOf(provider.intensity(asking.zone, asking.range, context));
        for (const key of provider.keys)
          expect(`${failure.describe()} ${failure.stack ?? ''}`).not.toContain(secretOf(key));
        expect(['grid/invalid-data', 'grid/unavailable', 'grid/not-configured']).toContain(failure.code);
      }
    });

    it.skipIf(!isNetworked)(
      'says the same from a cassette, which holds no key, and asks for all that is in it',
      async () => {
        const { provider, asking } = await open();
        const { zone, range, clock } = asking;
        const { folder: tapes, cleanup } = temporaryFolder();
        const cassette = join(tapes, 'cassette.json');
        const recorder = await recording(asking.transport, cassette, {
          now: clock.now(),
          clock,
          providers: [provider],
        });
        const said = await provider.intensity(zone, range, contextOf(recorder, clock));
        await recorder.finish();
        for (const key of provider.keys) expect(readFileSync(cassette, 'utf8')).not.toContain(secretOf(key));
        const played = await replaying(cassette, { signal: asking.context.signal });
        const again = await provider.intensity(zone, range, contextOf(played, standingClock(played.now)));
        expect(again.intensityG).toEqual(said.intensityG);
        expect(again.quality).toEqual(said.quality);
        expect(played.unused()).toEqual([]);
        cleanup();
      },
    );

    it('shows no key in what it says of its source, and says who it is', async () => {
      const { provider, asking } = await open();
      const series = await provider.intensity(asking.zone, asking.range, asking.context);
      expect(`${series.provenance.source} ${provider.about}`).not.toMatch(/(token|key|secret|password|auth)=/i);
      for (const key of provider.keys) expect(JSON.stringify(series)).not.toContain(secretOf(key));
      expect(provider.id).toMatch(/^[a-z0-9-]+$/);
      expect(provider.about.length).toBeGreaterThan(10);
    });
  });
}

for (const provider of PROVIDERS) {
  const names = fixturesOf(provider.id);
  for (const name of names.length === 0 ? [provider.id] : names)
    contract(name, hasFixture(name), async () => ({ provider, asking: question(name) }));
}

describe('the list of grid providers', () => {
  const rows = readFileSync(join(ROOT, 'docs/reference/grid-providers.md'), 'utf8').split('\n');

  it.each(PROVIDERS)('has the key and the quota of $id as its page has them', ({ id, keys, quota }) => {
    const cells = rows.find((row) => row.startsWith(`| \`${id}\` |`))?.split(' | ') ?? [];
    for (const key of keys) expect(cells[4]).toContain(`\`${key}\``);
    const isAsAbove = cells[6]?.startsWith('as above') === true;
    if (quota !== undefined && !isAsAbove) expect(cells[6]).toBe(`${quota} |`);
    if (quota === undefined) expect(cells[6]).toMatch(/^(UNVERIFIED|none)/);
  });

  it('names each once', () => {
    const ids = PROVIDERS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

const page = readFileSync(join(ROOT, 'docs/guide/add-a-grid-provider.md'), 'utf8');
const block = (language: string): string => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

async function workedExample(): Promise<{ provider: Provider; asking: Played }> {
  const example = join(folder, 'island.ts');
  // It stands elsewhere than the page says, so its imports are led home.
  const providers = join(ROOT, 'src/grid/providers');
  writeFileSync(
    example,
    block('ts').replace(
      /from '(\.[^']*|zod)'/g,
      (_, path: string) =>
        `from '${path === 'zod' ? fileURLToPath(import.meta.resolve('zod')) : resolve(providers, path)}'`,
    ),
  );
  const { island } = z.object({ island: z.custom<Provider>() }).parse(await import(example));
  return { provider: island, asking: playText(block('json')) };
}

contract('of the worked example', true, workedExample);

it('the test of a recording that the worked example shows passes, and fails on a question that is not asked', async () => {
  const { provider: island, asking } = await workedExample();
  const { range, clock } = asking;
  const { signal } = asking.context;
  const test = join(folder, 'recording.js');
  const given = '{ replaying, island, range, contextOf, standingClock, signal, expect }';
  writeFileSync(test, `export const run = async (${given}) => {\n${block('js')}return series;\n};\n`);
  const { run } = z.object({ run: z.custom<(bag: object) => Promise<Series>>() }).parse(await import(test));
  const play = (cassette: string): Promise<Series> =>
    run({
      replaying: (_: string, options: ReplayingOptions) => replaying(cassette, options),
      island,
      range,
      contextOf,
      standingClock,
      signal,
      expect,
    });
  const cassette = join(folder, 'island.cassette.json');
  const recorder = await recording(asking.transport, cassette, { now: clock.now(), clock, providers: [island] });
  const said = await island.intensity('IS', range, contextOf(recorder, clock));
  expect((await play(cassette)).intensityG).toEqual(said.intensityG);
  await island.intensity('IS', range, contextOf(recorder, clock));
  await expect(play(cassette)).rejects.toThrow(/to deeply equal/);
});

const folder = mkdtempSync(join(tmpdir(), 'grid-contract-'));
const file = join(folder, 'grid.csv');
beforeAll(() => {
  const rows = Array.from(
    { length: 48 },
    (_, i) => `${new Date(at('2026-03-18T00:00Z') + (i * HOUR) / 2).toISOString()},${i === 24 ? '' : 100 + i}`,
  );
  writeFileSync(file, `time,DE\n${rows.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));
contract('csv', false, async () => {
  const asking = question('csv');
  return { provider: await loadCsv(file, { clock: asking.clock }), asking };
});
