/**
 * What every reader of job histories promises, run on each that is listed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { READERS, readJobs } from '../../src/replay/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const { folder, cleanup } = temporaryFolder();
afterAll(cleanup);

const job = (name: string, day: number, hours: number) => ({
  kind: 'Job',
  metadata: { name, namespace: 'team', creationTimestamp: `2023-05-0${day}T08:00:00Z` },
  spec: { template: { spec: { containers: [{ resources: { requests: { cpu: '2' } } }] } } },
  status: {
    startTime: `2023-05-0${day}T09:00:00Z`,
    completionTime: `2023-05-0${day}T${9 + hours}:00:00Z`,
  },
});

/** Two jobs of each format, first to last and the other way round. */
const HISTORIES: Readonly<Record<string, (reversed: boolean) => string>> = {
  csv: (reversed) => table('submit,duration_h,cpus', ['2023-05-01T08:00Z,2,4', '2023-05-02T08:00Z,3,1'], reversed),
  sacct: (reversed) =>
    table(
      'JobID|Submit|Elapsed|AllocCPUS|State',
      ['7|2023-05-01T08:00:00|02:00:00|4|COMPLETED', '8|2023-05-02T08:00:00|03:00:00|1|COMPLETED'],
      reversed,
    ),
  kubernetes: (reversed) => {
    const items = [job('a', 1, 2), job('b', 2, 3)];
    return JSON.stringify({ items: reversed ? items.reverse() : items });
  },
};

const table = (header: string, rows: readonly string[], reversed: boolean): string =>
  `${[header, ...(reversed ? rows.toReversed() : rows)].join('\n')}\n`;

const read = (name: string, content: string | Buffer, signal = new AbortController().signal) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return readJobs({ path, name, signal });
};

/** Bytes that no reader was made for; the first of them is of a length that fills several pieces. */
const RUBBISH: readonly string[] = [
  `${'x'.repeat(300_000)}\n`,
  '{"items": 7}',
  '[[[[',
  '{"items":[{"metadata":{"name":"__proto__"}}]}',
  'JobID|Submit|Elapsed\n1||\n',
  'submit,length\n__proto__,constructor\n',
  '"',
  '\u0000',
  '\n\n\n',
];

describe.each(READERS.map(({ id }) => id))('%s', (id) => {
  const history = HISTORIES[id] ?? (() => expect.fail(`no history of ${id} to read`));

  it('is told by its first lines, and finds the jobs', async () => {
    const { format, jobs } = await read(`${id}-plain`, history(false));
    expect(format).toBe(id);
    expect([...jobs.lengthH]).toEqual([2, 3]);
    expect((jobs.submitH[1] ?? 0) - (jobs.submitH[0] ?? 0)).toBe(24);
  });

  it('says the same of the same jobs in another order, and packed', async () => {
    const { jobs } = await read(`${id}-plain`, history(false));
    expect((await read(`${id}-reversed`, history(true))).jobs).toEqual(jobs);
    expect((await read(`${id}.gz`, gzipSync(history(false)))).jobs).toEqual(jobs);
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    controller.abort(new DOMException('enough', 'AbortError'));
    await expect(read(`${id}-plain`, history(false), controller.signal)).rejects.toThrow(/enough|abort/i);
  });
});

it.each(RUBBISH.map((text) => text.slice(0, 40)))('rubbish is refused with its place: %j', async (name) => {
  const text = RUBBISH.find((one) => one.startsWith(name)) ?? '';
  const failure = await read('rubbish', text).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({ code: 'replay/invalid-jobs', place: { file: 'rubbish' } });
});
