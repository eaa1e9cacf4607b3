/**
 * Wall time and time since boot together. Time since boot tells how long a reading really was when the wall clock is
 * turned, and it is the same for every process of this boot.
 *
 * @module
 */
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Instant } from '../units.ts';
import type { CounterFile } from './counter-file.ts';
import { uptimeMillis } from './proc.ts';

export interface Moment {
  readonly wall: Instant;
  /** Milliseconds since boot; `undefined` where the system does not say. */
  readonly uptime: number | undefined;
}

/** Shared by all probes of a machine: within the same millisecond of the wall clock, the kernel is asked once. */
export class Timepiece {
  readonly #clock: Clock;
  readonly #open: () => CounterFile;
  #file: CounterFile | undefined;
  #users = 0;
  #last: Moment | undefined;

  constructor(clock: Clock, proc: string, openFile: (path: string) => CounterFile) {
    this.#clock = clock;
    this.#open = () => openFile(join(proc, 'uptime'));
  }

  /** Keeps the kernel's file open until the returned function is called by the last of its users. */
  use(): () => void {
    this.#users += 1;
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      this.#users -= 1;
      if (this.#users > 0) return;
      this.#file?.close();
      this.#file = undefined;
      this.#last = undefined;
    };
  }

  now(): Moment {
    const wall = this.#clock.now();
    if (this.#last?.wall !== wall) this.#last = { wall, uptime: this.#uptime() };
    return this.#last;
  }

  #uptime(): number | undefined {
    try {
      this.#file ??= this.#open();
      return uptimeMillis(this.#file.text());
    } catch {
      // No /proc here: wall time alone must do.
      return undefined;
    }
  }
}
