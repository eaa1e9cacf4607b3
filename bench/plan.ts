/**
 * How planning time grows: CPU time of `plan()` for chains of the shape prepare → train → evaluate → score, with 1, 10
 * and 100 times the slots and with 1, 10 and 100 times the steps; and of a plan and of a change of it for 1,000 steps in
 * many workflows with diamonds. Run: `npm run bench -- plan`.
 *
 * @module
 */
import { checkpoint, outlook, power, request, site, step } from '../src/plan/fixtures.ts';
import { type PlanRequest, plan, whatIf } from '../src/plan/index.ts';
import { HOUR, instant } from '../src/units.ts';
import type { Step } from '../src/workload/index.ts';

/** A day's wave with a slower one on it, so that no two days are alike; g/kWh by the hour. */
const intensities = (hours: number): number[] =>
  Array.from({ length: hours }, (_, h) => Math.round(350 + 120 * Math.sin(h / 3.82) + 60 * Math.sin(h / 61)));

/** So many times the four steps, one after the other. */
function chain(times: number): Step[] {
  const steps: Step[] = [];
  const add = (name: string, minutes: number, watts: number, pausing = false): void => {
    const before = steps.at(-1)?.name;
    const interruptible = pausing ? checkpoint(1.5, 1) : { mode: 'never' as const };
    steps.push(step({ name, minutes, watts, interruptible, after: before === undefined ? [] : [before] }));
  };
  for (let i = 0; i < times; i++) {
    add(`prepare-${i}`, 20, 180);
    add(`train-${i}`, 180, 700, true);
    add(`evaluate-${i}`, 15, 200);
    add(`score-${i}`, 30, 200);
  }
  return steps;
}

/**
 * So many workflows in one, of ten steps each: prepare → split → three shards (one of them in two parts) → merge → train
 * → evaluate → score. No two take equally long, and each shares the site with all others.
 */
function bundle(times: number): Step[] {
  return Array.from({ length: times }, (_, i) => {
    const name = (stem: string): string => `${stem}-${i}`;
    const add = (stem: string, minutes: number, watts: number, after: readonly string[]): Step =>
      step({ name: name(stem), minutes, watts, after: after.map(name) });
    return [
      add('prepare', 15 + 5 * (i % 4), 180, []),
      add('split', 10, 120, ['prepare']),
      add('left', 30 + 15 * (i % 3), 300, ['split']),
      add('middle', 45, 300, ['split']),
      add('right', 20, 300, ['split']),
      add('right-again', 20 + 5 * (i % 5), 250, ['right']),
      add('merge', 10, 150, ['left', 'middle', 'right-again']),
      step({
        name: name('train'),
        minutes: 120,
        watts: 700,
        after: [name('merge')],
        interruptible: checkpoint(1.5, 1),
      }),
      add('evaluate', 15, 200, ['train']),
      add('score', 30, 200, ['evaluate']),
    ];
  }).flat();
}

const asked = (hours: number, times: number): PlanRequest =>
  request({
    steps: chain(times),
    deadline: hours * 60,
    outlooks: { DE: outlook(intensities(hours)) },
    policy: { minPredictedSavingPercent: 5 },
  });

/** Least CPU ms of several plans, after as many as the compiler needs. */
function cpuOf(question: PlanRequest): { readonly ms: number; readonly gapPercent: number } {
  let ms = Number.POSITIVE_INFINITY;
  let gapPercent = Number.NaN;
  for (let i = 0; i < 7; i++) {
    const before = process.cpuUsage();
    gapPercent = plan(question, power).gapPercent;
    const { user, system } = process.cpuUsage(before);
    ms = Math.min(ms, (user + system) / 1_000);
  }
  return { ms, gapPercent };
}

const rows: Record<string, number | string | boolean>[] = [];

function series(name: string, sizes: readonly number[], question: (times: number) => PlanRequest): void {
  let previous: number | undefined;
  sizes.forEach((size, i) => {
    const times = 10 ** i;
    const label = `${size} ${name}`;
    console.error(`plan: ${label}`);
    const { ms, gapPercent } = cpuOf(question(times));
    rows.push({ case: label, metric: 'cpu ms', value: Number(ms.toFixed(2)), unit: 'ms' });
    rows.push({ case: label, metric: 'gap to the bound', value: Number(gapPercent.toFixed(4)), unit: '%' });
    if (previous !== undefined) {
      const value = Number((ms / previous).toFixed(2));
      const target = Number(((10 * Math.log(size)) / Math.log(size / 10)).toFixed(2));
      rows.push({ case: label, metric: 'growth for 10 times', value, unit: 'times', target, pass: value <= target });
    }
    previous = ms;
  });
}

/** The first plan and the second: what a person waits for who asks once. */
function thousand(name: string, question: PlanRequest): void {
  console.error(`plan: ${name}`);
  const before = process.cpuUsage();
  const { gapPercent } = plan(question, power);
  const planned = process.cpuUsage(before);
  const from = process.cpuUsage();
  whatIf(question, [{ kind: 'deadline', to: instant(question.workflow.deadline + 6 * HOUR) }], power);
  const compared = process.cpuUsage(from);
  const seconds = ({ user, system }: NodeJS.CpuUsage): number => Number(((user + system) / 1e6).toFixed(2));
  rows.push({ case: name, metric: 'cpu of a plan with its reasons', value: seconds(planned), unit: 's' });
  const value = seconds(compared);
  rows.push({ case: name, metric: 'cpu of what-if', value, unit: 's', target: 1, pass: value < 1 });
  rows.push({ case: name, metric: 'gap to the bound', value: Number(gapPercent.toFixed(4)), unit: '%' });
}

const many = (cpus: number): PlanRequest =>
  request({
    steps: bundle(100),
    deadline: 48 * 60,
    outlooks: { DE: outlook(intensities(60)) },
    sites: [site({ capacity: { cpus, gpus: 0, memory: 0 } })],
  });

thousand('1000 steps, 100 workflows, room for all', many(1_000));
thousand('1000 steps, 100 workflows, 20 at a time', many(20));
series('quarter-hours, 4 steps', [192, 1_920, 19_200], (times) => asked(48 * times, 1));
series('steps, 480 h', [4, 40, 400], (times) => asked(480, times));
console.log(JSON.stringify(rows));
