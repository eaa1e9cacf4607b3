/**
 * What is left to place: each step that has not ended, with the places that may run it and the reasons why others may
 * not.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import type { Site } from '../site/index.ts';
import type { Instant } from '../units.ts';
import type { Needs, Step } from '../workload/index.ts';
import { constantIntegral, type Integral, integralOf } from './axis.ts';
import { atQuantile, MEDIAN } from './bands.ts';
import { expectedOf, progressOf, remainingOf, restartOf } from './guard.ts';
import { DECLARED_GSD } from './learn.ts';
import type { Outlook, PlanRequest, Progress, StepPower } from './plan.ts';
import { type Way, wayAt, waysOf } from './ways.ts';

/** Intensities of one zone as integrals: what ranks the hours (at the quantile of the plan), and what grams are stated from. */
export interface ZoneCurves {
  readonly outlook: Outlook;
  /** g/kWh by slot of the outlook, and its integral: what the hours are ranked by. */
  readonly rankG: Float64Array;
  readonly rank: Integral;
  readonly expected: Integral;
  readonly low: Integral;
  readonly high: Integral;
}

/** A way in which a job may run at a site; powers at the facility's meter (PUE included). */
export interface Option {
  readonly site: Site;
  readonly zone: ZoneCurves;
  readonly way: Way;
  /** Running time that is expected to be left, and what its guard leaves room for beyond it, ms. */
  readonly work: number;
  readonly reserve: number;
  /** Its end is planned no later than this, ms since 1970, so that the reserve lies before the deadline. */
  readonly latest: number;
  readonly runningKw: number;
  readonly pausedKw: number;
  /** Geometric standard deviation of the energy. */
  readonly gsd: number;
}

export interface Job {
  readonly step: Step;
  readonly progress: Progress;
  readonly pausable: boolean;
  readonly checkpoint: number;
  readonly restart: number;
  /** No start before this instant. */
  readonly release: Instant;
  /** Positions in the list of jobs. */
  readonly after: readonly number[];
  /** In the order of the request's sites, at each the smallest size first; empty when nothing can run it. */
  readonly options: readonly Option[];
  /** Why other sites cannot run it, in words. */
  readonly refusals: readonly string[];
}

/** Geometric standard deviation of the energy of a step: as learned at the site, or as its power was come by. */
const gsdOf = (step: Step, way: Way, site: Site): number =>
  step.learned?.power[site.name]?.gsd ?? (way.power === undefined ? site.machine.gsd : DECLARED_GSD);

export function zoneCurves(outlook: Outlook, quantile = MEDIAN): ZoneCurves {
  const { axis, use, levelG } = outlook;
  const rankG = atQuantile(outlook, quantile);
  const rank = integralOf(axis, rankG);
  if (use !== 'level' && levelG !== undefined) {
    const { expected, low, high } = levelG;
    return {
      outlook,
      rankG,
      rank,
      expected: constantIntegral(expected),
      low: constantIntegral(low),
      high: constantIntegral(high),
    };
  }
  return {
    outlook,
    rankG,
    rank,
    expected: integralOf(axis, outlook.intensityG),
    low: integralOf(axis, outlook.lowG),
    high: integralOf(axis, outlook.highG),
  };
}

const KINDS = ['cpus', 'gpus', 'memory'] as const;

const waysThatFit = (step: Step, site: Site): readonly Way[] =>
  waysOf(step, site.hardware).filter((way) => shortage(way.needs, site) === undefined);

/** Which need the site cannot hold, in words; `undefined` when it holds all. */
function shortage(needs: Needs, site: Site): string | undefined {
  const kind = KINDS.find((name) => needs[name] > site.capacity[name]);
  if (kind === undefined) return undefined;
  const unit = kind === 'memory' ? ' bytes of memory' : ` ${kind}`;
  return `capacity: ${site.name} has ${site.capacity[kind]}${unit}, the step needs ${needs[kind]}`;
}

/** Why `site` cannot run `step`; `undefined` when it can. */
export function refusal(step: Step, site: Site, request: PlanRequest): string | undefined {
  const { allowCountries } = request.workflow.policy;
  if (step.sites !== undefined && !step.sites.includes(site.name)) {
    return `site list: the step allows ${step.sites.join(', ')}, not ${site.name}`;
  }
  if (allowCountries !== undefined && (site.country === undefined || !allowCountries.includes(site.country))) {
    const country = site.country === undefined ? 'in no known country' : `in ${site.country}`;
    return `residency: ${site.name} is ${country}, the policy allows ${allowCountries.join(', ')}`;
  }
  if (request.outlooks[site.zone] === undefined)
    return `grid: there are no data for ${site.zone}, the zone of ${site.name}`;
  return waysThatFit(step, site).length > 0 ? undefined : shortage(waysOf(step, site.hardware)[0].needs, site);
}

/** The jobs of a request, in the order of its steps. Work that has begun stays where it is. */
export function jobsOf(request: PlanRequest, power: StepPower): readonly Job[] {
  const { workflow, sites, now } = request;
  const curves = new Map<string, ZoneCurves>();
  const zoneOf = (outlook: Outlook): ZoneCurves => {
    const known = curves.get(outlook.zone) ?? zoneCurves(outlook, workflow.policy.quantile);
    curves.set(outlook.zone, known);
    return known;
  };
  /** What past runs say is of the smallest size: of the others, as much more as they are declared to draw. */
  const powerOf = (step: Step, way: Way, site: Site): number => {
    const declared = (of: Way): number =>
      power({ ...step, learned: undefined, power: of.power, needs: of.needs }, site);
    const learned = step.learned?.power[site.name]?.watts;
    return learned === undefined ? declared(way) : learned * (declared(way) / declared(waysOf(step, site.hardware)[0]));
  };
  const optionsAt = (step: Step, site: Site): Option[] => {
    const outlook = request.outlooks[site.zone];
    if (outlook === undefined) return [];
    const { interruptible } = step;
    const paused = interruptible.mode === 'freeze' ? interruptible.pausedPower : 0;
    const progress = progressOf(request, step);
    const hasBegun = progress.state === 'running' || progress.state === 'paused';
    const ways = hasBegun ? [wayAt(step, site.hardware, progress.level ?? 1)] : waysThatFit(step, site);
    return ways.map((way) => {
      const remaining = remainingOf(way.duration, progress);
      const work = expectedOf(way, remaining);
      return {
        site,
        zone: zoneOf(outlook),
        way,
        work,
        reserve: remaining - work,
        latest: Number.POSITIVE_INFINITY,
        runningKw: (powerOf(step, way, site) * site.pue) / 1_000,
        pausedKw: (paused * site.pue) / 1_000,
        gsd: gsdOf(step, way, site),
      };
    });
  };
  const active = workflow.steps.filter((step) => progressOf(request, step).state !== 'done');
  const place = new Map(active.map(({ name }, index) => [name, index]));
  return active.map((step) => {
    const progress = progressOf(request, step);
    const begun = progress.state === 'running' || progress.state === 'paused' ? progress.site : undefined;
    const refused = new Map(sites.map((site) => [site, refusal(step, site, request)]));
    const usable = sites.filter((site) =>
      begun === undefined ? refused.get(site) === undefined : site.name === begun,
    );
    const { interruptible } = step;
    const options = usable.flatMap((site) => optionsAt(step, site));
    const ends = step.after.flatMap((name) => {
      const before = request.progress?.[name];
      return before?.state === 'done' ? [before.at] : [];
    });
    return {
      step,
      progress,
      pausable: interruptible.mode !== 'never',
      checkpoint: interruptible.mode === 'checkpoint' ? interruptible.checkpoint : 0,
      restart: restartOf(step),
      release: ends.reduce((latest, end) => (end > latest ? end : latest), now),
      after: step.after.flatMap((name) => {
        const index = place.get(name);
        return index === undefined ? [] : [index];
      }),
      options,
      refusals:
        begun === undefined
          ? [...refused.values()].filter((reason) => reason !== undefined)
          : [`it has begun at ${begun}, which can no longer be used`],
    };
  });
}

/** Time from the start of a job to its end when it does not wait, in ms. */
export const lengthOf = (job: Job, option: Option): number =>
  option.work + (job.progress.state === 'paused' ? job.restart : 0);

/** The least of {@link lengthOf} over the ways in which it may run. */
export const shortestOf = (job: Job): number => Math.min(...job.options.map((option) => lengthOf(job, option)));

/**
 * Comparing places needs one fully known signal from one source everywhere.
 *
 * @throws Failure `plan/mixed-signals` when the usable sites lie in several zones whose grams cannot be compared
 */
export function checkComparable(jobs: readonly Job[]): void {
  const zones = [...new Set(jobs.flatMap((job) => job.options.map((option) => option.zone.outlook)))];
  const [one, ...others] = zones;
  if (one === undefined || others.length === 0 || zones.every((outlook) => outlook.use === 'none')) return;
  const refuse = (why: string): never => {
    throw new Failure(
      'plan/mixed-signals',
      `the zones ${zones.map((z) => z.zone).join(', ')} cannot be compared: ${why}`,
      {
        expected: 'the same, fully known signal from one source at every usable site, or sites in one zone',
      },
    );
  };
  for (const { zone, use, signal } of zones) {
    if (use !== 'level')
      refuse(`for ${zone} only ${use === 'shape' ? 'the shape of the day' : 'a yearly level'} is known`);
    for (const part of ['kind', 'basis', 'scope'] as const) {
      if (signal[part] === 'unknown') refuse(`the ${part} of the signal of ${zone} is unknown`);
    }
  }
  for (const other of others) {
    for (const part of ['kind', 'basis', 'scope', 'gas'] as const) {
      if (other.signal[part] !== one.signal[part]) {
        refuse(`${one.zone} has the ${part} ${one.signal[part]}, ${other.zone} has ${other.signal[part]}`);
      }
    }
    const [mine, theirs] = [one.publisher ?? one.source, other.publisher ?? other.source];
    if (mine !== theirs) refuse(`${one.zone} comes from ${mine}, ${other.zone} from ${theirs}`);
  }
}
