/**
 * What is left to place: each step that has not ended, with the places that may run it and the reasons why others may
 * not.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import type { Site } from '../site/index.ts';
import type { Instant, Millis } from '../units.ts';
import type { Needs, Step } from '../workload/index.ts';
import { constantIntegral, type Integral, integralOf } from './axis.ts';
import { expectedOf, progressOf, remainingOf, restartOf } from './guard.ts';
import { DECLARED_GSD } from './learn.ts';
import type { Outlook, PlanRequest, Progress, StepPower } from './plan.ts';

/** Intensities of one zone as integrals: what ranks the hours, and what grams are stated from. */
export interface ZoneCurves {
  readonly outlook: Outlook;
  readonly rank: Integral;
  readonly expected: Integral;
  readonly low: Integral;
  readonly high: Integral;
}

/** A place that may run a job; powers at the facility's meter (PUE included). */
export interface Option {
  readonly site: Site;
  readonly zone: ZoneCurves;
  readonly runningKw: number;
  readonly pausedKw: number;
  /** Geometric standard deviation of the energy. */
  readonly gsd: number;
}

export interface Job {
  readonly step: Step;
  readonly progress: Progress;
  /** Running time that is expected to be left, ms. */
  readonly work: number;
  /** Running time beyond it that its guard leaves room for, ms. */
  readonly reserve: number;
  readonly pausable: boolean;
  readonly checkpoint: number;
  readonly restart: number;
  /** No start before this instant. */
  readonly release: Instant;
  /** Positions in the list of jobs. */
  readonly after: readonly number[];
  /** In the order of the request's sites; empty when nothing can run it. */
  readonly options: readonly Option[];
  /** Why other sites cannot run it, in words. */
  readonly refusals: readonly string[];
}

/** Geometric standard deviation of the energy of a step: as learned at the site, or as its power was come by. */
const gsdOf = (step: Step, site: Site): number =>
  step.learned?.power[site.name]?.gsd ?? (step.power === undefined ? site.machine.gsd : DECLARED_GSD);

export function zoneCurves(outlook: Outlook): ZoneCurves {
  const { axis, use, levelG } = outlook;
  const rank = integralOf(axis, outlook.intensityG);
  if (use !== 'level' && levelG !== undefined) {
    const { expected, low, high } = levelG;
    return {
      outlook,
      rank,
      expected: constantIntegral(expected),
      low: constantIntegral(low),
      high: constantIntegral(high),
    };
  }
  return {
    outlook,
    rank,
    expected: rank,
    low: integralOf(axis, outlook.lowG),
    high: integralOf(axis, outlook.highG),
  };
}

const KINDS = ['cpus', 'gpus', 'memory'] as const;

/** Which need of a step the site cannot hold, in words; `undefined` when it holds all. */
function shortage(needs: Needs, site: Site): string | undefined {
  const kind = KINDS.find((name) => needs[name] > site.capacity[name]);
  if (kind === undefined) return undefined;
  const unit = kind === 'memory' ? ' bytes of memory' : ` ${kind}`;
  return `capacity: ${site.name} has ${site.capacity[kind]}${unit}, the step needs ${needs[kind]}`;
}

/** Why `site` cannot run `step`; `undefined` when it can. */
function refusal(step: Step, site: Site, request: PlanRequest): string | undefined {
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
  return shortage(step.needs, site);
}

/** The jobs of a request, in the order of its steps. Work that has begun stays where it is. */
export function jobsOf(request: PlanRequest, power: StepPower): readonly Job[] {
  const { workflow, sites, now } = request;
  const curves = new Map<string, ZoneCurves>();
  const zoneOf = (outlook: Outlook): ZoneCurves => {
    const known = curves.get(outlook.zone) ?? zoneCurves(outlook);
    curves.set(outlook.zone, known);
    return known;
  };
  const optionAt = (step: Step, site: Site): Option[] => {
    const outlook = request.outlooks[site.zone];
    if (outlook === undefined) return [];
    const { interruptible } = step;
    const paused = interruptible.mode === 'freeze' ? interruptible.pausedPower : 0;
    return [
      {
        site,
        zone: zoneOf(outlook),
        runningKw: (power(step, site) * site.pue) / 1_000,
        pausedKw: (paused * site.pue) / 1_000,
        gsd: gsdOf(step, site),
      },
    ];
  };
  const active = workflow.steps.filter((step) => progressOf(request, step).state !== 'done');
  return active.map((step) => {
    const progress = progressOf(request, step);
    const begun = progress.state === 'running' || progress.state === 'paused' ? progress.site : undefined;
    const refused = new Map(sites.map((site) => [site, refusal(step, site, request)]));
    const usable = sites.filter((site) =>
      begun === undefined ? refused.get(site) === undefined : site.name === begun,
    );
    const { interruptible } = step;
    const remaining = remainingOf(step, progress);
    const work = expectedOf(step, remaining);
    const ends = step.after.flatMap((name) => {
      const before = request.progress?.[name];
      return before?.state === 'done' ? [before.at] : [];
    });
    return {
      step,
      progress,
      work,
      reserve: remaining - work,
      pausable: interruptible.mode !== 'never',
      checkpoint: interruptible.mode === 'checkpoint' ? interruptible.checkpoint : 0,
      restart: restartOf(step),
      release: ends.reduce((latest, end) => (end > latest ? end : latest), now),
      after: step.after.flatMap((name) => {
        const index = active.findIndex((other) => other.name === name);
        return index < 0 ? [] : [index];
      }),
      options: usable.flatMap((site) => optionAt(step, site)),
      refusals:
        begun === undefined
          ? [...refused.values()].filter((reason) => reason !== undefined)
          : [`it has begun at ${begun}, which can no longer be used`],
    };
  });
}

/** Time from the start of a job to its end when it does not wait, in ms. */
export const lengthOf = (job: Job): Millis | number => job.work + (job.progress.state === 'paused' ? job.restart : 0);

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
