import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { failureOf } from '../../test/support/grid-replies.ts';
import { listOf, type Said, SIGNAL, someSeries, until } from '../../test/support/some-series.ts';
import { standingClock } from '../clock.ts';
import { openStore } from '../store/index.ts';
import { DAY, HOUR, type Instant, instant, MINUTE, millis } from '../units.ts';
import { type ArchiveOptions, openArchive } from './archive.ts';
import { toOutlook } from './outlook.ts';
import type { Series, Signal } from './series.ts';
import { cutSeries } from './slots.ts';
import { openVintages, type Vintages } from './vintages.ts';

const NOW = instant(Date.UTC(2026, 2, 18, 12));
const hour = (n: number): Instant => instant(NOW + n * HOUR);
const flat = (value: number, hours: number): number[] => Array.from({ length: hours }, () => value);
const ENTSOE: Signal = { kind: 'average', basis: 'production', scope: 'lifecycle', gas: 'CO2e' };
const live = (): AbortSignal => new AbortController().signal;

let vintages: Vintages;
beforeEach(async () => {
  const { folder, cleanup } = temporaryFolder();
  const store = await openStore(folder);
  onTestFinished(async () => {
    await store.close();
    cleanup();
  });
  vintages = openVintages(store);
});

const keep = (said: Said) => vintages.keep(someSeries(said));
/** The answer at `now` about the day from then on. */
const askAt = (now: Instant, chains?: ArchiveOptions['chains']) =>
  openArchive({
    inVintages: (action) => action(vintages),
    clock: standingClock(now),
    ...(chains === undefined ? {} : { chains }),
  }).outlook('DE', { start: now, end: instant(now + DAY) }, live());

/** Two days that were measured and a day that was forecast, as it is said at `at`. */
const answerAt = (at: Instant, change: Partial<Said> = {}): Series =>
  someSeries({
    start: instant(at - 2 * DAY),
    at,
    values: Array.from({ length: 72 }, (_, i) => 300 + (i % 24)),
    quality: until(at),
    ...change,
  });

describe('the grid as it was known', () => {
  it('is the answer of the live one, whatever was said later', async () => {
    const answer = answerAt(NOW, { band: 7 });
    await vintages.keep(answer);
    const then = await askAt(NOW);
    expect(then).toMatchObject({
      use: 'level',
      zone: 'DE',
      links: [{ provider: 'energy-charts (kept)', outcome: 'ok', reason: 'as it was known at 2026-03-18T12:00:00Z' }],
      warnings: [],
    });
    const span = { now: NOW, until: hour(24) };
    const { notes: _, ...outlook } = toOutlook({ ...then, series: answer }, span);
    expect(toOutlook(then, span)).toMatchObject(outlook);
    expect(then.series?.intensityG).toEqual(answer.intensityG);
    expect(then.series?.quality).toEqual(answer.quality);
    expect(then.series?.provenance).toEqual(answer.provenance);

    await vintages.keep(answerAt(hour(1), { values: flat(900, 72), band: 1 }));
    await keep({ start: hour(-30), at: hour(2), values: flat(1, 30) });
    expect(await askAt(NOW)).toEqual(then);
    expect((await askAt(hour(2))).series?.intensityG[45]).toBe(1);
    expect(listOf((await askAt(hour(2))).series?.intensityG.subarray(48, 50))).toEqual([900, 900]);
  });

  it('prefers what had happened to what was forecast, and shows gaps', async () => {
    await keep({ start: hour(-2), at: hour(-2), values: [500, 501, 502, 503], quality: 'forecast', band: 5 });
    await keep({ start: hour(-3), at: NOW, values: [200, 201] });
    const { series } = await askAt(NOW);
    expect(listOf(series?.intensityG.subarray(45, 51))).toEqual([200, 201, 501, 502, 503, null]);
    expect(series?.quality.slice(45, 51)).toEqual([
      'measured',
      'measured',
      'forecast',
      'forecast',
      'forecast',
      'missing',
    ]);
    expect(listOf(series?.lowG?.subarray(45, 48))).toEqual([null, null, 496]);
    expect(series?.gaps.at(-1)).toEqual({ start: hour(2), end: hour(24), reason: 'not known then' });
  });

  it('is dated as its forecast was, where the publisher dates it', async () => {
    const issuedAt = hour(-2);
    await keep({ start: hour(-2), at: hour(-1), issuedAt, values: flat(300, 40), quality: 'forecast' });
    await keep({ start: hour(-4), at: NOW, values: [1, 2, 3, 4] });
    expect((await askAt(NOW)).series?.provenance).toMatchObject({
      fetchedAt: NOW,
      issuedAt,
      issuedAtBasis: 'provider',
    });
  });

  it('has the date of its forecast, though the publisher says none, and leaves out one that is very old', async () => {
    await keep({ start: hour(-5), at: hour(-5), values: flat(300, 60), quality: 'forecast' });
    await keep({ start: hour(-4), at: NOW, values: [1, 2, 3, 4] });
    const dated = { fetchedAt: NOW, issuedAt: hour(-5), issuedAtBasis: 'fetch-time' };
    expect((await askAt(NOW)).series?.provenance).toMatchObject(dated);
    await keep({ start: hour(18), at: hour(20), values: [1, 2] });
    const { series, warnings } = await askAt(hour(20));
    expect(warnings).toEqual(['the forecast of energy-charts was issued 25 h ago and is left out']);
    expect(series?.quality).not.toContain('forecast');
    expect(series?.provenance.issuedAt).toBe(hour(20));
  });

  it('warns of an old forecast and leaves out a very old one, as the live grid does', async () => {
    await keep({ start: hour(-10), at: hour(-1), issuedAt: hour(-10), values: flat(300, 40), quality: 'forecast' });
    await keep({ start: hour(-4), at: NOW, values: [1, 2, 3, 4] });
    const warning = 'the forecast of energy-charts was issued 10 h ago';
    expect(await askAt(NOW)).toMatchObject({ warnings: [warning], series: { warnings: [warning] } });
    await keep({ start: hour(13), at: hour(15), values: [1, 2] });
    const { series, warnings } = await askAt(hour(15));
    expect(warnings).toEqual(['the forecast of energy-charts was issued 25 h ago and is left out']);
    expect(series?.quality).not.toContain('forecast');
  });

  it('is of the provider that is asked first, of those whose newest value was not too old', async () => {
    await vintages.keep(answerAt(NOW, { provider: 'entsoe', signal: ENTSOE, values: flat(7, 48) }));
    const first = async (now: Instant, chains?: ArchiveOptions['chains']) => {
      const { series, links } = await askAt(now, chains);
      return [series?.provenance.provider, links.map(({ provider, reason }) => `${provider}: ${reason}`)];
    };
    const known = (at: string) => `as it was known at ${at}`;
    const noon = known('2026-03-18T12:00:00Z');
    expect(await first(NOW)).toEqual(['entsoe', [`entsoe (kept): ${noon}`]]);
    await vintages.keep(answerAt(NOW, { values: flat(9, 48) }));
    expect(await first(NOW)).toEqual(['energy-charts', [`energy-charts (kept): ${noon}`]]);
    expect((await first(hour(3)))[0]).toBe('energy-charts');
    // ENTSO-E publishes late, so that its newest value says something for longer; but it says something else.
    const late = instant(hour(3) + 1);
    const old = 'energy-charts (kept): its newest value was 3 h old';
    expect(await first(late)).toEqual([
      undefined,
      [
        old,
        'entsoe (kept): its signal is another than that of energy-charts',
        'archive: nothing was known of DE at 2026-03-18T15:00:00.001Z',
      ],
    ]);
    const chains = { DE: ['eia', 'energy-charts', 'entsoe'].map((provider) => ({ provider, allowDegrade: true })) };
    expect(await first(late, chains)).toEqual([
      'entsoe',
      ['eia: it does not cover DE', old, `entsoe (kept): ${known('2026-03-18T15:00:00.001Z')}`],
    ]);
  });

  it('knows a time that was long over, where its newest value then was not too old', async () => {
    await vintages.keep(answerAt(NOW));
    const archive = openArchive({ inVintages: (action) => action(vintages), clock: standingClock(NOW) });
    const over = { start: hour(-40), end: hour(-20) };
    const { series } = await archive.outlook('DE', over, live());
    expect(listOf(series && cutSeries(series, over).intensityG)).toEqual(
      Array.from({ length: 20 }, (_, i) => 300 + ((i + 8) % 24)),
    );
  });

  it('is of the signal of the first link, though nothing of that was kept', async () => {
    await vintages.keep(answerAt(NOW, { provider: 'entsoe', signal: ENTSOE }));
    const { use, links } = await askAt(NOW, {
      DE: ['energy-charts', 'entsoe'].map((provider) => ({ provider, allowDegrade: false })),
    });
    expect(use).toBe('none');
    expect(links.map(({ reason }) => reason)).toEqual([
      'its signal is another than that of energy-charts; `allow: degrade` lets it stand in',
      'nothing of it was known then',
      'nothing was known of DE at 2026-03-18T12:00:00Z',
    ]);
  });

  it('is of the chain that is configured, in its order', async () => {
    await vintages.keep(answerAt(NOW));
    await vintages.keep(answerAt(NOW, { provider: 'entsoe', signal: ENTSOE }));
    const by = async (...chain: string[]) =>
      (await askAt(NOW, { DE: chain.map((provider) => ({ provider, allowDegrade: true })) })).series?.provenance
        .provider;
    expect(await by('entsoe', 'energy-charts')).toBe('entsoe');
    expect(await by('energy-charts', 'entsoe')).toBe('energy-charts');
    expect(await by('eia')).toBeUndefined();
    expect((await askAt(NOW, { FR: [] })).series?.provenance.provider).toBe('energy-charts');
  });

  it('is of one signal: a link of another stands in where it may', async () => {
    await vintages.keep(answerAt(NOW, { provider: 'entsoe', signal: ENTSOE }));
    const by = async (allowDegrade: boolean) =>
      (
        await askAt(NOW, {
          DE: [
            { provider: 'energy-charts', allowDegrade },
            { provider: 'entsoe', allowDegrade },
          ],
        })
      ).use;
    expect(await by(true)).toBe('level');
    expect(await by(false)).toBe('none');
  });

  it('is of the slots that were read last, where a provider changed their length', async () => {
    await vintages.keep(answerAt(hour(-1)));
    await vintages.keep(answerAt(NOW, { step: millis(30 * MINUTE), start: hour(-24) }));
    expect((await askAt(NOW)).series?.axis.step).toBe(30 * MINUTE);
    expect((await askAt(instant(NOW - 1))).series?.axis.step).toBe(HOUR);
  });

  it('is not of a signal that its provider had once', async () => {
    await vintages.keep(answerAt(NOW, { signal: { ...SIGNAL, gas: 'CO2' } }));
    expect((await askAt(NOW)).use).toBe('none');
  });

  it('says that nothing was known, and what would be', async () => {
    await vintages.keep(answerAt(NOW));
    const answer = await askAt(instant(NOW - 1));
    expect(answer).toMatchObject({
      use: 'none',
      links: [{ provider: 'archive', outcome: 'failed', failure: { code: 'grid/no-signal' } }],
      warnings: ['nothing was known of DE at 2026-03-18T11:59:59.999Z'],
    });
  });

  it('asks nobody', async () => {
    const archive = openArchive({ inVintages: (action) => action(vintages), clock: standingClock(NOW) });
    const reading = archive.read('energy-charts', 'DE', { start: NOW, end: hour(1) }, live());
    expect(await failureOf(reading)).toMatchObject({ code: 'grid/not-configured' });
    const aborted = archive.outlook('DE', { start: NOW, end: hour(1) }, AbortSignal.abort(new Error('enough')));
    await expect(aborted).rejects.toThrow('enough');
  });
});
