/**
 * Plays the replies of a fixture file to a provider, for tests.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Clock, standingClock } from '../../src/clock.ts';
import { Failure } from '../../src/errors.ts';
import {
  type Asking,
  discreet,
  type ProviderContext,
  type Range,
  type Reply,
  type Transport,
} from '../../src/grid/index.ts';
import { instant } from '../../src/units.ts';

const fixtureSchema = z.object({
  about: z.string(),
  now: z.string(),
  zone: z.string(),
  range: z.object({ start: z.string(), end: z.string() }),
  replies: z.array(
    z.union([
      z.object({ contains: z.string(), body: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]) }),
      z.object({ contains: z.string(), lines: z.array(z.string()) }),
    ]),
  ),
});

export interface Played {
  readonly zone: string;
  readonly range: Range;
  readonly clock: Clock;
  readonly transport: Scripted;
  /** Every URL asked so far. */
  readonly asked: readonly string[];
  readonly context: ProviderContext;
}

export const at = (text: string) => instant(Date.parse(text));

/** What a test says for the key `name`. */
export const secretOf = (name: string): string => `very-secret-${name}`;

export interface Scripted extends Transport {
  /** Every URL asked so far, and how. */
  readonly asked: string[];
  readonly askings: Asking[];
}

/** A transport that answers with `answer(url)`; an Error it returns is thrown, a status that is not accepted fails. */
export function scripted(answer: (url: string, asking: Asking) => string | Reply | Error): Scripted {
  const asked: string[] = [];
  const askings: Asking[] = [];
  return {
    asked,
    askings,
    async get(url, asking) {
      asking.signal.throwIfAborted();
      asked.push(url);
      askings.push(asking);
      const said = answer(url, asking);
      if (said instanceof Error) throw said;
      if (typeof said === 'string') return { status: 200, body: said };
      if (said.status < 300 || asking.accept?.includes(said.status)) return said;
      throw new Failure('grid/unavailable', `the provider answers ${said.status}`);
    },
  };
}

/** A context that reaches `transport` as the grid does. */
export const contextOf = (transport: Transport, clock: Clock): ProviderContext => ({
  transport: discreet(transport),
  clock,
  signal: new AbortController().signal,
  key: secretOf,
});

type Change = (body: string, url: string) => string | Reply;

/** `change` edits the body of each reply before it is sent: a number becomes a string, a stamp moves. */
export const play = (id: string, change?: Change): Played =>
  playText(readFileSync(new URL(`../../src/grid/providers/fixtures/${id}.json`, import.meta.url), 'utf8'), change);

/** As `play`, of the text of a fixture. */
export function playText(text: string, change: Change = (body) => body): Played {
  const fixture = fixtureSchema.parse(JSON.parse(text));
  const transport = scripted((url) => {
    const reply = fixture.replies.find(({ contains }) => url.includes(contains));
    return reply === undefined
      ? new Failure('grid/unavailable', `no fixture for ${url}`)
      : change('lines' in reply ? `${reply.lines.join('\n')}\n` : JSON.stringify(reply.body), url);
  });
  const clock = standingClock(at(fixture.now));
  return {
    zone: fixture.zone,
    range: { start: at(fixture.range.start), end: at(fixture.range.end) },
    clock,
    transport,
    asked: transport.asked,
    context: contextOf(transport, clock),
  };
}

/** What `work` failed with; anything but a `Failure` is passed on. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('this should have failed');
}
