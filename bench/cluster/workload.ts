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
import type { Job } from './simulate.ts';

const Dags = z
  .array(
    z.object({
      size: z.coerce.string().default(''),
      stages: z.array(z.tuple([z.int().positive(), z.number().positive()])).min(1),
      edges: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative()])),
    }),
  )
  .min(1);

export type Dag = z.infer<typeof Dags>[number];

/** DAGs and g/kWh by the hour. */
export interface Recorded {
  readonly dags: readonly Dag[];
  readonly intensityG: Float64Array;
}

export function readFolder(data: string): Recorded {
  const folder = existsSync(join(data, 'dags')) ? join(data, 'dags') : data;
  const text = (ending: string): string => {
    const name = readdirSync(folder).sort().find((entry) => entry.endsWith(ending));
    if (name === undefined) throw new Error(`${folder}: no ${ending} file`);
    return readFileSync(join(folder, name), 'utf8');
  };
  return { dags: Dags.parse(JSON.parse(text('.json'))), intensityG: readIntensity(text('.csv')) };
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
