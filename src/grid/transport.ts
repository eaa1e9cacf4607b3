/**
 * The door to the network: one GET with a time limit, a size limit, no redirects and at most a few retries. A reply is
 * whole or none. A secret that goes out through it does not come back.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { asError, Failure } from '../errors.ts';
import { millis } from '../units.ts';
import type { Asking, Reply, Secret, Transport } from './provider.ts';

export interface HttpTransportOptions {
  /** Per attempt, headers and body. Default 10 s. */
  readonly timeoutMs?: number;
  /** Default 5 MB, counted as it arrives. */
  readonly maxBytes?: number;
  /** After a network error, 429 or 5xx. Default 2. */
  readonly retries?: number;
  /** First wait before a retry; doubled each time, with jitter. Default 500 ms. */
  readonly backOffMs?: number;
  /** A `Retry-After` beyond this is not waited for. Default 20 s. */
  readonly longestWaitMs?: number;
  /** Of Gridtide, for the user agent. */
  readonly version?: string;
}

/** What an attempt came to when it was no success. */
interface Refusal {
  readonly failure: Failure;
  readonly again: boolean;
  readonly waitMs?: number;
}

export const hostOf = (url: string): string => url.split('/')[2] ?? 'the provider';

/** Milliseconds that a reply asks to be left alone; a date is read against the reply's own clock. */
function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text) * 1_000;
  const wait = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/**
 * The text of a reply. Throws for one that is compressed: `fetch` takes a compressed stream that was cut for a whole one,
 * whereas it notices where a plain one is shorter than was announced.
 */
async function readBody(response: Response, maxBytes: number): Promise<string> {
  const coding = response.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding !== 'identity' && coding !== '') {
    await response.body?.cancel();
    throw new Failure('grid/unavailable', `the reply is compressed (${coding}), which was not asked for`);
  }
  if (response.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Failure('grid/unavailable', `the reply is larger than ${maxBytes / 1e6} MB`);
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join('');
}

/** The URL with what is secret in its query. Throws where others could read along. */
function confide(url: string, secret: Secret | undefined): string {
  if (secret === undefined) return url;
  if (!url.startsWith('https://'))
    throw new Failure('grid/unavailable', `${hostOf(url)} is not asked: a key is sent over HTTPS alone`);
  if (!('query' in secret)) return url;
  const whole = new URL(url);
  whole.searchParams.set(secret.query, secret.value);
  return whole.href;
}

/** A transport over `fetch`. It never follows a redirect: another host's answer is nobody's answer. */
export function httpTransport(options: HttpTransportOptions = {}): Transport {
  const { timeoutMs = 10_000, maxBytes = 5_000_000, retries = 2, backOffMs = 500, longestWaitMs = 20_000 } = options;
  const name = options.version === undefined ? 'gridtide' : `gridtide/${options.version}`;
  // Some publishers turn away whatever does not begin as browsers do.
  const agent = `Mozilla/5.0 (compatible; ${name})`;

  const attempt = async (url: string, { signal, secret, accept = [] }: Asking): Promise<Reply | Refusal> => {
    const host = hostOf(url);
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(confide(url, secret), {
        signal: AbortSignal.any([signal, limit]),
        // `manual` rather than `error`: the same refusal, but it can be told from a broken connection.
        redirect: 'manual',
        headers: {
          'user-agent': agent,
          accept: 'application/json, application/xml;q=0.9, text/csv;q=0.9, */*;q=0.1',
          'accept-encoding': 'identity',
          ...(secret !== undefined && 'header' in secret ? { [secret.header]: secret.value } : {}),
        },
      });
      const { status } = response;
      if (response.ok || accept.includes(status)) return { status, body: await readBody(response, maxBytes) };
      await response.body?.cancel();
      const moved = status >= 300 && status < 400;
      const what = moved ? 'redirects elsewhere, which is not followed' : `answers ${status}`;
      const waitMs = retryAfterMs(response.headers);
      return {
        failure: new Failure('grid/unavailable', `${host} ${what}`),
        again: status === 429 || status >= 500,
        ...(waitMs === undefined ? {} : { waitMs }),
      };
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof Failure)
        return { failure: new Failure(thrown.code, `${host}: ${thrown.message}`), again: false };
      if (limit.aborted)
        return {
          failure: new Failure('grid/unavailable', `${host} did not answer within ${timeoutMs / 1_000} s`),
          again: false,
        };
      const cause = asError(thrown);
      const reason = cause.cause === undefined ? cause.message : asError(cause.cause).message;
      return {
        failure: new Failure('grid/unavailable', `${host} cannot be reached (${reason})`, { cause }),
        again: true,
      };
    }
  };

  return {
    async get(url, asking) {
      const { signal } = asking;
      for (let tried = 0; ; tried += 1) {
        signal.throwIfAborted();
        const outcome = await attempt(url, asking);
        if ('status' in outcome) return outcome;
        const { failure, again, waitMs } = outcome;
        if (!again || tried >= retries || (waitMs !== undefined && waitMs > longestWaitMs)) {
          if (again && waitMs !== undefined) asking.leaveAlone?.(millis(waitMs));
          throw failure;
        }
        const jittered = backOffMs * 2 ** tried * (0.5 + Math.random());
        await delay(Math.min(longestWaitMs, Math.max(jittered, waitMs ?? 0)), undefined, { signal });
      }
    },
  };
}

/** What stands where a secret stood. */
export const HIDDEN = '<redacted>';
/** Of what a secret was made of; a shorter word is found in what has nothing to do with it. */
const SHORTEST_WORD = 4;

const escapeRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

/**
 * A character as it may be written: in JSON, in a URL, in HTML or XML, as it is; in JSON in JSON and in a URL in a URL, too,
 * where each backslash and each percent sign is written anew.
 */
function spellingsOf(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  const bytes = [...Buffer.from(character)];
  const entity = ENTITIES[character];
  const code = character.codePointAt(0) ?? 0;
  const forms = [
    units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join(''),
    bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    JSON.stringify(character).slice(1, -1),
    ...(character === '/' ? [String.raw`\/`] : []),
    ...(character === ' ' ? ['+'] : []),
    ...(entity === undefined ? [] : [`&${entity};`]),
    character,
  ].map((form) => escapeRegExp(form).replaceAll('\\\\', '\\\\{1,7}').replaceAll('%', '%(?:25){0,3}'));
  return `(?:${[...new Set(forms), `&#0{0,4}${code};`, `&#x0{0,4}${code.toString(16)};`].join('|')})`;
}

/** What takes a secret out of a text, and what follows the scheme in it (`Bearer …`), however it is written. */
export function hiding({ value, words = [] }: Secret): (text: string) => string {
  const bare = value.trim().replace(/^(Basic|Bearer) /, '');
  const hidden = [bare, ...words.filter((word) => word.length >= SHORTEST_WORD)].filter((word) => word !== '');
  // The longest first: a part of it that is taken out would leave the rest.
  const patterns = hidden
    .sort((a, b) => b.length - a.length)
    .map((word) => new RegExp([...word].map(spellingsOf).join(''), 'gi'));
  return (text) => patterns.reduce((rest, pattern) => rest.replaceAll(pattern, HIDDEN), text);
}

/**
 * `transport`, whose replies and failures never repeat the secret that was sent: whoever logs them may log them all.
 * A secret is sent without the white space around it, which a file of keys may leave there.
 */
export function discreet(transport: Transport): Transport {
  return {
    async get(url, asking) {
      if (asking.secret === undefined) return transport.get(url, asking);
      const secret = { ...asking.secret, value: asking.secret.value.trim() };
      const hide = hiding(secret);
      try {
        const { status, body } = await transport.get(url, { ...asking, secret });
        return { status, body: hide(body) };
      } catch (thrown) {
        asking.signal.throwIfAborted();
        const failure = asError(thrown);
        throw new Failure(failure instanceof Failure ? failure.code : 'grid/unavailable', hide(failure.message));
      }
    },
  };
}
