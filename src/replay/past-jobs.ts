/**
 * Jobs that ran once, in columns, so that a million of them take about 80 MB.
 *
 * @module
 */

/** One job as a reader found it. */
export interface JobRow {
  /** When it was there to be run: hours since 1970, or since the first hour of a history without dates. */
  readonly submitH: number;
  /** How long it ran; above 0. */
  readonly lengthH: number;
  /** Its own latest end, on the clock of `submitH`; `NaN` where none is said. */
  readonly dueH: number;
  readonly cpus: number;
  readonly gpus: number;
  /** Memory in GB; `NaN` where none is said. */
  readonly memoryGB: number;
  /** Declared power at the plug, in W; `NaN` where none is said. */
  readonly powerW: number;
  readonly queue: string;
  readonly user: string;
  /** Whether it may be paused without losing its work. */
  readonly pausable: boolean;
}

/** Row i of every column is one job; ordered by submission, and by everything else where that is equal. */
export interface PastJobs {
  readonly count: number;
  /** Whether hours count from 1970; else from the first hour of the history. */
  readonly dated: boolean;
  readonly submitH: Float64Array;
  readonly lengthH: Float64Array;
  readonly dueH: Float64Array;
  readonly cpus: Float64Array;
  readonly gpus: Float64Array;
  readonly memoryGB: Float32Array;
  readonly powerW: Float64Array;
  /** 1 where it may be paused. */
  readonly pausable: Uint8Array;
  /** Positions in `queues` and `users`. */
  readonly queue: Uint32Array;
  readonly user: Uint32Array;
  readonly queues: readonly string[];
  readonly users: readonly string[];
}

const NUMBERS = [
  'submitH',
  'lengthH',
  'dueH',
  'cpus',
  'gpus',
  'memoryGB',
  'powerW',
  'pausable',
  'queue',
  'user',
] as const;
type NumberColumn = (typeof NUMBERS)[number];

/** Names in the order in which they were first seen. */
class Names {
  readonly #positions = new Map<string, number>();

  positionOf(name: string): number {
    const known = this.#positions.get(name);
    if (known !== undefined) return known;
    const position = this.#positions.size;
    this.#positions.set(name, position);
    return position;
  }

  get all(): readonly string[] {
    return [...this.#positions.keys()];
  }
}

/** Takes jobs one by one and hands them on in columns. */
export class JobColumns {
  #count = 0;
  #columns = columnsOf(() => new Float64Array(1024));
  readonly #queues = new Names();
  readonly #users = new Names();

  get count(): number {
    return this.#count;
  }

  add(row: JobRow): void {
    if (this.#count === this.#columns.submitH.length) this.#grow();
    const at = this.#count;
    const columns = this.#columns;
    columns.submitH[at] = row.submitH;
    columns.lengthH[at] = row.lengthH;
    columns.dueH[at] = row.dueH;
    columns.cpus[at] = row.cpus;
    columns.gpus[at] = row.gpus;
    columns.memoryGB[at] = row.memoryGB;
    columns.powerW[at] = row.powerW;
    columns.pausable[at] = row.pausable ? 1 : 0;
    columns.queue[at] = this.#queues.positionOf(row.queue);
    columns.user[at] = this.#users.positionOf(row.user);
    this.#count += 1;
  }

  #grow(): void {
    const old = this.#columns;
    this.#columns = columnsOf((name) => {
      const wider = new Float64Array(old[name].length * 2);
      wider.set(old[name]);
      return wider;
    });
  }

  /** The jobs in their order, whatever order they came in. */
  finish(dated: boolean): PastJobs {
    const order = orderOf(this.#columns, this.#count);
    const pick = <T extends Float64Array | Float32Array | Uint8Array | Uint32Array>(name: NumberColumn, into: T): T => {
      const from = this.#columns[name];
      for (let i = 0; i < into.length; i++) into[i] = from[order[i] ?? 0] ?? Number.NaN;
      return into;
    };
    const count = this.#count;
    return {
      count,
      dated,
      submitH: pick('submitH', new Float64Array(count)),
      lengthH: pick('lengthH', new Float64Array(count)),
      dueH: pick('dueH', new Float64Array(count)),
      cpus: pick('cpus', new Float64Array(count)),
      gpus: pick('gpus', new Float64Array(count)),
      memoryGB: pick('memoryGB', new Float32Array(count)),
      powerW: pick('powerW', new Float64Array(count)),
      pausable: pick('pausable', new Uint8Array(count)),
      queue: pick('queue', new Uint32Array(count)),
      user: pick('user', new Uint32Array(count)),
      queues: this.#queues.all,
      users: this.#users.all,
    };
  }
}

const columnsOf = (make: (name: NumberColumn) => Float64Array): Record<NumberColumn, Float64Array> => ({
  submitH: make('submitH'),
  lengthH: make('lengthH'),
  dueH: make('dueH'),
  cpus: make('cpus'),
  gpus: make('gpus'),
  memoryGB: make('memoryGB'),
  powerW: make('powerW'),
  pausable: make('pausable'),
  queue: make('queue'),
  user: make('user'),
});

/** What decides a replay, in this order; names do not. Histories mostly come sorted, which is seen in one pass. */
const KEYS = ['submitH', 'lengthH', 'cpus', 'gpus', 'powerW', 'dueH', 'pausable', 'memoryGB'] as const;

function orderOf(columns: Readonly<Record<NumberColumn, Float64Array>>, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const keys = KEYS.map((name) => columns[name]);
  const compare = (a: number, b: number): number => {
    for (const key of keys) {
      const [left = 0, right = 0] = [key[a], key[b]];
      if (left < right || (Number.isNaN(left) && !Number.isNaN(right))) return -1;
      if (left > right || (Number.isNaN(right) && !Number.isNaN(left))) return 1;
    }
    return 0;
  };
  for (let i = 1; i < count; i++) if (compare(i - 1, i) > 0) return order.sort(compare);
  return order;
}
