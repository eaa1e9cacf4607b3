/**
 * The catalogue of failures. Whatever Gridtide throws on purpose is a {@link Failure} with one of these
 * codes; anything else thrown is a bug. `docs/reference/errors.md` says the same, and a test holds them together.
 *
 * @module
 */

/**
 * code → what the caller can do: `fix` (the input is wrong), `wait` (try again later), `give-up` (it cannot be done).
 * `exit` is the sysexits code of the command line, `status` the HTTP status of the API.
 */
export const CATALOGUE = {
  'cli/usage': { class: 'fix', exit: 64, status: 400, title: 'The command was used wrongly' },
  'config/invalid': { class: 'fix', exit: 65, status: 422, title: 'The configuration file does not say what it must' },
  'workload/invalid': { class: 'fix', exit: 65, status: 422, title: 'The workflow file does not say what it must' },
  'workload/not-yet': {
    class: 'fix',
    exit: 65,
    status: 422,
    title: 'The workflow asks for what this version cannot do',
  },
  'workload/cycle': { class: 'fix', exit: 65, status: 422, title: 'Steps wait for each other in a circle' },
  'workload/deadline': { class: 'fix', exit: 65, status: 422, title: 'The deadline cannot be read or has passed' },
  'file/unreadable': { class: 'fix', exit: 65, status: 422, title: 'A file cannot be read' },
  'file/unwritable': { class: 'fix', exit: 73, status: 422, title: 'A file cannot be written' },
  'grid/invalid-data': { class: 'fix', exit: 65, status: 422, title: 'Grid data do not say what they must' },
  'grid/not-configured': {
    class: 'fix',
    exit: 65,
    status: 422,
    title: 'A grid provider is not set up to answer this',
  },
  'grid/no-zone': { class: 'fix', exit: 65, status: 422, title: 'No grid data for this zone' },
  'grid/other-times': { class: 'fix', exit: 65, status: 422, title: 'The grid data are of other times' },
  'grid/not-recorded': { class: 'fix', exit: 65, status: 422, title: 'The recording does not hold this question' },
  'grid/restricted': { class: 'fix', exit: 65, status: 403, title: 'These values may not be passed on' },
  'grid/no-signal': { class: 'wait', exit: 75, status: 503, title: 'No usable grid signal' },
  'grid/unavailable': { class: 'wait', exit: 75, status: 503, title: 'A grid provider does not answer as it must' },
  'plan/infeasible': { class: 'give-up', exit: 69, status: 409, title: 'No plan meets every condition' },
  'plan/mixed-signals': { class: 'fix', exit: 65, status: 422, title: 'Places cannot be compared under these signals' },
  'execute/not-found': { class: 'fix', exit: 65, status: 404, title: 'No such run' },
  'execute/attended': { class: 'wait', exit: 75, status: 409, title: 'Another process attends this run' },
  'execute/cannot': { class: 'give-up', exit: 69, status: 409, title: 'This cannot be done to this run' },
  'execute/start': { class: 'give-up', exit: 70, status: 500, title: 'A step could not be started' },
  'replay/invalid-jobs': { class: 'fix', exit: 65, status: 422, title: 'The job history does not say what it must' },
  'serve/invalid-request': { class: 'fix', exit: 64, status: 400, title: 'The request says what it must not' },
  'serve/cannot-listen': { class: 'fix', exit: 64, status: 500, title: 'The address cannot be listened at' },
  'store/busy': { class: 'wait', exit: 75, status: 503, title: 'Another process holds the store' },
  'store/unusable': { class: 'give-up', exit: 74, status: 500, title: 'The store cannot be opened or written' },
  'ledger/refused': { class: 'give-up', exit: 70, status: 409, title: 'The ledger refuses this entry' },
  'ledger/does-not-hold': { class: 'give-up', exit: 1, status: 409, title: 'The ledger does not hold' },
} as const satisfies Record<string, { class: 'fix' | 'wait' | 'give-up'; exit: number; status: number; title: string }>;

export type FailureCode = keyof typeof CATALOGUE;

/** Where in a file a failure lies; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface FailureDetails {
  readonly place?: Place;
  /** What was found there, as written. Never a secret. */
  readonly value?: string;
  /** What would have been right. */
  readonly expected?: string;
  readonly cause?: unknown;
  /** Several failures found in one pass (a file with many mistakes). */
  readonly others?: readonly Failure[];
}

/** The one error that Gridtide throws on purpose. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly place: Place | undefined;
  readonly value: string | undefined;
  readonly expected: string | undefined;
  readonly others: readonly Failure[];

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.place = details.place;
    this.value = details.value;
    this.expected = details.expected;
    this.others = details.others ?? [];
  }

  /** The sysexits code that a command ends with. */
  get exit(): number {
    return CATALOGUE[this.code].exit;
  }

  /** One line for people: `workflow.yaml:12:13  steps.train.power: found "fast", expected …`. */
  describe(): string {
    const { place } = this;
    const where =
      place === undefined ? '' : `${[place.file, place.line, place.column].filter((x) => x !== undefined).join(':')}  `;
    const found = this.value === undefined ? '' : `: found ${JSON.stringify(this.value)}`;
    const expected = this.expected === undefined ? '' : `, expected ${this.expected}`;
    return `${where}${this.message}${found}${expected}`;
  }
}

/** What was thrown, as an Error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
