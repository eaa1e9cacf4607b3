/**
 * What steps took before, and what that says of the next time. Reading it is to cost a plan next to nothing.
 *
 * @module
 */
export { learnerOf } from './learner.ts';
export { hardwareOf, whatOf } from './same.ts';
