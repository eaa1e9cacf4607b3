/**
 * A server that means no good, on this machine in the place of every host, and what it can do. What is asked of `fetch`
 * while it serves goes to it.
 *
 * @module
 */
import { createServer, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { vi } from 'vitest';

/** Answers in its way; `honest` is what an honest server would say. */
export type Fault = (response: ServerResponse, honest: () => Promise<string>) => void | Promise<void>;

/** The largest reply that a test reads, and far more than that in a small parcel. */
export const MAX_BYTES = 1_000_000;
const BOMB = gzipSync(Buffer.alloc(50 * MAX_BYTES, ' '));

export const FAULTS: Readonly<Record<string, Fault>> = {
  'says nothing': () => {},
  'says half and then nothing': async (response, honest) => {
    response.write((await honest()).slice(0, 40));
  },
  'hangs up': (response) => {
    response.socket?.destroy();
  },
  'hangs up halfway': async (response, honest) => {
    const body = `${await honest()}${' '.repeat(1_000)}`;
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.slice(0, body.length / 2), () => response.socket?.destroy());
  },
  'ends halfway': async (response, honest) => {
    response.end((await honest()).slice(0, 200));
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
  'sends a parcel whose end was cut off': async (response, good) => {
    const parcel = gzipSync(await good());
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(parcel.subarray(0, -8));
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

export interface HostileServer {
  /** From now on it answers so; `honest` says what an honest server would say, or throws where it knows nothing. */
  serve(fault: Fault, honest: (url: string) => string | Promise<string>): Promise<void>;
  /** How often somebody went where it sent them. */
  sentElsewhere(): number;
  /** Closes it; `vi.unstubAllGlobals` gives `fetch` back. */
  close(): Promise<void>;
}

export function openHostileServer(): HostileServer {
  let fault: Fault = () => {};
  let honest: (url: string) => string | Promise<string> = () => '';
  let elsewhere = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://test');
    if (url.pathname === '/elsewhere') {
      elsewhere += 1;
      response.end('{}');
      return;
    }
    void fault(response, async () => {
      try {
        return await honest(url.searchParams.get('url') ?? '');
      } catch {
        response.statusCode = 404;
        return '';
      }
    });
  });
  const { fetch } = globalThis;
  const portOf = async (): Promise<number> => {
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  };
  return {
    async serve(nextFault, nextHonest) {
      fault = nextFault;
      honest = nextHonest;
      const port = await portOf();
      vi.stubGlobal('fetch', (url: string, options: RequestInit) =>
        fetch(`http://127.0.0.1:${port}/?${new URLSearchParams({ url })}`, options),
      );
    },
    sentElsewhere: () => elsewhere,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
