/**
 * Where work can run: sites, what fits them, and what machines draw.
 *
 * @module
 */
export { describeMachine } from './machine.ts';
export type * from './site.ts';
export { fits, type Machine, type SitesOptions, sitesFrom, stepPower, type ZoneGuess } from './sites.ts';
export { thisMachine } from './this-machine.ts';
