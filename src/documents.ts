/**
 * YAML (and so JSON) files that people write, read with the place of every key and value, within limits: size, depth,
 * aliases, no tags, one document. Values come out as plain data; mistakes come out as failures with line and column.
 *
 * @module
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { Failure, type FailureCode, type FailureDetails, type Place } from './errors.ts';
import { joined, throwAll } from './mistakes.ts';

/** Largest file read, in bytes. */
export const LARGEST_DOCUMENT = 1_048_576;
/** Deepest nesting of lists and mappings. */
const DEEPEST_NESTING = 32;
/** Most uses of aliases, and most values that they may stand for, in one file. */
const MOST_ALIASES = 100;
const MOST_ALIASED_VALUES = 10_000;

export type Path = readonly (string | number)[];

export interface PlainDocument {
  readonly file: string;
  readonly source: string;
  readonly value: unknown;
  /** Where the key (default: the value) at `path` stands; the nearest thing around it that exists when it does not. */
  place(path: Path, what?: 'key' | 'value'): Place;
  /** Keys of the mapping at `path`, in the order of the file (objects sort keys that look like numbers). */
  keys(path: Path): readonly string[];
}

export interface ReadOptions {
  readonly file: string;
  /** The failure that mistakes of this kind of file are. */
  readonly code: FailureCode;
  /**
   * Paths (`*` for any key) at which a plain scalar is taken as it is written: `0.10` stays `0.10` in an argument and
   * `yes`, `1e3`, `0x10` stay what they are.
   */
  readonly verbatim?: readonly string[];
}

/** Reads one YAML document; throws a {@link Failure} that carries every mistake found. */
export function readDocument(text: string, options: ReadOptions): PlainDocument {
  const { file, code } = options;
  if (Buffer.byteLength(text) > LARGEST_DOCUMENT) throw tooLarge(file, code);
  const control = CONTROL.exec(text);
  if (control !== null) {
    const name = `U+${control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
    throw new Failure(code, `this is not a text file: it holds the control character ${name}`, {
      place: placeOf(file, text, control.index),
    });
  }
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  throwAll(scan(source, options));
  const lines = new LineCounter();
  const documents = parse(source, lines);
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const [document, second] = documents;
  const faults = documents.flatMap((one) => one.errors.map((error) => syntaxFailure(code, at(error.pos[0]), error)));
  if (second !== undefined) {
    const start = second.contents?.range?.[0] ?? second.range[0];
    faults.push(new Failure(code, 'the file holds several documents', { place: at(start), expected: 'a single one' }));
  }
  throwAll(faults);
  if (document?.contents == null) {
    throw new Failure(code, 'the file is empty', { place: { file, line: 1, column: 1 } });
  }
  const root = document.contents;
  const value = new Conversion(options, document, at).convert(root);
  return {
    file,
    source,
    value,
    place: (path, what = 'value') => at(offsetOf(document, root, path, what)),
    keys: (path) => keysOf(find(document, root, path)),
  };
}

/** The failure for a file of more than `largest` bytes. */
export const tooLarge = (file: string, code: FailureCode, largest = LARGEST_DOCUMENT): Failure =>
  new Failure(code, 'the file is too large', {
    place: { file, line: 1, column: 1 },
    expected: `at most ${largest / 2 ** 20} MiB`,
  });

function parse(source: string, lines: LineCounter): readonly Document.Parsed[] {
  const documents = parseAllDocuments(source, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // Checked in the conversion: the parser compares every key with every other.
    uniqueKeys: false,
    merge: false,
    schema: 'core',
    version: '1.2',
    logLevel: 'silent',
  });
  return 'empty' in documents ? [] : documents;
}

/** What text does not hold: control characters other than tab and line ends. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
/** The lexer announces a scalar by this token; the scalar's text is the next. */
const SCALAR_FOLLOWS = '\u001f';
const WITHOUT_WIDTH: readonly string[] = ['\u0002', '\u0018', SCALAR_FOLLOWS];

/**
 * A first look at the tokens alone, for what must not reach the parser: it builds deep nesting recursively (half a
 * million brackets end the whole process), and a directive changes what the rest means. O(length).
 */
function scan(source: string, { file, code }: ReadOptions): readonly Failure[] {
  const faults: Failure[] = [];
  const fault = (offset: number, message: string, details: FailureDetails = {}): void => {
    faults.push(new Failure(code, message, { ...details, place: placeOf(file, source, offset) }));
  };
  /** Columns at which the open block collections began. */
  const columns: number[] = [];
  let [offset, lineStart, brackets] = [0, 0, 0];
  /** Nothing but indicators and spaces so far on this line, so what comes may begin a collection. */
  let fresh = true;
  let scalar = false;
  for (const token of new Lexer().lex(source)) {
    if (!scalar && WITHOUT_WIDTH.includes(token)) {
      scalar = token === SCALAR_FOLLOWS;
      continue;
    }
    const first = scalar ? '' : (token[0] ?? '');
    scalar = false;
    if (first === '%') fault(offset, 'YAML directives are not understood here', { value: token.trim() });
    if (first === '!') fault(offset, 'YAML tags are not understood here', { value: token });
    if (isOpenQuote(first, token)) fault(offset, 'this quote is never closed');
    if (first === '[' || first === '{') brackets += 1;
    if (first === ']' || first === '}') brackets -= 1;
    if (fresh && brackets === 0 && token.trim() !== '') {
      const column = offset - lineStart;
      while ((columns.at(-1) ?? -1) >= column) columns.pop();
      columns.push(column);
      fresh = token === '-' || token === '?';
    }
    if (columns.length + brackets > DEEPEST_NESTING) {
      fault(offset, 'lists and mappings are nested too deeply', { expected: `at most ${DEEPEST_NESTING} levels` });
      return faults;
    }
    offset += token.length;
    const lastBreak = token.lastIndexOf('\n');
    if (lastBreak !== -1) {
      lineStart = offset - (token.length - lastBreak - 1);
      fresh = true;
    }
  }
  return faults;
}

/** A quoted scalar that runs to where the lexer gave up looking for its end. */
const isOpenQuote = (first: string, token: string): boolean =>
  (first === '"' || first === "'") && (token.length === 1 || !token.endsWith(first));

function placeOf(file: string, source: string, offset: number): Place {
  const before = source.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { file, line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** The parser's codes in words of ours, where its own are about its insides. */
const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab stands where spaces indent',
  MULTILINE_IMPLICIT_KEY: 'this key runs over several lines: a quote or a colon may be missing',
  NON_STRING_KEY: 'a list or mapping stands where a key belongs',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping begins in the middle of a line: a line break or quotes may be missing',
};

function syntaxFailure(
  code: FailureCode,
  place: Place,
  error: { readonly code: string; readonly message: string },
): Failure {
  const own = SYNTAX[error.code];
  const [message = ''] = error.message.split('\n');
  return new Failure(code, own ?? `this is not YAML: ${message}`, {
    place,
  });
}

/** Turns nodes into plain data and refuses what plain data has no business to hold. */
class Conversion {
  readonly #code: FailureCode;
  readonly #document: Document.Parsed;
  readonly #at: (offset: number) => Place;
  readonly #verbatim: readonly (readonly string[])[];
  readonly #faults: Failure[] = [];
  /** The outermost alias that is being followed: where trouble inside it lies. */
  #alias: Node | undefined;
  #aliases = 0;
  #aliasedValues = 0;

  constructor(options: ReadOptions, document: Document.Parsed, at: (offset: number) => Place) {
    this.#code = options.code;
    this.#document = document;
    this.#at = at;
    this.#verbatim = (options.verbatim ?? []).map((pattern) => pattern.split('.'));
  }

  convert(root: Node): unknown {
    const value = this.#value(root, [], false);
    throwAll(this.#faults);
    return value;
  }

  #value(node: unknown, path: readonly string[], aliased: boolean): unknown {
    if (!isNode(node)) return null;
    if (aliased) {
      this.#aliasedValues += 1;
      if (this.#aliasedValues > MOST_ALIASED_VALUES) this.#stop(this.#alias, 'aliases stand for too many values');
    }
    if (path.length > DEEPEST_NESTING) {
      this.#fault(aliased ? this.#alias : node, 'lists and mappings are nested too deeply', {
        expected: `at most ${DEEPEST_NESTING} levels`,
      });
      return null;
    }
    if (isAlias(node)) {
      this.#aliases += 1;
      if (this.#aliases > MOST_ALIASES) this.#stop(node, 'too many aliases', `at most ${MOST_ALIASES}`);
      const target = node.resolve(this.#document);
      if (target === undefined) {
        this.#fault(node, 'nothing has this anchor before it', { value: `*${node.source}` });
        return null;
      }
      if (!aliased) this.#alias = node;
      return this.#value(target, path, true);
    }
    if (isMap(node)) return this.#mapping(node, path, aliased);
    if (isSeq(node)) return node.items.map((item) => this.#value(item, [...path, '*'], aliased));
    if (!isScalar(node)) return null;
    if (node.type === 'PLAIN' && node.value !== null && this.#isVerbatim(path))
      return node.source ?? String(node.value);
    return node.value;
  }

  #mapping(node: YAMLMap, path: readonly string[], aliased: boolean): unknown {
    const entries: [string, unknown][] = [];
    const seen = new Map<string, unknown>();
    for (const { key, value } of node.items) {
      const name = keyName(key);
      const before = seen.get(name);
      seen.set(name, key);
      if (before !== undefined) {
        const { line } = this.#at(startOf(before) ?? 0);
        this.#fault(key, `this key stands here twice, first on line ${line}`, { value: name });
      } else if (name === '__proto__') this.#fault(key, 'this key is not allowed', { value: name });
      else if (name === '<<') this.#fault(key, 'merge keys are not understood here', { value: name });
      else entries.push([name, this.#value(value, [...path, name], aliased)]);
    }
    return Object.fromEntries(entries);
  }

  #isVerbatim(path: readonly string[]): boolean {
    return this.#verbatim.some(
      (pattern) => pattern.length === path.length && pattern.every((part, i) => part === '*' || part === path[i]),
    );
  }

  #fault(node: unknown, message: string, details: FailureDetails = {}): void {
    const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    this.#faults.push(new Failure(this.#code, message, { ...details, place: this.#at(offset) }));
  }

  /** Ends the reading at once: what follows could be endless. */
  #stop(node: unknown, message: string, expected = `at most ${MOST_ALIASED_VALUES}`): never {
    this.#fault(node, message, { expected });
    throw joined(this.#faults);
  }
}

function keyName(key: unknown): string {
  return isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))) : String(key);
}

function resolved(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function find(document: Document.Parsed, root: Node, path: Path): unknown {
  let node: unknown = resolved(document, root);
  for (const part of path) {
    if (isMap(node)) node = node.items.find(({ key }) => keyName(key) === String(part))?.value;
    else if (isSeq(node)) node = node.items[Number(part)];
    else return undefined;
    node = resolved(document, node);
  }
  return node;
}

function keysOf(node: unknown): readonly string[] {
  return isMap(node) ? node.items.map(({ key }) => keyName(key)) : [];
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

function offsetOf(document: Document.Parsed, root: Node, path: Path, what: 'key' | 'value'): number {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  for (const [index, part] of path.entries()) {
    const inside: unknown = resolved(document, node);
    if (!isCollection(inside)) return offset;
    const item = isMap(inside)
      ? inside.items.find(({ key }) => keyName(key) === String(part))
      : inside.items[Number(part)];
    if (item === undefined) return offset;
    const wantsKey = what === 'key' && index === path.length - 1;
    node = isPair(item) ? item.value : item;
    const keyOffset = isPair(item) ? startOf(item.key) : undefined;
    const valueOffset = startOf(node);
    // A value that is missing (`power:`) has no width; its key is the better place to point at.
    const empty = isScalar(node) && node.value === null && node.source === '';
    offset = (wantsKey || empty || valueOffset === undefined ? (keyOffset ?? valueOffset) : valueOffset) ?? offset;
  }
  return offset;
}
