/**
 * Opens a file of any size as text, packed (gzip) or not, and hands it on in pieces.
 *
 * @module
 */
import { createReadStream, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { asError, Failure } from '../errors.ts';
import { readingFault } from '../text-file.ts';
import type { JobSource } from './reader.ts';

const PIECE_BYTES = 1 << 18;
/** Characters that a format is told by. */
const HEAD = 4_096;
const LONGEST_LINE = 1 << 20;

export interface SourceLimits {
  /** Most bytes of text, unpacked. Default 4 GB. */
  readonly largest?: number;
}

/** Opens `path`, which people call `name`. Throws `file/unreadable`; rejects with the abort reason. */
export async function openSource(
  path: string,
  name: string,
  signal: AbortSignal,
  { largest = 4_000_000_000 }: SourceLimits = {},
): Promise<JobSource> {
  const place = { file: name };
  const found = await looked(path, name);
  if (!found.isFile()) throw new Failure('file/unreadable', 'this is not a file', { place });
  const packed = await isPacked(path);

  async function* pieces(): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8');
    let bytes = 0;
    try {
      for await (const piece of bytesOf(path, packed, signal)) {
        bytes += piece.length;
        if (bytes > largest) throw tooLarge(name, largest);
        if (piece.includes(0))
          throw new Failure('replay/invalid-jobs', 'this is a binary file', {
            place,
            expected: 'text, or text in gzip',
          });
        yield decoder.decode(piece, { stream: true });
      }
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof Failure) throw thrown;
      const fault = packed ? `it cannot be unpacked: ${asError(thrown).message}` : readingFault(thrown);
      throw new Failure('file/unreadable', fault, { place, cause: thrown });
    }
  }

  let head = '';
  for await (const piece of pieces()) {
    head += piece;
    if (head.length >= HEAD) break;
  }
  if (head.trim() === '')
    throw new Failure('replay/invalid-jobs', 'the file is empty', { place, expected: 'jobs, one a line or in a list' });

  return {
    file: name,
    head: head.slice(0, HEAD),
    async *lines() {
      let rest = '';
      for await (const piece of pieces()) {
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > LONGEST_LINE)
          throw new Failure('replay/invalid-jobs', 'a line is longer than a million characters', { place });
        yield lines;
      }
      if (rest !== '') yield [rest];
    },
    async text(most) {
      const all: string[] = [];
      let length = 0;
      for await (const piece of pieces()) {
        length += piece.length;
        if (length > most) throw tooLarge(name, most);
        all.push(piece);
      }
      return all.join('');
    },
  };
}

async function looked(path: string, name: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (thrown) {
    throw new Failure('file/unreadable', readingFault(thrown), { place: { file: name }, cause: thrown });
  }
}

async function isPacked(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

async function* bytesOf(path: string, packed: boolean, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES, signal });
  // What goes wrong in the file is seen by whoever reads what is unpacked.
  const stream = packed ? pipeline(file, createGunzip({ chunkSize: PIECE_BYTES }), () => {}) : file;
  for await (const piece of stream) if (Buffer.isBuffer(piece)) yield piece;
}

const tooLarge = (name: string, most: number): Failure =>
  new Failure('replay/invalid-jobs', `${basename(name)} is too large`, {
    place: { file: name },
    expected: `at most ${Math.round(most / 1e6)} MB of text: split it by time`,
  });
