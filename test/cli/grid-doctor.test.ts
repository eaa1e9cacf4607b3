/**
 * `gridtide grid doctor`, and `gridtide grid` recorded and replayed: the real command against a server in the place of all
 * providers, which says what the fixtures say.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, until } from '../support/folders.ts';
import { play } from '../support/grid-replies.ts';
import { type Ended, gridtide, startGridtide } from '../support/gridtide.ts';

const PRELOAD = new URL('../support/preload.mjs', import.meta.url).href;
const KEY = 'a/very+secret"key';
const LIMIT = { timeout: 60_000 };

let server: Server;
let folder: string;
let cleanup: () => void;
let env: Record<string, string>;
let asked: string[];
/** What the server says of a URL: a body, or a status. */
let answer: (url: string, key: string) => Promise<string | number>;

beforeEach(async () => {
  ({ folder, cleanup } = temporaryFolder());
  asked = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://test').searchParams.get('url') ?? '';
    const key = String(request.headers['auth-token'] ?? '');
    asked.push(url);
    void answer(url, key).then((said) => {
      if (typeof said === 'number') response.writeHead(said).end(`no ${url} for ${key}`);
      else response.end(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  env = {
    NODE_OPTIONS: `--import=${PRELOAD}`,
    GRIDTIDE_TEST_GRID: `http://127.0.0.1:${port}`,
    // The clock of the fixtures, which stands.
    GRIDTIDE_TEST_TIME: `${Date.parse('2026-03-18T12:10:00Z')} 0`,
    TZ: 'Europe/London',
    COLUMNS: '80',
  };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  cleanup();
});

const command = (words: string, more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  gridtide(words.split(' '), { home: join(folder, 'home'), cwd: folder, env: { ...env, ...more } });

/** The replies of these fixtures, the first that has one. */
const fixtures =
  (...ids: string[]): typeof answer =>
  async (url) => {
    for (const id of ids) {
      const reply = await play(id)
        .transport.get(url, { signal: new AbortController().signal })
        .catch(() => undefined);
      if (reply !== undefined) return reply.body;
    }
    return 404;
  };

describe('gridtide grid doctor', () => {
  it('asks those that can be asked and ends with 0 when they answer', LIMIT, async () => {
    answer = fixtures('neso-uk', 'elexon');
    const ended = await command('grid doctor --provider neso-uk elexon entsoe');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^All 2 grid providers that were asked answer; 1 wants a key; 2 requests in all\.\n/);
    expect(ended.stdout).toMatch(/✓ neso-uk +GB +11:30 +40 min +30 min +4 h +1\n/);
    expect(ended.stdout).toContain('quota: one request a second is polite (UNVERIFIED)');
    expect(ended.stdout).toContain('– entsoe  ENTSOE_API_KEY: a free account');
    expect(ended.stdout).toContain('Who is asked about Great Britain (GB), from time zone Europe/London');
    // All of its chain, whoever was asked now.
    expect(ended.stdout).toMatch(/– electricity-maps .*\n(?:.*\n)* {2}✓ neso-uk .*\n(?:.*\n)* {2}○ modelled/);
    for (const line of ended.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    // It looks, and leaves nothing behind.
    expect(existsSync(join(folder, 'home'))).toBe(false);
  });

  it('has all of it as JSON, about the zones that are named', LIMIT, async () => {
    answer = fixtures('neso-uk', 'energinet', 'day-ahead/energinet');
    const { stdout, code } = await command('grid doctor --json --zone GB DK-DK1 --provider neso-uk energinet eia');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      now: '2026-03-18T12:10:00Z',
      providers: [
        {
          id: 'neso-uk',
          state: 'answers',
          zone: 'GB',
          requests: 1,
          newest: { start: '2026-03-18T11:00:00Z', end: '2026-03-18T11:30:00Z', ageSeconds: 2400 },
          stepMinutes: 30,
          forecastUntil: '2026-03-18T16:00:00Z',
        },
        {
          ...{ id: 'energinet', state: 'answers', zone: 'DK-DK1', requests: 3 },
          operator: { until: '2026-03-19T23:00:00Z', licence: expect.stringContaining('CC BY 4.0') },
        },
        { id: 'eia', state: 'needs keys', missing: ['EIA_API_KEY'], keysFrom: expect.stringContaining('free') },
      ],
      zones: [
        {
          zone: 'GB',
          zoneFrom: '--zone',
          links: expect.arrayContaining([{ provider: 'neso-uk', state: 'asked', reason: expect.any(String) }]),
        },
        { zone: 'DK-DK1' },
      ],
    });
  });

  it('ends with 75 when one does not answer, and with 65 when only keys are amiss', LIMIT, async () => {
    answer = async (url, key) => (url.includes('carbonintensity') ? 404 : fixtures('elexon')(url, key));
    const some = await command('grid doctor --provider neso-uk elexon');
    expect(some.code).toBe(75);
    expect(some.stdout).toMatch(/^1 of the 2 grid providers that were asked answers/);
    expect(some.stdout).toMatch(/✕ neso-uk .*\n {4}api\.carbonintensity\.org\.uk answers 404\n/);
    answer = async () => 401;
    const refused = await command('grid doctor --provider electricity-maps', { ELECTRICITY_MAPS_TOKEN: KEY });
    expect(refused.code).toBe(65);
    const missing = await command('grid doctor --provider electricity-maps');
    expect(missing).toMatchObject({ code: 65 });
    expect(missing.stdout).toMatch(/^No grid provider could be asked: 1 wants a key\.\n/);
  });

  it('prints no key, whatever the server says of it', LIMIT, async () => {
    for (const said of [401, JSON.stringify({ error: `no key ${KEY} here` }), KEY]) {
      answer = async () => said;
      for (const json of ['', ' --json']) {
        const { stdout, stderr } = await command(`grid doctor --provider electricity-maps${json}`, {
          ELECTRICITY_MAPS_TOKEN: KEY,
        });
        expect(`${stdout}${stderr}`).not.toMatch(/very.{1,6}secret/);
        expect(stdout).toContain(said === 401 ? 'ELECTRICITY_MAPS_TOKEN' : '<redacted>');
      }
    }
  });

  it('ends with 130 on Ctrl-C, whoever does not answer', LIMIT, async () => {
    answer = () => new Promise(() => {});
    const running = startGridtide(['grid', 'doctor'], { home: join(folder, 'home'), cwd: folder, env });
    await until('it asks', () => asked.length > 0);
    running.process.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, stdout: '' });
  });

  it('says what it was misused for', LIMIT, async () => {
    for (const [words, code, says] of [
      ['grid doctor --provider nobody', 64, 'no such grid provider'],
      ['grid doctor --grid x.csv', 64, '--grid'],
      ['grid doctor --zone Germny', 65, 'expected Germany'],
      ['grid --zone GB DE', 64, 'one zone'],
    ] as const) {
      const ended = await command(words);
      expect(ended, words).toMatchObject({ code, stdout: '' });
      expect(ended.stderr, words).toContain(says);
    }
    expect(asked).toEqual([]);
  });
});

describe('gridtide grid', () => {
  it(
    'recorded gives the same answer elsewhere, at another time, without keys and without a network',
    LIMIT,
    async () => {
      answer = fixtures('electricity-maps');
      writeFileSync(
        join(folder, 'gridtide.yaml'),
        'sites:\n  here: { executor: local, zone: DE }\ngrid:\n  DE: [electricity-maps]\n',
      );
      const recorded = await command('grid --json --record a.json', { ELECTRICITY_MAPS_TOKEN: KEY });
      expect(recorded.code, recorded.stderr).toBe(0);
      expect(recorded.stderr).toContain('Recorded in a.json');
      expect(JSON.parse(recorded.stdout)).toMatchObject({ zones: [{ use: 'level', links: [{ outcome: 'ok' }] }] });
      const kept = readFileSync(join(folder, 'a.json'), 'utf8');
      expect(kept).not.toMatch(/very.{1,6}secret/);
      expect(JSON.parse(kept)).toMatchObject({
        licences: { 'electricity-maps': expect.stringContaining('not to be passed on') },
        keys: ['ELECTRICITY_MAPS_TOKEN'],
        places: [{ zone: 'DE', zoneFrom: expect.any(String) }],
      });
      const before = asked.length;
      writeFileSync(join(folder, 'gridtide.yaml'), '');
      const elsewhere = { GRIDTIDE_TEST_TIME: `${Date.parse('2027-01-01T00:00:00Z')} 0`, TZ: 'America/New_York' };
      const replayed = await command('grid --json --replay a.json', elsewhere);
      expect(replayed).toMatchObject({ code: 0, stdout: recorded.stdout, stderr: '' });
      expect(asked).toHaveLength(before);
      // Neither keeps or archives anything.
      expect(existsSync(join(folder, 'home'))).toBe(false);
      expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
    },
  );

  it('replayed fails on what the recording does not hold, and is not mixed with another grid', LIMIT, async () => {
    answer = fixtures('neso-uk');
    expect((await command('grid --zone GB --record a.json')).code).toBe(0);
    expect((await command('grid --zone GB --record a.json')).code).toBe(73);
    const file = join(folder, 'a.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('/intensity/2026-03-16', '/intensity/2026-03-15'));
    const missed = await command('grid --replay a.json');
    expect(missed).toMatchObject({ code: 65, stdout: '' });
    expect(missed.stderr).toContain('(grid/not-recorded)');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"places": \[[^\]]*\]/, '"places": []'));
    const placeless = await command('grid --replay a.json');
    expect(placeless).toMatchObject({ code: 65, stdout: '' });
    expect(placeless.stderr).toContain('of no place');
    writeFileSync(file, '{ "schemaVersion": 1 ');
    const damaged = await command('grid --replay a.json');
    expect(damaged).toMatchObject({ code: 65, stdout: '' });
    expect(damaged.stderr).toContain('a.json:1:');
    for (const words of ['--replay a.json --zone DE', '--replay a.json --synthetic', '--record b.json --synthetic'])
      expect((await command(`grid ${words}`)).code, words).toBe(64);
    expect(existsSync(join(folder, 'b.json'))).toBe(false);
  });
});
