/**
 * An HTTP door of a test's own, on a free port of this machine, over a file of intensities.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AppOptions, openApp } from '../../src/app.ts';
import type { Served } from '../../src/serve/index.ts';
import { temporaryFolder } from './folders.ts';

export interface Told {
  readonly status: number;
  /** The JSON of the reply, or its text. */
  readonly body: unknown;
  readonly headers: Headers;
}

export interface Door {
  readonly served: Served;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Told>;
  post(path: string, body: unknown): Promise<Told>;
  /** With a Host header that `fetch` would not send. */
  getAs(host: string, path: string): Promise<number>;
}

async function told(answer: Promise<Response>): Promise<Told> {
  const response = await answer;
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

export const asks = (served: Served): Door => ({
  served,
  get: (path, headers = {}) => told(fetch(`${served.address}${path}`, { headers })),
  post: (path, body) =>
    told(
      fetch(`${served.address}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    ),
  getAs: (host, path) =>
    new Promise((resolve, reject) => {
      const asked = request(`${served.address}${path}`, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on('error', reject).end();
    }),
});

export interface DoorOptions extends Partial<AppOptions> {
  readonly prefix?: string;
  readonly host?: string;
}

/** The door to `csv`, closed and gone when the test has ended. */
export async function openDoor(csv: string, { prefix, host, ...options }: DoorOptions = {}): Promise<Door> {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  writeFileSync(join(folder, 'grid.csv'), csv);
  const app = await openApp({
    ...{ cwd: folder, home: folder, environment: {}, signal: new AbortController().signal },
    ...{ grid: 'grid.csv', ...options },
  });
  const served = await app.serve({ port: 0, prefix, host });
  onTestFinished(() => served.close());
  return asks(served);
}
