/**
 * What a change of the request would do to its plan.
 *
 * @module
 */
import type { Money } from '../site/index.ts';
import { type Grams, grams, type Instant, instant, type KilowattHours, kilowattHours } from '../units.ts';
import { accountOf, endOf, startOf, totalOf } from './account.ts';
import { type Change, changed } from './changes.ts';
import { type Decision, decide } from './decide.ts';
import type { Conflict } from './footing.ts';
import type { PlanRequest, StepPower } from './plan.ts';

/** A plan without the reasons of its steps: what is needed to compare it. */
export interface Outline {
  readonly deadline: Instant;
  readonly emissionsG: Grams;
  readonly energyKWh: KilowattHours;
  readonly cost: Money | null;
  /** When the last step ends; `null` where nothing is placed. */
  readonly finish: Instant | null;
  readonly steps: readonly {
    readonly step: string;
    readonly site: string;
    readonly start: Instant;
    readonly end: Instant;
    readonly emissionsG: Grams;
  }[];
  readonly unplaced: readonly Conflict[];
  readonly notes: readonly string[];
}

export interface WhatIf {
  readonly before: Outline;
  readonly after: Outline;
}

/**
 * The plan of `request` beside the plan of the request with all changes made. Takes as long as two plans without their
 * reasons.
 *
 * @param further the outlooks as far as the later deadline; default: those of the request
 * @throws Failure `plan/mixed-signals` as the plans do
 */
export function whatIf(
  request: PlanRequest,
  changes: readonly Change[],
  power: StepPower,
  further: PlanRequest['outlooks'] = request.outlooks,
): WhatIf {
  const other = changed({ ...request, outlooks: further }, changes);
  return { before: outlineOf(decide(request, power), request), after: outlineOf(decide(other, power), other) };
}

function outlineOf({ placed, unplaced, notes }: Decision, { now, workflow }: PlanRequest): Outline {
  const accounts = placed.map((one) => ({ one, account: accountOf(one, now) }));
  const total = totalOf(accounts.map(({ account }) => account));
  return {
    deadline: workflow.deadline,
    emissionsG: grams(total.expectedG),
    energyKWh: kilowattHours(total.energyKWh),
    cost: total.cost,
    finish: placed.length === 0 ? null : instant(Math.max(...placed.map(endOf))),
    steps: accounts.map(({ one, account }) => ({
      step: one.job.step.name,
      site: one.option.site.name,
      start: startOf(one),
      end: endOf(one),
      emissionsG: grams(account.expectedG),
    })),
    unplaced,
    notes,
  };
}
