/**
 * Streams of jobs and stretches of the grid, drawn from a folder with DAGs and an hourly intensity: `dags/*.json`, a list
 * of `{query, size, stages: [[tasks, mean ms]], edges: [[from, to]]}`, and `dags/*.csv` with the columns `datetime` and
 * `carbon_intensity_avg`.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { topological } from '../../src/plan/index.ts';
import type { Job, Ran } from './simulate.ts';

const Dag = z
  .object({
    size: z.coerce.string().default(''),
    stages: z.array(z.tuple([z.int().positive(), z.number().positive()])).min(1),
    edges: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])),
  })
  .refine(({ stages, edges }) => edges.every((edge) => edge.every((index) => index < stages.length)), {
    error: 'an edge names a stage that is not there',
  })
  .refine(hasNoCircle, { error: 'the edges go round in a circle' });

export type Dag = z.infer<typeof Dag>;

function hasNoCircle({ stages, edges }: { readonly stages: unknown[]; readonly edges: [number, number][] }): boolean {
  const before = stages.map((_, index) => edges.filter(([, to]) => to === index).map(([from]) => from));
  const order = topological(before.map((after) => ({ tasks: 1, firstMs: 0, taskMs: 0, after })));
  const place = new Map(order.map((index, position) => [index, position]));
  return edges.every(([from, to]) => (place.get(from) ?? 0) < (place.get(to) ?? 0));
}

/** DAGs and g/kWh by the hour. */
export interface Recorded {
  readonly dags: readonly Dag[];
  readonly intensityG: Float64Array;
}

export function readFolder(data: string): Recorded {
  const folder = existsSync(join(data, 'dags')) ? join(data, 'dags') : data;
  const text = (ending: string): string => {
    const name = readdirSync(folder)
      .sort()
      .find((entry) => entry.endsWith(ending) && !entry.startsWith('.'));
    if (name === undefined) throw new Error(`${folder}: no ${ending} file`);
    return readFileSync(join(folder, name), 'utf8');
  };
  return {
    dags: z
      .array(Dag)
      .min(1)
      .parse(JSON.parse(text('.json'))),
    intensityG: readIntensity(text('.csv')),
  };
}

function readIntensity(csv: string): Float64Array {
  const [head = '', ...rows] = csv.trimEnd().split(/\r?\n/);
  const column = head.split(',').indexOf('carbon_intensity_avg');
  const values = Float64Array.from(rows, (row) => Number(row.split(',')[column] || Number.NaN));
  if (values.length === 0 || values.some((value) => !(value >= 0))) {
    throw new Error('the intensity has an hour without a number under carbon_intensity_avg');
  }
  return values;
}

/** Uniform numbers in [0, 1): mulberry32, which is small and the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Stream {
  /** Jobs after the first, which is there at the start. */
  readonly jobs: number;
  readonly meanGapMs: number;
  /** How many times as long as its later ones the first task of an executor in a stage takes; 1 for equal tasks. */
  readonly firstTimes: number;
}

/** A job at once, then others after exponential gaps, each drawn uniformly from the DAGs. */
export function drawJobs(dags: readonly Dag[], stream: Stream, seed: number): Job[] {
  const random = randomFrom(seed);
  let arrivedMs = 0;
  return Array.from({ length: stream.jobs + 1 }, (_, i) => {
    if (i > 0) arrivedMs += Math.floor(-stream.meanGapMs * Math.log(1 - random()));
    const dag = dags[Math.floor(random() * dags.length)];
    return { arrivedMs, stages: dag === undefined ? [] : stagesOf(dag, stream.firstTimes) };
  });
}

/** Executors with which the recorded runs were made, each as often as the others (Decima's simulator). */
const RECORDED_WITH = [5, 10, 20, 40, 50, 60, 80, 100];

/** First and later tasks such that their mean over the recorded runs is the recorded mean. */
const stagesOf = ({ stages, edges }: Dag, firstTimes: number): Job['stages'] =>
  stages.map(([tasks, meanMs], index) => {
    const firsts = RECORDED_WITH.reduce((sum, executors) => sum + Math.min(1, executors / tasks), 0);
    const taskMs = meanMs / (1 + (firsts / RECORDED_WITH.length) * (firstTimes - 1));
    const after = edges.filter(([, to]) => to === index).map(([from]) => from);
    return { tasks, firstMs: firstTimes * taskMs, taskMs, after };
  });

/** Executor-ms · g/kWh of tasks that ran: as in the artefact, only running tasks are charged, and no idle executor. */
export function emissionsOf(tasks: readonly Ran[], hourMs: number, intensityAt: (hour: number) => number): number {
  let sum = 0;
  for (const { startMs, endMs } of tasks) {
    for (let hour = Math.floor(startMs / hourMs); hour * hourMs < endMs; hour++) {
      sum += intensityAt(hour) * (Math.min(endMs, (hour + 1) * hourMs) - Math.max(startMs, hour * hourMs));
    }
  }
  return sum;
}
