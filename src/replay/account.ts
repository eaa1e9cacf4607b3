/**
 * What a schedule comes to: energy, emissions, money, delays, peaks. The grid as it was, whatever was foreseen.
 *
 * @module
 */
import { integralOf } from '../plan/index.ts';
import type { Money } from '../site/index.ts';
import { type Grams, grams, HOUR, type KilowattHours, kilowattHours } from '../units.ts';
import type { Place, Scene } from './scene.ts';
import type { Schedule } from './schedule.ts';

export interface Account {
  /** At the meter of the place, PUE included. */
  readonly energyKWh: KilowattHours;
  readonly emissionsG: Grams;
  /** `null` where no price is known. */
  readonly cost: Money | null;
  /** From the end that it would have had at once to the end that it had, in hours. */
  readonly meanDelayH: number;
  readonly p95DelayH: number;
  readonly misses: number;
  /** Most that was used at one moment, to the second, all places together. */
  readonly peakCpus: number;
  readonly peakGpus: number;
  /** Pieces less jobs: how often work was paused. */
  readonly pauses: number;
  /** Mean power in each slot of the scene, in kW, PUE included. */
  readonly loadKw: Float64Array;
}

/** An end up to this much (h) late is rounding. */
const ON_TIME = 1e-6;

export function accountOf(schedule: Schedule, scene: Scene): Account {
  const { jobs, places } = scene;
  const integrals = places.map(({ outlook }) => integralOf(outlook.axis, outlook.intensityG));
  const origin = places[0].outlook.axis.start;
  const ends = new Float64Array(jobs.count);
  const lastEnds = new Float64Array(jobs.count).fill(Number.NaN);
  const loadKw = new Float64Array(places[0].truth.intensityG.length);
  let [energyKWh, emissionsG, pauses] = [0, 0, 0];
  const costs = places.map(() => 0);
  for (let i = 0; i < schedule.count; i++) {
    const [job = 0, at = 0, start = 0, end = 0] = [
      schedule.job[i],
      schedule.place[i],
      schedule.startH[i],
      schedule.endH[i],
    ];
    const place = places[at] ?? places[0];
    const kw = (jobs.kw[job] ?? 0) * place.pue;
    energyKWh += kw * (end - start);
    emissionsG += kw * (integrals[at]?.(origin + start * HOUR, origin + end * HOUR) ?? 0);
    costs[at] = (costs[at] ?? 0) + costOf(place, kw * (end - start), jobs, job, end - start);
    if (!Number.isNaN(lastEnds[job]) && Math.abs((lastEnds[job] ?? 0) - start) > ON_TIME) pauses += 1;
    lastEnds[job] = end;
    ends[job] = Math.max(ends[job] ?? 0, end);
    addLoad(loadKw, scene.stepH, start, end, kw);
  }
  const { meanDelayH, p95DelayH, misses } = delaysOf(ends, scene);
  return {
    energyKWh: kilowattHours(energyKWh),
    emissionsG: grams(emissionsG),
    cost: moneyOf(places, costs),
    meanDelayH,
    p95DelayH,
    misses,
    ...peaksOf(schedule, scene),
    pauses,
    loadKw,
  };
}

function costOf(
  { price }: Place,
  energyKWh: number,
  { cpus, gpus }: Scene['jobs'],
  job: number,
  hours: number,
): number {
  if (price === undefined) return 0;
  return (
    (price.kWh?.amount ?? 0) * energyKWh +
    (price.cpuHour?.amount ?? 0) * (cpus[job] ?? 0) * hours +
    (price.gpuHour?.amount ?? 0) * (gpus[job] ?? 0) * hours
  );
}

/** `null` where a place has no price, or where there are several currencies. */
function moneyOf(places: Scene['places'], costs: readonly number[]): Money | null {
  const currencies = places.map(({ price }) => (price?.kWh ?? price?.cpuHour ?? price?.gpuHour)?.currency);
  const [currency] = currencies;
  if (currency === undefined || currencies.some((other) => other !== currency)) return null;
  return { amount: costs.reduce((a, b) => a + b, 0), currency };
}

function addLoad(loadKw: Float64Array, stepH: number, start: number, end: number, kw: number): void {
  const first = Math.floor(start / stepH);
  const last = Math.min(loadKw.length, Math.ceil(end / stepH));
  for (let slot = first; slot < last; slot++) {
    const part = Math.min(end, (slot + 1) * stepH) - Math.max(start, slot * stepH);
    loadKw[slot] = (loadKw[slot] ?? 0) + (kw * Math.max(0, part)) / stepH;
  }
}

function delaysOf(ends: Float64Array, { jobs }: Scene) {
  const delays = new Float64Array(jobs.count);
  let [sum, misses] = [0, 0];
  for (let job = 0; job < jobs.count; job++) {
    const end = ends[job] ?? 0;
    const later = end - (jobs.submitH[job] ?? 0) - (jobs.lengthH[job] ?? 0);
    const delay = later > ON_TIME ? later : 0;
    delays[job] = delay;
    sum += delay;
    if (end > (jobs.dueH[job] ?? 0) + ON_TIME) misses += 1;
  }
  delays.sort();
  const rank = Math.max(0, Math.ceil(0.95 * jobs.count) - 1);
  return { meanDelayH: sum / Math.max(1, jobs.count), p95DelayH: delays[rank] ?? 0, misses };
}

/** Room for the number of an event below a whole second, in one exact float: 17 years and 16 million events. */
const EVENTS = 2 ** 24;

/**
 * Starts and ends are sorted as numbers of seconds, whose last digits are the event: a plain sort of floats. Of one second,
 * ends come first. O(n log n).
 */
function peaksOf({ count, job, startH, endH }: Schedule, { jobs }: Scene) {
  const events = new Float64Array(Math.min(2 * count, EVENTS));
  const seconds = (hours: number): number => Math.round(hours * 3_600) * EVENTS;
  const half = events.length / 2;
  for (let i = 0; i < half; i++) {
    events[i] = seconds(endH[i] ?? 0) + i;
    events[half + i] = seconds(startH[i] ?? 0) + half + i;
  }
  events.sort();
  let [cpus, gpus, peakCpus, peakGpus] = [0, 0, 0, 0];
  for (const event of events) {
    const index = event % EVENTS;
    const isEnd = index < half;
    const which = job[isEnd ? index : index - half] ?? 0;
    cpus += (isEnd ? -1 : 1) * (jobs.cpus[which] ?? 0);
    gpus += (isEnd ? -1 : 1) * (jobs.gpus[which] ?? 0);
    peakCpus = Math.max(peakCpus, cpus);
    peakGpus = Math.max(peakGpus, gpus);
  }
  return { peakCpus, peakGpus };
}
