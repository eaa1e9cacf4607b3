/**
 * Exact sums in SQL of amounts that are stored as decimal strings and pass 2^63 (docs/methods/exact-sums.md).
 *
 * @module
 */
import { type RawBuilder, sql } from 'kysely';

const LOW_DIGITS = 9;
const BASE = 10n ** BigInt(LOW_DIGITS);

/**
 * The exact sum of a column of decimal strings, as text `HIGH:LOW` that {@link readExactSum} joins; NULL where no row
 * has a value. Each string is cut before its last nine digits; both halves are summed as 64-bit integers. That holds for
 * 9·10^9 rows of amounts up to 10^18, or 8·10^8 rows of 10^19; beyond that SQLite raises an error and never a wrong figure.
 *
 * @param column a column reference such as `posting.energy_uj`
 */
export function exactSum(column: string): RawBuilder<string | null> {
  const text = sql.ref(column);
  const digits = sql`ltrim(${text}, '-')`;
  const sign = sql`(case when substr(${text}, 1, 1) = '-' then -1 else 1 end)`;
  // substr with a length of zero or below gives '', which casts to 0.
  const high = sql`${sign} * cast(substr(${digits}, 1, max(length(${digits}) - ${sql.lit(LOW_DIGITS)}, 0)) as integer)`;
  const low = sql`${sign} * cast(substr(${digits}, -${sql.lit(LOW_DIGITS)}) as integer)`;
  return sql<string | null>`sum(${high}) || ':' || sum(${low})`;
}

/** The whole number that {@link exactSum} selected; `undefined` when no row had a value. */
export function readExactSum(halves: string | null): bigint | undefined {
  if (halves === null) return undefined;
  const [high = '0', low = '0'] = halves.split(':');
  return BigInt(high) * BASE + BigInt(low);
}
