/**
 * What each command may be given.
 *
 * @module
 */

export interface GlobalOptions {
  readonly home?: string;
  readonly config?: string;
  readonly json?: true;
}

export interface GridOptions extends GlobalOptions {
  readonly zone?: string;
  readonly grid?: string;
  readonly signal?: string;
  /** `true` without a seed. */
  readonly synthetic?: number | true;
  readonly at?: string;
}

export interface ForecastOptions extends GridOptions {
  /** False: learn from what is kept and ask for no more of the past. */
  readonly backfill: boolean;
}

/** What is asked is recorded in a file, or played from one. */
export interface TapeOptions {
  readonly record?: string;
  readonly replay?: string;
}

export interface LookOptions extends Omit<GridOptions, 'zone'>, TapeOptions {
  readonly zone?: readonly string[];
}

export interface DoctorOptions extends LookOptions {
  readonly provider?: readonly string[];
}

export interface PlanOptions extends GridOptions {
  readonly deadline?: string;
  readonly slot?: number;
  readonly frontier?: true;
  /** The name of a step. */
  readonly explain?: string;
  /** `KEY=VALUE`. */
  readonly whatIf?: readonly string[];
  /** False: past runs say nothing about this one. */
  readonly learn?: boolean;
}

export interface RunOptions extends PlanOptions {
  readonly within?: string;
  readonly needs?: string;
  readonly inOnePiece?: true;
  readonly speed?: number;
}

export interface TargetOptions extends GlobalOptions {
  readonly limit?: number;
  readonly follow?: true;
}

export interface VerifyOptions extends GlobalOptions {
  /** A hash of the chain, or its first digits, as a receipt shows it. */
  readonly head?: string;
}

export interface ServeOptions extends GridOptions {
  readonly host?: string;
  readonly port?: number;
  readonly prefix?: string;
}

export interface ReplayOptions extends Omit<GridOptions, 'zone'> {
  readonly zone?: readonly string[];
  readonly format?: string;
  readonly timeUnit?: string;
  readonly timeZone: string;
  readonly map?: readonly string[];
  readonly strict?: true;
  readonly slack: string;
  readonly pausable: string;
  readonly cpus?: string;
  readonly gpus?: string;
  readonly cpuPower?: string;
  readonly gpuPower?: string;
  readonly perfect?: true;
  readonly every: number;
  readonly whatIf?: readonly string[];
  readonly by?: string;
  readonly svg?: string;
}
