/**
 * JSON with one spelling (RFC 8785, JSON Canonicalization Scheme), so that equal values have equal hashes.
 *
 * @module
 */

/**
 * The canonical text of a JSON value: object keys sorted by UTF-16 code units, no white space, numbers and strings as
 * ECMAScript writes them. Members that are `undefined` are left out, as `JSON.stringify` does; in an array they are
 * refused. Exact amounts come as decimal strings: a bigint is refused, as are NaN, infinities, lone surrogates,
 * functions and class instances that are not plain data. Throws a TypeError (a mistake in the program) naming the path.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function write(value: unknown, path: string): string {
  switch (typeof value) {
    case 'string':
      if (LONE_SURROGATE.test(value)) throw new TypeError(`${path}: a lone surrogate has no canonical form`);
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${path}: ${value} has no canonical form`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, path) : writeObject(value, path);
    default:
      throw new TypeError(`${path}: a ${typeof value} has no canonical form`);
  }
}

function writeArray(items: readonly unknown[], path: string): string {
  const parts: string[] = [];
  // By index, so that a hole is seen as the undefined that it is.
  for (let i = 0; i < items.length; i += 1) parts.push(write(items[i], `${path}[${i}]`));
  return `[${parts.join(',')}]`;
}

function writeObject(object: object, path: string): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path}: only plain objects have a canonical form`);
  }
  const parts: string[] = [];
  const members = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, member] of members) {
    if (member === undefined) continue;
    parts.push(`${write(key, `${path} key`)}:${write(member, `${path}.${key}`)}`);
  }
  return `{${parts.join(',')}}`;
}
