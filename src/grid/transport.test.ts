import { createServer, type RequestListener, type Server } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../../test/support/grid-replies.ts';
import { discreet, type HttpTransportOptions, httpTransport } from './transport.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server on this machine, and how often it was asked. */
async function serve(listener: RequestListener): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/x`, asked: () => asked };
}

const live = () => new AbortController().signal;
const get = async (url: string, options: HttpTransportOptions = {}, signal = live()) =>
  (await httpTransport({ backOffMs: 1, ...options }).get(url, { signal })).body;

describe('httpTransport', () => {
  it('returns the body and says who asks', async () => {
    const { url } = await serve((request, response) => response.end(`${request.headers['user-agent']} grün`));
    expect(await get(url, { version: '1.2.3' })).toBe('Mozilla/5.0 (compatible; gridtide/1.2.3) grün');
  });

  it('gives up on a slow server after its time limit, once', async () => {
    const { url, asked } = await serve(() => {});
    const failure = await failureOf(get(url, { timeoutMs: 50 }));
    expect(failure.code).toBe('grid/unavailable');
    expect(failure.message).toMatch(/did not answer within 0.05 s/);
    expect(asked()).toBe(1);
  });

  it('gives up on a body that trickles beyond the time limit', async () => {
    const { url } = await serve((_, response) => {
      response.write('{');
    });
    expect((await failureOf(get(url, { timeoutMs: 50 }))).message).toMatch(/did not answer within/);
  });

  it('stops reading at its size limit, however long the reply is', async () => {
    let sent = 0;
    const { url } = await serve((_, response) => {
      const chunk = Buffer.alloc(100_000, 'a');
      const more = (): void => {
        while (!response.destroyed && sent < 10_000_000) {
          sent += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    expect((await failureOf(get(url, { maxBytes: 300_000 }))).message).toMatch(/larger than 0.3 MB/);
    expect(sent).toBeLessThan(10_000_000);
  });

  it('follows no redirect', async () => {
    const target = await serve((_, response) => response.end('elsewhere'));
    const { url, asked } = await serve((_, response) => response.writeHead(302, { location: target.url }).end());
    const failure = await failureOf(get(url));
    expect(failure.message).toMatch(/redirects elsewhere/);
    expect([asked(), target.asked()]).toEqual([1, 0]);
  });

  it('tries again after 500 and 429, at most twice', async () => {
    let calls = 0;
    const codes = [503, 429];
    const good = await serve((_, response) => {
      const code = codes[calls] ?? 200;
      calls += 1;
      response.writeHead(code).end('late');
    });
    expect(await get(good.url)).toBe('late');
    const bad = await serve((_, response) => response.writeHead(500).end());
    expect((await failureOf(get(bad.url))).message).toMatch(/answers 500/);
    expect(bad.asked()).toBe(3);
  });

  it('does not try again after 404', async () => {
    const { url, asked } = await serve((_, response) => response.writeHead(404).end());
    await failureOf(get(url));
    expect(asked()).toBe(1);
  });

  it('hands on the reply of a status that is accepted', async () => {
    const { url, asked } = await serve((_, response) => response.writeHead(404).end('no data'));
    const reply = await httpTransport().get(url, { signal: live(), accept: [404] });
    expect(reply).toEqual({ status: 404, body: 'no data' });
    expect(asked()).toBe(1);
  });

  it('does not wait for a Retry-After beyond its bound, in seconds or as a date', async () => {
    for (const after of ['3600', 'Wed, 18 Mar 2026 13:00:00 GMT']) {
      const { url, asked } = await serve((_, response) =>
        response.writeHead(429, { 'retry-after': after, date: 'Wed, 18 Mar 2026 12:00:00 GMT' }).end(),
      );
      await failureOf(get(url));
      expect(asked()).toBe(1);
    }
  });

  it('hands on for how long the host wants to be left alone, where it does not wait for that itself', async () => {
    const told = async (status: number, after: string | undefined): Promise<number[]> => {
      const waits: number[] = [];
      const { url } = await serve((_, response) =>
        response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end(),
      );
      const asking = { signal: live(), leaveAlone: (wait: number) => waits.push(wait) };
      await failureOf(httpTransport({ backOffMs: 1, retries: 0 }).get(url, asking));
      return waits;
    };
    expect(await told(429, '3600')).toEqual([3_600_000]);
    expect(await told(503, '1')).toEqual([1_000]);
    expect(await told(429, undefined)).toEqual([]);
    expect(await told(404, '3600')).toEqual([]);
  });

  it('tries again when the connection breaks, also in the middle of the body', async () => {
    const { url, asked } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      response.socket?.destroy();
    });
    expect((await failureOf(get(url))).message).toMatch(/cannot be reached/);
    expect(asked()).toBe(3);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('asks for no compression and takes no reply in %s, which may have been cut', async (coding, compress) => {
    // What is lost at its end is white space and the checksum, so that the text would be a document.
    const cut = compress(Buffer.from(`[1]${' '.repeat(100_000)}`)).subarray(0, -9);
    const wanted: unknown[] = [];
    const { url, asked } = await serve((request, response) => {
      wanted.push(request.headers['accept-encoding']);
      response.writeHead(200, { 'content-encoding': coding, 'content-length': cut.length }).end(cut);
    });
    const failure = await failureOf(get(url));
    expect(failure.code).toBe('grid/unavailable');
    expect(failure.message).toContain(`the reply is compressed (${coding}), which was not asked for`);
    expect(wanted).toEqual(['identity']);
    expect(asked()).toBe(1);
  });

  it.each([
    ['a length that is not reached', 'content-length: 9\r\n\r\n[1]'],
    ['pieces without the last', 'transfer-encoding: chunked\r\n\r\n3\r\n[1]\r\n'],
  ])('takes no reply with %s, though it reads like a whole one', async (_, rest) => {
    const { url } = await serve((_request, response) => {
      response.socket?.end(`HTTP/1.1 200 OK\r\n${rest}`);
    });
    expect((await failureOf(get(url, { retries: 0 }))).message).toMatch(/cannot be reached/);
  });

  it('fails when nobody listens', async () => {
    const { url } = await serve(() => {});
    const server = servers.pop();
    await new Promise((resolve) => server?.close(resolve));
    expect((await failureOf(get(url))).code).toBe('grid/unavailable');
  });

  it('ends at once with the reason of an abort', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { url } = await serve(() => controller.abort(reason));
    await expect(get(url, {}, controller.signal)).rejects.toBe(reason);
    await expect(get(url, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('a secret', () => {
  const secret = { query: 'api_key', value: 'Bearer secret/1' } as const;
  afterEach(() => vi.unstubAllGlobals());

  it('is sent over HTTPS alone', async () => {
    const { url, asked } = await serve((_, response) => response.end('{}'));
    const failure = await failureOf(httpTransport().get(url, { signal: live(), secret }));
    expect(failure.message).toMatch(/over HTTPS alone/);
    expect(asked()).toBe(0);
  });

  it('goes into the query or a header, as the provider wants it, and to no redirect', async () => {
    const asked: [string, RequestInit][] = [];
    vi.stubGlobal('fetch', async (url: string, options: RequestInit) => {
      asked.push([url, options]);
      return new Response('{}', {
        status: asked.length === 3 ? 302 : 200,
        headers: { location: 'https://other.test' },
      });
    });
    const transport = httpTransport();
    await transport.get('https://a.test/x?b=1', { signal: live(), secret });
    await transport.get('https://a.test/x', { signal: live(), secret: { header: 'auth-token', value: 'key' } });
    expect(asked[0]?.[0]).toBe('https://a.test/x?b=1&api_key=Bearer+secret%2F1');
    expect(asked[1]).toMatchObject(['https://a.test/x', { headers: { 'auth-token': 'key' }, redirect: 'manual' }]);
    const failure = await failureOf(transport.get('https://a.test/x', { signal: live(), secret }));
    expect(failure.message).toMatch(/redirects elsewhere/);
    expect(asked).toHaveLength(3);
  });

  it.each([
    ['as it is', 'Bearer secret/1'],
    ['as a part of a URL', 'Bearer%20secret%2F1'],
    ['without its scheme', 'secret/1'],
    ['as JSON may have it', String.raw`secret\/1`],
    ['in numbers of characters', String.raw`s\u0065cret\u002F1`],
    ['as JSON in JSON has it', String.raw`s\\u0065cret\\\/1`],
    ['as a URL in a URL has it', 's%2565cret%252F1'],
    ['as HTML has it', 's&#101;cret&#x2F;1'],
  ])('comes back in no reply, %s', async (_, echo) => {
    const transport = discreet({ get: async () => ({ status: 200, body: `no ${echo}!` }) });
    const { body } = await transport.get('https://a.test', { signal: live(), secret });
    expect(body).toMatch(/^no (?:Bearer(?: |%20))?<redacted>!$/);
  });

  it('is sent without white space around it, and comes back in no form of its quotes', async () => {
    const sent: unknown[] = [];
    const transport = discreet({
      async get(_, asking) {
        sent.push(asking.secret?.value);
        return { status: 200, body: JSON.stringify({ error: String.raw`no key a/b"c\d` }) };
      },
    });
    const kept = { header: 'auth-token', value: `${String.raw`a/b"c\d`}\r\n` };
    const { body } = await transport.get('https://a.test', { signal: live(), secret: kept });
    expect(sent).toEqual([String.raw`a/b"c\d`]);
    expect(body).toBe('{"error":"no key <redacted>"}');
  });

  it('takes the words that it was made of with it, and a key that is empty takes nothing', async () => {
    const transport = discreet({ get: async () => ({ status: 200, body: 'no hunter2 of someone, so' }) });
    const said = async (value: string, words: readonly string[]) =>
      (await transport.get('https://a.test', { signal: live(), secret: { header: 'x', value, words } })).body;
    expect(await said('abc', ['someone', 'hunter2', 'so'])).toBe('no <redacted> of <redacted>, so');
    expect(await said('', [''])).toBe('no hunter2 of someone, so');
  });

  it('comes back in no failure, nor in its cause', async () => {
    const transport = discreet({
      get: () => Promise.reject(new Error('cannot fetch https://a.test/?api_key=Bearer+secret%2F1')),
    });
    const failure = await failureOf(transport.get('https://a.test', { signal: live(), secret }));
    expect(failure.code).toBe('grid/unavailable');
    expect(`${failure.message} ${failure.cause}`).not.toContain('secret');
  });
});
