/**
 * What every grid provider makes of a server that means no good: an answer that says so, and no number. Each fault is
 * shown to each provider through the real transport; the server sits on this machine in the place of all hosts.
 */
import { readdirSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { httpTransport, openGrid, PROVIDERS } from '../../src/grid/index.ts';
import { play, secretOf } from '../support/grid-replies.ts';
import { FAULTS, type Fault, MAX_BYTES, openHostileServer } from '../support/hostile-server.ts';

const live = new AbortController().signal;
const fixtures = readdirSync(new URL('../../src/grid/providers/fixtures/', import.meta.url));
const networked = PROVIDERS.filter(({ id }) => fixtures.includes(`${id}.json`));

const hostile = openHostileServer();
afterAll(async () => {
  vi.unstubAllGlobals();
  await hostile.close();
});

/** The answer of the grid for the question of the provider's fixture; a fault may be shown without waiting long for it. */
async function askGrid(provider: (typeof PROVIDERS)[number], fault: Fault, timeoutMs = 100, patienceMs?: number) {
  const { zone, range, clock, transport: fixture } = play(provider.id);
  // The grid asks for more days than the fixture has.
  await hostile.serve(fault, async (url) => (await fixture.get(url, { signal: live })).body);
  const grid = openGrid({
    live: true,
    providers: [provider],
    chains: { [zone]: [{ provider: provider.id, allowDegrade: false }] },
    transport: httpTransport({ timeoutMs, backOffMs: 1, maxBytes: MAX_BYTES }),
    clock,
    environment: Object.fromEntries(provider.keys.map((name) => [name, secretOf(name)])),
    patienceMs: 20 * timeoutMs,
  });
  return grid.outlook(zone, range, live, patienceMs === undefined ? {} : { patienceMs });
}

describe.each(networked.map((provider) => [provider.id, provider] as const))('%s', (id, provider) => {
  it('is believed when the server is honest', async () => {
    const answer = await askGrid(provider, async (response, honest) => void response.end(await honest()), 10_000);
    expect(answer.links[0]).toMatchObject({ provider: id, outcome: 'ok' });
    expect(answer.use).toBe('level');
  });

  it.each(Object.entries(FAULTS))('is not believed when the server %s', async (_, fault) => {
    const answer = await askGrid(provider, fault);
    expect(answer.links[0]).toMatchObject({ provider: id, outcome: 'failed' });
    expect(answer.links[0]?.reason).not.toBe('');
    expect(answer.use).not.toBe('level');
    for (const key of provider.keys) expect(JSON.stringify(answer)).not.toContain(secretOf(key));
    expect(hostile.sentElsewhere()).toBe(0);
  });

  it('is left alone for as long as its server asks for, in words with the time', async () => {
    const answer = await askGrid(provider, (response) => {
      response.writeHead(429, { 'retry-after': '3600' }).end();
    });
    expect(answer.links[0]?.reason).toMatch(/asked to be left alone until (\d\d-\d\d )?\d\d:\d\dZ$/);
  });

  // The provider has minutes to answer, and this test five seconds: it is the patience of the question that ends it.
  it.each(['says nothing', 'says half and then nothing'])(
    'is not waited for beyond the patience of the question when the server %s',
    async (what) => {
      const answer = await askGrid(provider, FAULTS[what] ?? (() => {}), 100_000, 50);
      expect(answer.links[0]).toMatchObject({ outcome: 'failed', reason: `${id} did not answer in time` });
      expect(answer.use).not.toBe('level');
    },
  );
});
