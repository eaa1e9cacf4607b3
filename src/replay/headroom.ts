/**
 * Whether work may wait at a place that others will want too: a place that stands idle while work waits loses what it
 * could have done, and what comes then may be late because of it.
 *
 * @module
 */

/**
 * Watches one kind of capacity. Without any waiting, work queues up where more comes than the place holds: the longest such
 * queue so far (Lindley, Proc. Camb. Phil. Soc. 48, 1952) is what may come again. Work may wait as long as all that waits,
 * and such a queue behind it, could still be done within the time that jobs may wait.
 */
export class Headroom {
  readonly #capacity: number;
  /** Unit-hours that would wait now if nothing ever waited on purpose. */
  #queue = 0;
  #longest = 0;
  /** Sums over the work that came, newer ones counting more: unit-hours, and times the hours that they may wait. */
  #came = 0;
  #cameSlack = 0;

  /** @param capacity units that work at once */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Work came: `work` unit-hours that may wait `slackH` hours. */
  came(work: number, slackH: number): void {
    this.#queue += work;
    this.#came += work;
    this.#cameSlack += work * slackH;
  }

  /** So many hours passed. */
  passed(hours: number): void {
    this.#queue = Math.max(0, this.#queue - this.#capacity * hours);
    this.#longest = Math.max(this.#longest, this.#queue);
    const kept = FORGETTING ** hours;
    this.#came *= kept;
    this.#cameSlack *= kept;
  }

  /** @param waiting unit-hours of all that has come and is not done */
  allows(waiting: number): boolean {
    const slackH = this.#came > 0 ? this.#cameSlack / this.#came : 0;
    return waiting + this.#longest <= PACKED * this.#capacity * slackH;
  }
}

/** Half of the slack that counts came in the last week. */
const FORGETTING = 0.5 ** (1 / 168);
/** Work of several units does not fill a place to the last. */
const PACKED = 0.9;
