/**
 * What decides when past jobs run: one file a policy.
 *
 * @module
 */
import type { Scene } from './scene.ts';
import type { Schedule } from './schedule.ts';

export interface Policy {
  readonly name: string;
  /** For people, in a few words. */
  readonly about: string;
  /** Decides with nothing but what was known by then: earlier jobs, and the foresight of the scene. */
  walk(scene: Scene): Schedule;
}
