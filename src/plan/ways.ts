/**
 * The ways in which a step can run: on the hardware of a site, at one of its sizes.
 *
 * @module
 */
import { type Millis, millis, type Watts, watts } from '../units.ts';
import type { Needs, Step } from '../workload/index.ts';
import { item } from './at.ts';

/** A step on some hardware at one size. */
export interface Way {
  /** Name of the profile that holds there; `default` where none does. */
  readonly variant: string;
  /** 1 where the step names no levels. */
  readonly level: number;
  /** Planned length (p90) and median length, without pauses. */
  readonly duration: Millis;
  readonly durationP50: Millis;
  readonly needs: Needs;
  /** At the plug, before PUE; `undefined`: the machine model's for these needs. */
  readonly power: Watts | undefined;
}

/** What of a step decides how it can run. */
export type Sizable = Pick<Step, 'duration' | 'durationP50' | 'needs' | 'power' | 'levels' | 'profiles'>;

/**
 * The ways of `step` on `hardware`, smallest level first; never empty. A profile replaces what it names. A level
 * divides the durations by its speed and multiplies power and needs by its number, unless it names them; where both
 * profile and level name a power, the level's counts as a multiple of the step's own.
 */
export function waysOf(step: Sizable, hardware: string | undefined): readonly [Way, ...Way[]] {
  const profile = hardware === undefined ? undefined : step.profiles?.[hardware];
  const base: Way = {
    variant: profile === undefined || hardware === undefined ? 'default' : hardware,
    level: 1,
    duration: profile?.duration ?? step.duration,
    durationP50: profile?.durationP50 ?? step.durationP50,
    needs: { ...step.needs, ...profile?.needs },
    power: profile?.power ?? step.power,
  };
  // What a level's power is a multiple of: the step's own, or else that of the smallest level that names one.
  const smallest = step.power ?? step.levels?.find(({ power }) => power !== undefined)?.power;
  const [first, ...rest] = (step.levels ?? []).map(({ level, speed, power, needs }): Way => {
    const { cpus, gpus, memory } = base.needs;
    const ratio = power === undefined || smallest === undefined ? level : power / smallest;
    const scaled = base.power === undefined ? undefined : watts(base.power * ratio);
    return {
      ...base,
      level,
      duration: millis(Math.round(base.duration / speed)),
      durationP50: millis(Math.round(base.durationP50 / speed)),
      needs: { cpus: cpus * level, gpus: gpus * level, memory: memory * level, ...needs },
      power: profile?.power === undefined ? (power ?? scaled) : scaled,
    };
  });
  return first === undefined ? [base] : [first, ...rest];
}

/** The ways of `step` on any hardware that it names, and on all other. */
export const everyWay = (step: Sizable): readonly Way[] =>
  [undefined, ...Object.keys(step.profiles ?? {})].flatMap((hardware) => waysOf(step, hardware));

/** The way at `level`, or at the smallest where the step has none of it. */
export function wayAt(step: Sizable, hardware: string | undefined, level: number): Way {
  const ways = waysOf(step, hardware);
  return ways.find((way) => way.level === level) ?? item(ways, 0);
}
