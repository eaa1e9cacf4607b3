/**
 * Compares what was computed twice.
 *
 * @module
 */

/**
 * Where two JSON values differ (`$.energy.it.low`), or `undefined` where they do not. Numbers may differ by `relative`,
 * since exp and log may round differently in another version of the engine; everything else must be equal.
 */
export function sameWithin(a: unknown, b: unknown, relative: number, path = '$'): string | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    return Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b)) ? undefined : path;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b ? undefined : path;
  if (Array.isArray(a) !== Array.isArray(b)) return path;
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    if (left.has(key) !== right.has(key)) return `${path}.${key}`;
    const difference = sameWithin(left.get(key), right.get(key), relative, `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
