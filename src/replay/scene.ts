/**
 * What a replay walks over: jobs and places on one clock that counts hours from the first slot of the grid's history.
 *
 * @module
 */
import type { Outlook } from '../plan/index.ts';
import type { Site } from '../site/index.ts';
import type { Curve } from './curve.ts';

/** Jobs in the order of submission; row i of every column is one job. */
export interface SceneJobs {
  readonly count: number;
  readonly submitH: Float64Array;
  readonly lengthH: Float64Array;
  /** Latest end; no earlier than submission and length. */
  readonly dueH: Float64Array;
  readonly cpus: Float64Array;
  readonly gpus: Float64Array;
  /** Power at the plug while it runs. */
  readonly kw: Float64Array;
  readonly pausable: Uint8Array;
}

/** Where jobs may run. The first place is where they did run. */
export interface Place {
  readonly zone: string;
  readonly pue: number;
  readonly price: Site['price'];
  /** The grid as it was, without gaps. */
  readonly outlook: Outlook;
  readonly truth: Curve;
}

/** What each place holds at any moment. */
export interface Capacity {
  readonly cpus: number;
  readonly gpus: number;
}

/** What was known of the hours to come. */
export interface Foresight {
  /** For people: whose forecast, made how often. */
  readonly about: string;
  readonly perfect: boolean;
  /** When new forecasts came, in hours of the scene, ascending; none where all is known from the start. */
  readonly issuesH: readonly number[];
  /** What was expected at a place by the newest of the first `issue + 1` forecasts; `undefined`: nothing was. */
  curve(place: number, issue: number): Curve | undefined;
  /** What a reader must know of it, in words. */
  readonly notes: readonly string[];
}

/** What was known of the hours to come, for these places and jobs. */
export type Foresee = (places: readonly [Place, ...Place[]], jobs: SceneJobs) => Foresight;

export interface Scene {
  readonly jobs: SceneJobs;
  readonly places: readonly [Place, ...Place[]];
  readonly capacity: Capacity | undefined;
  readonly foresight: Foresight;
  readonly stepH: number;
}

/** All is known: the recorded grid is the forecast. */
export const perfect: Foresee = (places) => ({
  about: 'the grid as it was, as if known in advance',
  perfect: true,
  issuesH: [],
  curve: (place) => places[place]?.truth,
  notes: [],
});
