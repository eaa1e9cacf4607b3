/**
 * Reads what past attempts at the steps of a workflow took, and has each step learn from those of its own kind.
 *
 * @module
 */
import { z } from 'zod';
import { learn, type PastPlace, type PastRun } from '../plan/index.ts';
import { type Site, stepPower } from '../site/index.ts';
import { glance } from '../store/index.ts';
import { DAY } from '../units.ts';
import type { Learner, UnmeasuredStep } from '../workload/index.ts';
import { hardwareOf, whatOf, workDigest } from './same.ts';

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

const LONGEST = 3_653 * DAY;
const MOST_WATTS = 1e9;
const MOST_GSD = 100;

const QUERY = `select step, what, hardware, ended_at, work_ms, cut, power_w, power_gsd from past_attempt
  where workflow = ? and time_scale = ? order by ended_at desc, id limit ${MOST_READ}`;

/** A row outside of these ranges is none of ours, and says nothing. */
const ROW = z.object({
  step: z.string(),
  what: z.string(),
  hardware: z.string(),
  ended_at: z.number(),
  work_ms: z.number().positive().max(LONGEST),
  cut: z.literal([0, 1]),
  power_w: z.number().positive().max(MOST_WATTS).nullable(),
  power_gsd: z.number().min(1).max(MOST_GSD).nullable(),
});
type Row = z.infer<typeof ROW>;

/** What past runs of a workflow say of its steps; `undefined` where there are none. Fails with `store/unusable`. */
export async function learnerOf({ home, workflow, speed, sites }: Asked): Promise<Learner | undefined> {
  const read = await glance(home, QUERY, [workflow, speed]);
  const rows = read.flatMap((row) => ROW.safeParse(row).data ?? []);
  if (rows.length === 0) return undefined;
  const past = new Map<string, Row[]>();
  for (const row of rows) {
    const [work = ''] = row.what.split('/', 1);
    const key = keyOf(row.step, work, row.hardware);
    const same = past.get(key);
    if (same === undefined) past.set(key, [row]);
    else same.push(row);
  }
  // Nothing has run anywhere else yet.
  const here = (await sites()).filter(({ executor }) => executor === 'local');
  return (step) => learn(placesOf(step, here, past), step.declared);
}

const keyOf = (step: string, work: string, hardware: string): string => `${step}|${work}|${hardware}`;

/**
 * Those rows of the same work, the newest first, that speak for a step: those under the length that it declares. One that
 * declares none takes them back to the last time that another length was declared.
 */
function speakFor(step: UnmeasuredStep, rows: readonly Row[]): readonly Row[] {
  const what = whatOf(step);
  if (step.declared !== undefined) return rows.filter((row) => row.what === what);
  const declaring = rows.findIndex((row) => row.what !== what);
  if (declaring < 0) return rows;
  const changed = rows.findIndex((row, i) => i > declaring && row.what !== rows[declaring]?.what);
  return changed < 0 ? rows : rows.slice(0, changed);
}

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
  past: ReadonlyMap<string, readonly Row[]>,
): readonly PastPlace[] {
  const usable = sites.filter(({ name }) => step.sites?.includes(name) !== false);
  const work = workDigest(step);
  return [...new Set(usable.map(hardwareOf))].flatMap((hardware) => {
    const same = usable.filter((site) => hardwareOf(site) === hardware);
    const [first] = same;
    if (first === undefined) return [];
    return {
      sites: same.map(({ name }) => name),
      runs: speakFor(step, past.get(keyOf(step.name, work, hardware)) ?? []).map(pastRun),
      prior: { watts: stepPower(step, first), declared: step.power !== undefined },
    };
  });
}
