/**
 * What every grid provider makes of a server that means no good: an answer that says so, and no number. Each fault is
 * shown to each provider through the real transport; the server sits on this machine in the place of all hosts.
 */
import { readdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { httpTransport, openGrid, PROVIDERS } from '../../src/grid/index.ts';
import { play, type Scripted, secretOf } from '../support/grid-replies.ts';

const live = new AbortController().signal;
const fixtures = readdirSync(new URL('../../src/grid/providers/fixtures/', import.meta.url));
const networked = PROVIDERS.filter(({ id }) => fixtures.includes(`${id}.json`));

type Fault = (response: ServerResponse, good: () => Promise<string>) => void | Promise<void>;

/** The largest reply that is read here, and far more than that in a small parcel. */
const MAX_BYTES = 1_000_000;
const BOMB = gzipSync(Buffer.alloc(50 * MAX_BYTES, ' '));

const FAULTS: Readonly<Record<string, Fault>> = {
  'says nothing': () => {},
  'says half and then nothing': async (response, good) => {
    response.write((await good()).slice(0, 40));
  },
  'hangs up': (response) => {
    response.socket?.destroy();
  },
  'hangs up halfway': async (response, good) => {
    const body = `${await good()}${' '.repeat(1_000)}`;
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.slice(0, body.length / 2), () => response.socket?.destroy());
  },
  'ends halfway': async (response, good) => {
    response.end((await good()).slice(0, 200));
  },
  'shows a web page': (response) => {
    response.setHeader('content-type', 'application/json');
    response.end('<!doctype html><title>Under maintenance</title>');
  },
  'sends bytes that are no text': (response) => {
    response.end(Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc0]));
  },
  'sends nothing': (response) => {
    response.end();
  },
  'sends a parcel that fills the house': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(BOMB);
  },
  'sends elsewhere': (response) => {
    response.writeHead(307, { location: '/elsewhere' }).end();
  },
  'is asked too often, and says for how long': (response) => {
    response.writeHead(429, { 'retry-after': '3600' }).end();
  },
  'is asked too often, and does not say for how long': (response) => {
    response.writeHead(429).end();
  },
  'has an error of its own': (response) => {
    response.writeHead(500).end('{"error":"oops"}');
  },
  'is gone': (response) => {
    response.writeHead(410).end();
  },
};

let fault: Fault = () => {};
/** By provider: what its fixture says. */
const good = new Map<string, Scripted>();
const elsewhere = vi.fn();
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://test');
  if (url.pathname === '/elsewhere') {
    elsewhere();
    response.end('{}');
    return;
  }
  const asked = url.searchParams.get('url') ?? '';
  const transport = good.get(url.searchParams.get('provider') ?? '');
  const honest = async (): Promise<string> => {
    try {
      return (await transport?.get(asked, { signal: live }))?.body ?? '';
    } catch {
      // The grid asks for more days than the fixture has.
      response.statusCode = 404;
      return '';
    }
  };
  void fault(response, honest);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The answer of the grid for the question of the provider's fixture; a fault may be shown without waiting long for it. */
async function askGrid(provider: (typeof PROVIDERS)[number], timeoutMs = 100, patienceMs?: number) {
  const { zone, range, clock, transport: fixture } = play(provider.id);
  good.set(provider.id, fixture);
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const { fetch } = realGlobals;
  vi.stubGlobal('fetch', (url: string, options: RequestInit) =>
    fetch(`http://127.0.0.1:${port}/?${new URLSearchParams({ provider: provider.id, url })}`, options),
  );
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
const realGlobals = { fetch: globalThis.fetch };

describe.each(networked.map((provider) => [provider.id, provider] as const))('%s', (id, provider) => {
  it('is believed when the server is honest', async () => {
    fault = async (response, honest) => void response.end(await honest());
    const answer = await askGrid(provider, 10_000);
    expect(answer.links[0]).toMatchObject({ provider: id, outcome: 'ok' });
    expect(answer.use).toBe('level');
  });

  it.each(Object.entries(FAULTS))('is not believed when the server %s', async (_, next) => {
    fault = next;
    const answer = await askGrid(provider);
    expect(answer.links[0]).toMatchObject({ provider: id, outcome: 'failed' });
    expect(answer.links[0]?.reason).not.toBe('');
    expect(answer.use).not.toBe('level');
    for (const key of provider.keys) expect(JSON.stringify(answer)).not.toContain(secretOf(key));
    expect(elsewhere).not.toHaveBeenCalled();
  });

  it('is left alone for as long as its server asks for, in words with the time', async () => {
    fault = (response) => void response.writeHead(429, { 'retry-after': '3600' }).end();
    const answer = await askGrid(provider);
    expect(answer.links[0]?.reason).toMatch(/asked to be left alone until (\d\d-\d\d )?\d\d:\d\dZ$/);
  });

  // The provider has minutes to answer, and this test five seconds: it is the patience of the question that ends it.
  it.each(['says nothing', 'says half and then nothing'])(
    'is not waited for beyond the patience of the question when the server %s',
    async (what) => {
      fault = FAULTS[what] ?? (() => {});
      const answer = await askGrid(provider, 100_000, 50);
      expect(answer.links[0]).toMatchObject({ outcome: 'failed', reason: `${id} did not answer in time` });
      expect(answer.use).not.toBe('level');
    },
  );
});
