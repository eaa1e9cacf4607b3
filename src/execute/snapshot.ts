/**
 * What can be seen of a run at a moment: what the terminal and `show --json` draw from.
 *
 * @module
 */
import type { Outlook, Plan } from '../plan/index.ts';
import type { Grams, Instant, KilowattHours, Millis } from '../units.ts';

export type StepState =
  | 'waiting'
  | 'running'
  /** Asked to write its checkpoint, still running. */
  | 'pausing'
  | 'paused'
  | 'done'
  | 'failed'
  | 'cancelled';

export interface StepSnapshot {
  readonly step: string;
  readonly state: StepState;
  /** Since when it is in this state. */
  readonly since: Instant;
  readonly site: string;
  /** Stretches that it really ran, the last one open (`end: null`) while it runs. */
  readonly ran: readonly { readonly start: Instant; readonly end: Instant | null }[];
  /** The length that its guard leaves room for. */
  readonly duration: Millis;
  /** Who says how long it runs and what it draws, in words: `declared 3 h, 12 runs say 2 h 20 min (p90 2 h 50 min)`. */
  readonly reckoned?: string | undefined;
  /** What of its duration has not yet run; an estimate. */
  readonly remaining: Millis;
  /** How much longer than the length that its guard leaves room for it has run. */
  readonly overrun: Millis;
  readonly pauses: number;
  readonly attempts: number;
  readonly exitCode: number | null;
  /** PUE included, measured so far. */
  readonly energyKWh: KilowattHours;
  readonly emissionsG: Grams;
  /** Last line the step printed. */
  readonly lastLine: string;
}

export interface RunSnapshot {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly workflow: string;
  readonly state: 'active' | 'done' | 'failed' | 'cancelled';
  /** False when no controller attends it; the guard still keeps its deadline. */
  readonly attended: boolean;
  /** Since when people have had it stand still; `null`: they do not. No deadline is kept meanwhile. */
  readonly heldSince: Instant | null;
  readonly submittedAt: Instant;
  readonly now: Instant;
  readonly deadline: Instant;
  readonly speed: number;
  readonly steps: readonly StepSnapshot[];
  readonly plan: Plan;
  /** What the first plan promised against run-now, when the workflow was accepted; `null` when nothing may be claimed. */
  readonly promised: { readonly percent: number; readonly low: number; readonly high: number } | null;
  readonly outlooks: Readonly<Record<string, Outlook>>;
  /** How many times it was planned. */
  readonly plans: number;
  /** W, all steps, latest reading; `null` when nothing was read. */
  readonly powerW: number | null;
  readonly meter: string;
  readonly events: readonly {
    readonly at: Instant;
    readonly step: string | null;
    readonly kind: string;
    readonly text: string;
  }[];
  /** Trouble that people must see: grid unavailable since …, stale, clock jumped. */
  readonly trouble: readonly string[];
}
