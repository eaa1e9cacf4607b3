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

export interface PlanOptions extends GridOptions {
  readonly deadline?: string;
  readonly slot?: number;
  readonly frontier?: true;
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
