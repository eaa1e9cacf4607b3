/**
 * Jobs of Kubernetes (batch/v1) as `kubectl get jobs -A -o json` prints them.
 *
 * @module
 */
import { z } from 'zod';
import { asError, Failure } from '../../errors.ts';
import type { JobRow } from '../past-jobs.ts';
import type { JobReader, Passed, ReadOptions } from '../reader.ts';
import { bytesOf, numberOf, stampReader } from '../values.ts';

/** A list is read whole: some 100,000 jobs. */
const LARGEST = 400_000_000;

const amounts = z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({});
const jobSchema = z.object({
  kind: z.string().default('Job'),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default(''),
    creationTimestamp: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    parallelism: z.number().int().min(0).default(1),
    completions: z.number().int().min(0).nullish(),
    template: z.object({
      spec: z.object({
        containers: z.array(
          z.object({ resources: z.object({ requests: amounts, limits: amounts }).partial().default({}) }),
        ),
        priorityClassName: z.string().optional(),
      }),
    }),
  }),
  status: z
    .object({
      startTime: z.string().optional(),
      completionTime: z.string().optional(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), lastTransitionTime: z.string().optional() }))
        .default([]),
    })
    .default({ conditions: [] }),
});
type Job = z.infer<typeof jobSchema>;
const listSchema = z.union([z.object({ items: z.array(z.unknown()) }), z.array(z.unknown())]);

export const kubernetes: JobReader = {
  id: 'kubernetes',
  about: 'Kubernetes: kubectl get jobs -A -o json',
  recognises: (head) => /^\uFEFF?\s*[{[]/.test(head),
  async read(source, options, taker) {
    const place = { file: source.file };
    const readStamp = stampReader('UTC');
    for (const [index, entry] of listIn(await source.text(LARGEST), source.file).entries()) {
      const parsed = jobSchema.safeParse(entry);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const what = `items[${index}].${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a job'}`;
        taker.bad(new Failure('replay/invalid-jobs', what, { place, expected: 'a batch/v1 Job' }));
        continue;
      }
      const found = rowOf(parsed.data, options, readStamp);
      if (typeof found === 'string') taker.pass(found);
      else if (found === undefined)
        taker.bad(
          new Failure('replay/invalid-jobs', `items[${index}]: a time of ${parsed.data.metadata.name} cannot be read`, {
            place,
            value: parsed.data.metadata.creationTimestamp.slice(0, 40),
            expected: '2022-06-01T08:00:00Z',
          }),
        );
      else if (taker.job(found, true, { item: index }) && failedAt(parsed.data) !== undefined) taker.remark('failed');
    }
  },
};

function listIn(text: string, file: string): readonly unknown[] {
  const refuse = (message: string, cause?: unknown): never => {
    throw new Failure('replay/invalid-jobs', message, { place: { file }, expected: kubernetes.about, cause });
  };
  try {
    const list = listSchema.safeParse(JSON.parse(text.replace(/^\uFEFF/, '')));
    if (list.success) return Array.isArray(list.data) ? list.data : list.data.items;
  } catch (thrown) {
    return refuse(`this is no JSON: ${asError(thrown).message}`, thrown);
  }
  return refuse('there is no list of jobs in it');
}

const failedAt = ({ status }: Job): string | undefined =>
  status.conditions.find(({ type, status: holds }) => type === 'Failed' && holds === 'True')?.lastTransitionTime;

function rowOf(
  job: Job,
  { mayPause }: ReadOptions,
  readStamp: (text: string) => number | undefined,
): JobRow | Passed | undefined {
  const { metadata, spec, status } = job;
  const ended = status.completionTime ?? failedAt(job);
  if (status.startTime === undefined) return 'never ran';
  if (ended === undefined) return 'not over';
  const [submitH, start, end] = [metadata.creationTimestamp, status.startTime, ended].map(readStamp);
  if (submitH === undefined || start === undefined || end === undefined || end < start) return undefined;
  if (end === start) return 'never ran';
  const pods = Math.min(spec.parallelism, spec.completions ?? spec.parallelism);
  const sum = (name: string): number =>
    pods * spec.template.spec.containers.reduce((all, { resources }) => all + amountIn(resources, name), 0);
  const queue = metadata.labels['kueue.x-k8s.io/queue-name'] ?? spec.template.spec.priorityClassName ?? '';
  const names = [metadata.name, queue, metadata.namespace];
  return {
    submitH,
    lengthH: end - start,
    dueH: Number.NaN,
    cpus: sum('cpu'),
    gpus: sum('nvidia.com/gpu') + sum('amd.com/gpu'),
    memoryGB: sum('memory') / 1e9 || Number.NaN,
    powerW: Number.NaN,
    queue,
    user: metadata.namespace,
    pausable: mayPause(names),
  };
}

/** What a container asks for, else what it is allowed; `500m` is half of one. */
function amountIn(resources: Job['spec']['template']['spec']['containers'][number]['resources'], name: string): number {
  const text = resources.requests?.[name] ?? resources.limits?.[name] ?? '0';
  if (name === 'memory') return bytesOf(text) ?? (numberOf(text) || 0);
  const milli = /^(\d+)m$/.exec(text);
  return milli === null ? numberOf(text) || 0 : Number(milli[1]) / 1_000;
}
