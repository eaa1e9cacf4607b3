import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { Failure } from '../errors.ts';
import { HOUR } from '../units.ts';
import { type ReadJobsOptions, readJobs } from './read-jobs.ts';

const { folder, cleanup } = temporaryFolder();
afterAll(cleanup);

const read = (text: string, options: Partial<ReadJobsOptions> = {}) => {
  const path = join(folder, 'jobs');
  writeFileSync(path, text);
  return readJobs({ path, name: 'jobs', signal: new AbortController().signal, ...options });
};

const refused = async (text: string, options: Partial<ReadJobsOptions> = {}): Promise<Failure> => {
  const thrown: unknown = await read(text, options).catch((error: unknown) => error);
  if (thrown instanceof Failure) return thrown;
  throw new Error('it was not refused', { cause: thrown });
};

const hourOf = (text: string): number => Date.parse(text) / HOUR;

describe('a table', () => {
  it.each([
    ['submit,length_h', '2023-05-01T08:00Z,2'],
    ['Arrival Time;Duration (s)', '2023-05-01 08:00;7200'],
    ['created_at\truntime_min', '2023-05-01T10:00+02:00\t120'],
    ['job|queued|elapsed', 'a|2023-05-01T08:00:00Z|02:00:00'],
    ['start,end', '2023-05-01T08:00Z,2023-05-01T10:00Z'],
    ['submit_time,start_time,end_time', '1682928000,1682929000,1682936200'],
    ['timestamp,walltime', '1682928000000,2h'],
    ['name,"submitted","run time [ms]"', '"a, ""b""",2023-05-01T08:00:00.000Z,7200000'],
  ])('%s is understood', async (header, row) => {
    const { jobs } = await read(`\uFEFF${header}\r\n${row}\r\n`);
    expect(jobs).toMatchObject({ count: 1, dated: true });
    expect(jobs.submitH[0]).toBeCloseTo(hourOf('2023-05-01T08:00Z'), 9);
    expect(jobs.lengthH[0]).toBeCloseTo(2, 9);
  });

  it('knows the units of machines: thousandths of CPUs, shares of GPUs, GiB and kW', async () => {
    const { jobs } = await read(
      'submit,length_h,cpu_milli,num_gpu,gpu_milli,memory_mib,power_kw,queue,owner\n2023-05-01,1,12000,1,460,1024,1.5,batch,ann\n',
    );
    expect(jobs.cpus[0]).toBe(12);
    expect(jobs.gpus[0]).toBeCloseTo(0.46);
    expect(jobs.memoryGB[0]).toBeCloseTo(1.073741824);
    expect(jobs.powerW[0]).toBe(1_500);
    expect([jobs.queues, jobs.users]).toEqual([['batch'], ['ann']]);
  });

  it('takes the columns that it is told to', async () => {
    const text = 'submit,when,took\n2023-05-01,2023-06-01,30\n';
    const columns = new Map([
      ['submit', 'when'],
      ['length', 'took'],
    ] as const);
    const { jobs } = await read(text, { columns, timeUnit: 'min' });
    expect([jobs.submitH[0], jobs.lengthH[0]]).toEqual([hourOf('2023-06-01'), 0.5]);
    expect(await refused(text, { columns: new Map([['submit', 'then']]) })).toMatchObject({
      code: 'cli/usage',
      value: 'then',
      expected: 'one of submit, when, took',
    });
  });

  it('refuses numbers of an unknown unit, since a history of seconds and one of hours look alike', async () => {
    const text = 'arrival_time,length,cpus\n0.0,25.4,1\n0.5,25.1,1\n';
    expect(await refused(text)).toMatchObject({ place: { line: 2, column: 1 }, value: '0.0' });
    const { jobs } = await read(text, { timeUnit: 'h' });
    expect(jobs.dated).toBe(false);
    expect([...jobs.submitH]).toEqual([0, 0.5]);
    expect((await read(text, { timeUnit: 's' })).jobs.submitH[1]).toBeCloseTo(0.5 / 3_600, 12);
  });

  it('counts a week of milliseconds from the first job, and dates in any unit from 1970', async () => {
    const week = 'submit_ms,length_ms\n0,1000\n700000000,1000\n1700000000,1000\n';
    const { jobs } = await read(week);
    expect(jobs.dated).toBe(false);
    expect(Array.from(jobs.submitH, (hours) => Math.round(hours * HOUR))).toEqual([0, 700_000_000, 1_700_000_000]);
    expect((await read(week.replaceAll('_ms', ''), { timeUnit: 'ms' })).jobs.submitH).toEqual(jobs.submitH);
    for (const [stamp, timeUnit] of [
      ['1682928000000', 'ms'],
      ['1682928000', 's'],
      ['1682928000', 'h'],
    ] as const) {
      const dated = await read(`submit,length\n${stamp},1000\n`, { timeUnit });
      expect(dated.jobs.dated).toBe(true);
      expect(dated.jobs.submitH[0]).toBeCloseTo(hourOf('2023-05-01T08:00Z'), 9);
    }
  });

  it('says what is missing when no column tells how long jobs ran', async () => {
    expect(await refused('submit,cpus\n2023-05-01,1\n')).toMatchObject({ message: 'no column says how long jobs ran' });
    expect(await refused('length_h,cpus\n3,1\n')).toMatchObject({ message: 'no column says when jobs came' });
  });

  it('leaves a few bad rows out and says which; strictly, none', async () => {
    const good = '2023-05-01T08:00Z,1,1\n'.repeat(60);
    const text = `submit,length_h,cpus\n${good}yesterday,1,1\n2023-05-01T08:00Z,1,many\n`;
    const { jobs, bad } = await read(text);
    expect([jobs.count, bad.count]).toEqual([60, 2]);
    expect(bad.first.map((failure) => failure.describe())).toEqual([
      'jobs:62:1  submit: not a time: found "yesterday", expected 2022-06-01T08:00:00Z, 2022-06-01 08:00, or a number with its unit',
      'jobs:63:21  cpus: not an amount: found "many", expected a number from 0 on',
    ]);
    const failure = await refused(text, { strict: true });
    expect(failure).toMatchObject({ place: { file: 'jobs', line: 62, column: 1 } });
    expect(failure.others).toHaveLength(1);
  });

  it('is refused where too much of it is bad, or dates and bare numbers are mixed', async () => {
    const text = `submit,length_h\n${'2023-05-01,1\n'.repeat(20)}${'then,1\n'.repeat(2)}`;
    expect((await refused(text)).message).toContain('2 of 22 rows cannot be read');
    expect(await refused('submit,length_h\n2023-05-01,1\n5,1\n', { timeUnit: 'h' })).toMatchObject({
      message: 'some jobs have dates and others have numbers that are none',
    });
  });

  it('tells a history without jobs from one of which none ran', async () => {
    expect((await refused('submit,length_h\n')).message).toBe('no job is in it');
    expect(await refused('submit,length_h\n2023-05-01,0\n')).toMatchObject({
      message: 'no job in it ever ran and ended',
      value: '1 never ran',
    });
  });

  it('knows jobs that never ran or are not over from those that ran and failed', async () => {
    const rows = [
      '2023-05-01,0,done',
      '2023-05-01,,Running',
      '2023-05-01,,pending',
      '2023-05-01,2,Failed',
      '2023-05-01,2,CANCELLED by 7',
    ];
    const { jobs, passed, remarks } = await read(`submit,length_h,state\n${rows.join('\n')}\n`);
    expect(jobs.count).toBe(2);
    expect(Object.fromEntries(passed)).toEqual({ 'never ran': 1, 'not over': 2 });
    expect(Object.fromEntries(remarks)).toEqual({ failed: 1, cancelled: 1 });
  });

  it('reads clocks of a place, daylight saving and all', async () => {
    const text = 'submit,length_h\n2023-01-15 12:00,1\n2023-07-15 12:00,1\n2023-03-26 02:30,1\n';
    const { jobs, bad } = await read(text, { timeZone: 'Europe/Berlin' });
    expect([...jobs.submitH]).toEqual([hourOf('2023-01-15T11:00Z'), hourOf('2023-07-15T10:00Z')]);
    expect(bad.count).toBe(1);
  });

  it.each([
    '2021-13-05 08:00',
    '2021-00-05 08:00',
    '2021-02-29 08:00',
    '0050-01-01 08:00',
    '2021-01-05 24:00',
    '2021-01-05 08:00:61',
    '2021-01-05T08:00+99:99',
    '2021-01-05T08:00+02:60',
    '2021-01-05T08:00-14:30',
  ])('leaves out %s, which no clock shows', async (stamp) => {
    const text = `submit,length_h\n2021-01-05T08:00+14:00,1\n${stamp},1\n`;
    for (const timeZone of ['UTC', 'Europe/Berlin']) {
      const { jobs, bad } = await read(text, { timeZone });
      expect([...jobs.submitH]).toEqual([hourOf('2021-01-04T18:00Z')]);
      expect(bad.first[0]?.message).toBe('submit: not a time');
    }
  });

  it('lets those pause that are named by job, queue or user', async () => {
    const text = 'id,submit,length_h,queue,user\na,2023-05-01,1,x,ann\nb,2023-05-02,1,y,ann\nc,2023-05-03,1,y,ben\n';
    const { jobs } = await read(text, { pausable: new Set(['a', 'ben']) });
    expect([...jobs.pausable]).toEqual([1, 0, 1]);
    expect([...(await read(text, { pausable: 'all' })).jobs.pausable]).toEqual([1, 1, 1]);
  });

  it('refuses names of what may pause that nobody has', async () => {
    const text = 'id,submit,length_h,queue,user\na,2023-05-01,1,x,ann\nb,2023-05-02,1,y,\n';
    expect(await refused(text, { pausable: new Set(['a', 'x', 'ann', 'al', '']) })).toMatchObject({
      code: 'cli/usage',
      value: 'al,',
      expected: 'all, none, or names of jobs; queues: x, y; users: ann',
    });
    expect((await read(text, { pausable: new Set(['a', 'x', 'ann']) })).jobs.pausable[0]).toBe(1);
  });

  it('refuses what is cut short in its packing', async () => {
    const path = join(folder, 'short.gz');
    writeFileSync(path, gzipSync('submit,length_h\n'.repeat(10_000)).subarray(0, 60));
    await expect(readJobs({ path, name: 'short.gz', signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'file/unreadable',
    });
  });
});

describe('sacct', () => {
  const HEADER =
    'JobID|User|Partition|Submit|Eligible|Start|End|Elapsed|ElapsedRaw|AllocCPUS|AllocTRES|ConsumedEnergyRaw|State';
  const line = (id: string, more: Partial<Record<string, string>> = {}): string => {
    const cells: Readonly<Record<string, string | undefined>> = {
      JobID: id,
      User: 'ann',
      Partition: 'gpu',
      Submit: '2023-05-01T08:00:00',
      Eligible: '2023-05-01T08:00:00',
      Start: '2023-05-01T09:00:00',
      End: '2023-05-02T10:30:00',
      Elapsed: '1-01:30:00',
      AllocCPUS: '8',
      AllocTRES: 'billing=8,cpu=8,gres/gpu=2,mem=16G,node=1',
      ConsumedEnergyRaw: '0',
      State: 'COMPLETED',
      ...more,
    };
    return HEADER.split('|')
      .map((name) => cells[name] ?? '')
      .join('|');
  };
  const dump = (...lines: readonly string[]): string => `${[HEADER, ...lines].join('\n')}\n`;

  it('reads jobs and passes over their steps', async () => {
    const { jobs, format } = await read(dump(line('7'), line('7.batch'), line('7.extern'), line('7.0')), {
      timeZone: 'Europe/Berlin',
    });
    expect(format).toBe('sacct');
    expect(jobs.count).toBe(1);
    expect(jobs.submitH[0]).toBe(hourOf('2023-05-01T06:00Z'));
    expect(jobs.lengthH[0]).toBe(25.5);
    expect([jobs.cpus[0], jobs.gpus[0]]).toEqual([8, 2]);
    expect(jobs.memoryGB[0]).toBeCloseTo(17.18, 2);
    expect([jobs.queues, jobs.users]).toEqual([['gpu'], ['ann']]);
  });

  it('takes a job as there when it could run, and energy for measured only where it is not 0', async () => {
    const joules = String(250 * 25.5 * 3_600);
    const { jobs } = await read(
      dump(
        line('7', { Eligible: '2023-05-01T20:00:00', ConsumedEnergyRaw: joules }),
        line('8', { Eligible: 'Unknown' }),
      ),
    );
    expect([...jobs.submitH]).toEqual([hourOf('2023-05-01T08:00Z'), hourOf('2023-05-01T20:00Z')]);
    expect(jobs.powerW[0]).toBeNaN();
    expect(jobs.powerW[1]).toBeCloseTo(250, 6);
  });

  it('says what became of jobs: failed and cancelled ones ran, pending and running ones did not end', async () => {
    const { jobs, passed, remarks } = await read(
      dump(
        line('1', { State: 'FAILED' }),
        line('2', { State: 'CANCELLED by 1000' }),
        line('3', { State: 'CANCELLED by 1000', Elapsed: '00:00:00', Start: 'Unknown' }),
        line('4_[1-9]', { State: 'PENDING', Start: 'Unknown', End: 'Unknown', Elapsed: '00:00:00' }),
        line('5', { State: 'RUNNING', End: 'Unknown' }),
        line('6', { State: 'TIMEOUT' }),
        line('7', { State: 'OUT_OF_MEMORY' }),
      ),
    );
    expect(jobs.count).toBe(4);
    expect(Object.fromEntries(remarks)).toEqual({ failed: 3, cancelled: 1 });
    expect(Object.fromEntries(passed)).toEqual({ 'never ran': 1, 'not over': 2 });
  });

  it('adds typed GPUs, and counts Elapsed by its seconds where it has them', async () => {
    const text =
      'JobIDRaw|Submit|ElapsedRaw|NCPUS|ReqTRES|State\n7|2023-05-01T08:00:00|5400|1|cpu=1,gres/gpu:a100=3,gres/gpu:t4=1|COMPLETED\n';
    const { jobs } = await read(text);
    expect([jobs.lengthH[0], jobs.gpus[0]]).toEqual([1.5, 4]);
  });

  it.each([
    [{ AllocCPUS: '-4' }, 'its CPUs are no amount'],
    [{ AllocCPUS: '1e300' }, 'its CPUs are no amount'],
    [{ AllocTRES: 'cpu=1,gres/gpu=-1' }, 'its GPUs are no amount'],
    [{ ConsumedEnergyRaw: '9223372036854775807' }, 'its watts are no power'],
    [{ ElapsedRaw: '-3600' }, 'the hours it ran are no length'],
  ])('leaves %o out as a bad row, whose fate is not counted', async (more, message) => {
    const { jobs, bad, passed, remarks } = await read(dump(line('7'), line('8', { State: 'FAILED', ...more })));
    expect([jobs.count, bad.count, passed.size, remarks.size]).toEqual([1, 1, 0, 0]);
    expect(bad.first[0]).toMatchObject({ message, place: { line: 3 } });
  });

  it("takes Slurm's word for no value as no power", async () => {
    const { jobs } = await read(dump(line('7', { ConsumedEnergyRaw: '18446744073709551614' })));
    expect([...jobs.powerW]).toEqual([Number.NaN]);
  });

  it('says which column it was not asked for', async () => {
    expect(await refused('JobID|Submit|State\n7|2023-05-01T08:00:00|COMPLETED\n')).toMatchObject({
      message: 'sacct was not asked for Elapsed or ElapsedRaw',
    });
  });
});

describe('kubernetes', () => {
  const job = (more: object = {}, spec: object = {}) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'train',
      namespace: 'research',
      creationTimestamp: '2023-05-01T08:00:00Z',
      labels: { 'kueue.x-k8s.io/queue-name': 'night' },
    },
    spec: {
      parallelism: 3,
      completions: 2,
      template: {
        spec: {
          containers: [
            { name: 'a', resources: { requests: { cpu: '1500m', memory: '2Gi' }, limits: { 'nvidia.com/gpu': '1' } } },
            { name: 'b', resources: { limits: { cpu: '1' } } },
            { name: 'c' },
          ],
        },
      },
      ...spec,
    },
    status: { startTime: '2023-05-01T08:30:00Z', completionTime: '2023-05-01T10:30:00Z', ...more },
  });
  const list = (...items: readonly unknown[]): string => JSON.stringify({ kind: 'List', items }, null, 2);

  it('sums what the pods of a job ask for', async () => {
    const { jobs, format } = await read(list(job()));
    expect(format).toBe('kubernetes');
    expect([jobs.submitH[0], jobs.lengthH[0]]).toEqual([hourOf('2023-05-01T08:00Z'), 2]);
    expect([jobs.cpus[0], jobs.gpus[0]]).toEqual([5, 2]);
    expect(jobs.memoryGB[0]).toBeCloseTo(4.295, 3);
    expect([jobs.queues, jobs.users]).toEqual([['night'], ['research']]);
  });

  it('knows what failed, what never started and what is not over', async () => {
    const failed = {
      completionTime: undefined,
      conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: '2023-05-01T09:00:00Z' }],
    };
    const { jobs, passed, remarks } = await read(
      list(job(failed), job({ completionTime: undefined }), job({ startTime: undefined, completionTime: undefined })),
    );
    expect([jobs.count, jobs.lengthH[0]]).toEqual([1, 0.5]);
    expect(Object.fromEntries(remarks)).toEqual({ failed: 1 });
    expect(Object.fromEntries(passed)).toEqual({ 'not over': 1, 'never ran': 1 });
  });

  it.each(['1e400', '-5'])('leaves out a job that asks for %s CPUs', async (cpu) => {
    const template = { spec: { containers: [{ resources: { requests: { cpu } } }] } };
    const { jobs, bad } = await read(list(job(), job({}, { template })));
    expect(jobs.count).toBe(1);
    expect(bad.first.map(({ message }) => message)).toEqual(['items[1]: its CPUs are no amount']);
  });

  it('names the item and the field that are wrong', async () => {
    const failure = await refused(list(job(), { kind: 'Job', metadata: {} }), { strict: true });
    expect(failure.message).toContain('items[1].metadata.name');
  });
});
