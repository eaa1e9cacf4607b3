/**
 * Which meters measure a run: for each part of the machine the best that can, so that no energy is counted twice.
 *
 * @module
 */
import type { Clock } from '../clock.ts';
import { asError } from '../errors.ts';
import type { MachineModel } from '../site/index.ts';
import type { Meter, Probe, ProbeMark, Target } from './meter.ts';
import { cpuTimeMeter } from './meters/cpu-time.ts';
import { nvidiaMeter } from './meters/nvidia.ts';
import { raplMeter } from './meters/rapl.ts';
import {
  type ListedMeter,
  type MeterFactory,
  type Part,
  type Roots,
  type Surroundings,
  surroundingsOf,
} from './surroundings.ts';

/** Every meter, the better ones first. A new one is one file in `meters/` and one line here. */
export const METERS: readonly MeterFactory[] = [raplMeter, nvidiaMeter, cpuTimeMeter];

/** The meters of a machine. Make them once and give them to every choice: what is expensive to ask is then asked once. */
export const createMeters = (surroundings: Surroundings): readonly ListedMeter[] =>
  METERS.map((create) => create(surroundings));

export interface Choice {
  /** Open, at most one for each part of the machine. The receiver closes them. */
  readonly probes: readonly Probe[];
  /** The meters that do not measure, and why, for people. */
  readonly passedOver: readonly { readonly meter: string; readonly why: string }[];
}

export interface ChoiceOptions {
  /** Wall time. */
  readonly clock: Clock;
  readonly roots?: Partial<Roots>;
  /** Made by {@link createMeters}; made anew when absent. */
  readonly meters?: readonly ListedMeter[];
  /** Marks by meter name: a meter that has one goes on before a better one, which could not know the past. */
  readonly marks?: Readonly<Record<string, ProbeMark>>;
}

/**
 * Chooses and opens the meters for `target`. The processor is measured by its counters if they can be read, else by
 * CPU time; graphics processors are added when the run reserves any. Never throws for want of a meter: `probes` may be
 * empty, and then the energy is missing, not zero.
 */
export function chooseMeters(target: Target, machine: MachineModel, options: ChoiceOptions): Choice {
  const marks = options.marks ?? {};
  const meters = options.meters ?? createMeters(surroundingsOf(machine, options.clock, { roots: options.roots }));
  const marked = (meter: Meter): number => (marks[meter.name] === undefined ? 1 : 0);
  const order = [...meters].sort((a, b) => marked(a) - marked(b) || (a.tier < b.tier ? -1 : a.tier > b.tier ? 1 : 0));
  const probes: Probe[] = [];
  const passedOver: { meter: string; why: string }[] = [];
  const taken = new Map<Part, string>();
  for (const meter of order) {
    const why = reasonAgainst(meter, target, taken);
    if (why !== undefined) {
      passedOver.push({ meter: meter.name, why });
      continue;
    }
    try {
      probes.push(meter.open(target, marks[meter.name]));
      taken.set(meter.part, meter.name);
    } catch (error) {
      passedOver.push({ meter: meter.name, why: `it could not be opened: ${asError(error).message}` });
    }
  }
  return { probes, passedOver };
}

function reasonAgainst(meter: ListedMeter, target: Target, taken: ReadonlyMap<Part, string>): string | undefined {
  const other = taken.get(meter.part);
  if (other !== undefined) return `${other} already counts the ${meter.part}`;
  if (meter.part === 'gpu' && target.gpus <= 0) return 'the run reserves no GPU';
  const available = meter.available();
  return available.ok ? undefined : available.why;
}
