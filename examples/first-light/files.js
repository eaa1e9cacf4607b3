/**
 * Where the steps leave their files and in which form: images and labels as IDX (the format of the original data
 * set), named arrays in one checksummed file, everything written whole or not at all.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Pixels on one side of an image. */
export const SIDE = 28;
/** Pixels of an image. */
export const PIXELS = SIDE * SIDE;

const { FIRST_LIGHT_OUT: folder = join(dirname(fileURLToPath(import.meta.url)), 'out') } = process.env;

/**
 * @param {string} name
 * @returns {string} its path in the output folder
 */
export const outPath = (name) => join(folder, name);

/**
 * Writes a file whole or not at all: beside its place first, then renamed over it. Somebody who reads, and a machine
 * that loses power, finds the old content or the new, never half of either.
 *
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export function writeWhole(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.part`;
  const file = openSync(beside, 'w');
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
}

/**
 * @param {string} name
 * @param {Uint8Array} pixels one byte each, `PIXELS` an image
 */
export function writeImages(name, pixels) {
  const head = Buffer.alloc(16);
  for (const [i, word] of [0x803, pixels.length / PIXELS, SIDE, SIDE].entries()) head.writeUInt32BE(word, i * 4);
  writeWhole(outPath(name), Buffer.concat([head, pixels]));
}

/**
 * @param {string} name
 * @returns {Uint8Array} one byte a pixel, `PIXELS` an image
 */
export function readImages(name) {
  const bytes = readFileSync(outPath(name));
  const found = [0, 4, 8, 12].map((at) => bytes.readUInt32BE(at));
  const expected = [0x803, (bytes.length - 16) / PIXELS, SIDE, SIDE];
  if (found.join() !== expected.join()) throw new Error(`${name} holds ${found}, expected ${expected}; run prepare.js`);
  return bytes.subarray(16);
}

/**
 * @param {string} name
 * @param {Uint8Array} labels one byte each, 0 to 9
 */
export function writeLabels(name, labels) {
  const head = Buffer.alloc(8);
  for (const [i, word] of [0x801, labels.length].entries()) head.writeUInt32BE(word, i * 4);
  writeWhole(outPath(name), Buffer.concat([head, labels]));
}

/**
 * @param {string} name
 * @returns {Uint8Array} one byte each, 0 to 9
 */
export function readLabels(name) {
  const bytes = readFileSync(outPath(name));
  const found = [0, 4].map((at) => bytes.readUInt32BE(at));
  const expected = [0x801, bytes.length - 8];
  if (found.join() !== expected.join()) throw new Error(`${name} holds ${found}, expected ${expected}; run prepare.js`);
  return bytes.subarray(8);
}

/**
 * Writes numbers and arrays of numbers as one file: the SHA-256 of what follows, a line of JSON, the arrays.
 * The bytes depend on the values alone.
 *
 * @param {string} name
 * @param {Readonly<Record<string, number>>} values
 * @param {Readonly<Record<string, Float32Array | Uint32Array>>} arrays
 */
export function writeArrays(name, values, arrays) {
  const entries = Object.entries(arrays);
  const head = JSON.stringify({ values, lengths: Object.fromEntries(entries.map(([key, a]) => [key, a.length])) });
  const parts = entries.map(([, a]) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength));
  const body = Buffer.concat([Buffer.from(`${head}\n`), ...parts]);
  writeWhole(outPath(name), Buffer.concat([createHash('sha256').update(body).digest(), body]));
}

/**
 * Reads such a file into `arrays`, whose names and lengths say what is expected.
 *
 * @param {string} name
 * @param {Readonly<Record<string, Float32Array | Uint32Array>>} arrays filled in place, and only if all is well
 * @param {Readonly<Record<string, number>>} expected values that the file must hold
 * @returns {Readonly<Record<string, number>> | undefined} its values; `undefined` when there is no such
 *   file, it is damaged, or it was written for other work
 */
export function readArrays(name, arrays, expected) {
  if (!existsSync(outPath(name))) return undefined;
  const bytes = readFileSync(outPath(name));
  const body = bytes.subarray(32);
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(0, 32))) return undefined;
  const headEnd = body.indexOf('\n');
  const { values, lengths } = JSON.parse(body.toString('utf8', 0, headEnd));
  const fits =
    Object.entries(arrays).every(([key, a]) => lengths[key] === a.length) &&
    Object.entries(expected).every(([key, value]) => values[key] === value);
  if (!fits) return undefined;
  let at = headEnd + 1;
  for (const a of Object.values(arrays)) {
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength).set(body.subarray(at, at + a.byteLength));
    at += a.byteLength;
  }
  return values;
}
