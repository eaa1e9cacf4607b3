/**
 * Which constraints bind a plan, and what they cost: what one step of relief would save, by planning again with that
 * step, so that the figures are exact and no slope.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import { type Grams, grams, type Instant, instant } from '../units.ts';
import { accountOf, endOf, totalOf } from './account.ts';
import { changed } from './changes.ts';
import { type Constraint, constraintsOf, relieved, wordsOf } from './constraints.ts';
import { type Decision, decide } from './decide.ts';
import type { Plan, PlanRequest, StepPower } from './plan.ts';

/** A constraint without which the plan would emit less. */
export interface Binding {
  readonly constraint: Constraint;
  /** The constraint as it was asked: `the deadline, 18:00Z`. */
  readonly words: string;
  /** The step by which it was relaxed: `6 h more`. */
  readonly relief: string;
  /** What that step saves, all else unchanged. */
  readonly savesG: Grams;
  /** When the last step would end with it. */
  readonly finish: Instant;
}

/** A saving below this part of the emissions counts as none; the search is a good deal finer. */
const LEAST = 1e-4;
const GRAIN = 1e-5;

/** Of site lists, those of so many steps with most emissions are looked at. */
const MOST_LISTS = 8;

const gramsOf = ({ placed }: Decision, now: Instant): number =>
  totalOf(placed.map((one) => accountOf(one, now))).expectedG;

/**
 * The constraints that bind the plan `made` of `request`, the dearest first. Empty where nothing is placed. Takes a plan
 * for each constraint that could bind.
 *
 * @param further the outlooks as far as the relaxed deadline; default: those of the request
 */
export function bindings(
  request: PlanRequest,
  made: Plan,
  power: StepPower,
  further: PlanRequest['outlooks'] = request.outlooks,
): readonly Binding[] {
  return likely(request, made)
    .flatMap((constraint): Binding[] => {
      const { change, relief } = relieved(constraint, request);
      const reach = change.kind === 'deadline' ? { ...request, outlooks: further } : request;
      const relaxed = comparable(() => decide(changed(reach, [change]), power, GRAIN));
      if (relaxed === undefined || relaxed.placed.length === 0) return [];
      const savesG = made.emissionsG - gramsOf(relaxed, request.now);
      if (savesG <= LEAST * made.emissionsG) return [];
      const finish = instant(Math.max(...relaxed.placed.map(endOf)));
      return [{ constraint, words: wordsOf(constraint, request), relief, savesG: grams(savesG), finish }];
    })
    .sort((a, b) => b.savesG - a.savesG);
}

function likely(request: PlanRequest, { steps }: Plan): readonly Constraint[] {
  if (steps.length === 0) return [];
  const listed = new Set(request.workflow.steps.flatMap(({ name, sites }) => (sites === undefined ? [] : [name])));
  const dirtiest = steps
    .filter(({ step }) => listed.has(step))
    .sort((a, b) => b.emissionsG - a.emissionsG)
    .slice(0, MOST_LISTS)
    .map(({ step }) => step);
  return constraintsOf(request).filter((one) => one.kind !== 'sites' || dirtiest.includes(one.step));
}

/** `undefined` where the places that a relief opens cannot be compared with the others. */
function comparable(make: () => Decision): Decision | undefined {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'plan/mixed-signals') return undefined;
    throw thrown;
  }
}
