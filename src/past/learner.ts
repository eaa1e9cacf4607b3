/**
 * Reads what past attempts at the steps of a workflow took, and has each step learn from those of its own kind.
 *
 * @module
 */
import { z } from 'zod';
import { learn, type PastPlace, type PastRun } from '../plan/index.ts';
import { type Site, stepPower } from '../site/index.ts';
import { glance } from '../store/index.ts';
import type { Learner, UnmeasuredStep } from '../workload/index.ts';
import { hardwareOf, whatOf } from './same.ts';

export interface Asked {
  /** Folder of the store. */
  readonly home: string;
  readonly workflow: string;
  /** Seconds of the run's clock in a real one: what ran on another clock took another time on it. */
  readonly speed: number;
  readonly sites: () => Promise<readonly Site[]>;
}

/** More rows are not read: of a workflow of very many steps, the newest. */
const MOST_READ = 20_000;

const QUERY = `select step, what, hardware, ended_at, work_ms, cut, power_w, power_gsd from past_attempt
  where workflow = ? and time_scale = ? order by ended_at desc limit ${MOST_READ}`;

const ROWS = z.array(
  z.object({
    step: z.string(),
    what: z.string(),
    hardware: z.string(),
    ended_at: z.number(),
    work_ms: z.number(),
    cut: z.number(),
    power_w: z.number().nullable(),
    power_gsd: z.number().nullable(),
  }),
);
type Row = z.infer<typeof ROWS>[number];

/** What past runs of a workflow say of its steps; `undefined` where there are none. Fails with `store/unusable`. */
export async function learnerOf({ home, workflow, speed, sites }: Asked): Promise<Learner | undefined> {
  const rows = ROWS.parse(await glance(home, QUERY, [workflow, speed]));
  if (rows.length === 0) return undefined;
  const past = new Map<string, PastRun[]>();
  for (const row of rows) {
    const key = keyOf(row.step, row.what, row.hardware);
    const runs = past.get(key);
    if (runs === undefined) past.set(key, [pastRun(row)]);
    else runs.push(pastRun(row));
  }
  // Nothing has run anywhere else yet.
  const here = (await sites()).filter(({ executor }) => executor === 'local');
  return (step) => learn(placesOf(step, here, past), step.declared);
}

const keyOf = (step: string, what: string, hardware: string): string => `${step}|${what}|${hardware}`;

const pastRun = ({ ended_at, work_ms, cut, power_w, power_gsd }: Row): PastRun => ({
  endedAt: ended_at,
  work: work_ms,
  cut: cut === 1,
  power: power_w === null || power_gsd === null ? undefined : { watts: power_w, gsd: power_gsd },
});

/** The sites that a step may use, one entry for each kind of hardware. */
function placesOf(
  step: UnmeasuredStep,
  sites: readonly Site[],
  past: ReadonlyMap<string, readonly PastRun[]>,
): readonly PastPlace[] {
  const usable = sites.filter(({ name }) => step.sites?.includes(name) !== false);
  const what = whatOf(step);
  return [...new Set(usable.map(hardwareOf))].flatMap((hardware) => {
    const same = usable.filter((site) => hardwareOf(site) === hardware);
    const [first] = same;
    if (first === undefined) return [];
    return {
      sites: same.map(({ name }) => name),
      runs: past.get(keyOf(step.name, what, hardware)) ?? [],
      prior: { watts: stepPower(step, first), declared: step.power !== undefined },
    };
  });
}
