/**
 * Plays the replies of a fixture file to a provider, for tests.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Clock, standingClock } from '../../src/clock.ts';
import { Failure } from '../../src/errors.ts';
import type { ProviderContext, Range, Transport } from '../../src/grid/index.ts';
import { instant } from '../../src/units.ts';

const fixtureSchema = z.object({
  about: z.string(),
  now: z.string(),
  zone: z.string(),
  range: z.object({ start: z.string(), end: z.string() }),
  replies: z.array(z.object({ contains: z.string(), body: z.record(z.string(), z.unknown()) })),
});

export interface Played {
  readonly zone: string;
  readonly range: Range;
  readonly clock: Clock;
  readonly transport: Transport;
  /** Every URL asked so far. */
  readonly asked: readonly string[];
  readonly context: ProviderContext;
}

export const at = (text: string) => instant(Date.parse(text));

/** A transport that answers with `answer(url)`; an Error it returns is thrown. */
export function scripted(answer: (url: string) => string | Error): Transport & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async get(url, { signal }) {
      signal.throwIfAborted();
      asked.push(url);
      const said = answer(url);
      if (said instanceof Error) throw said;
      return said;
    },
  };
}

/** `change` edits the parsed body of each reply before it is sent: a number becomes a string, a stamp moves. */
export function play(id: string, change: (body: string, url: string) => string = (body) => body): Played {
  const fixture = fixtureSchema.parse(
    JSON.parse(readFileSync(new URL(`../../src/grid/providers/fixtures/${id}.json`, import.meta.url), 'utf8')),
  );
  const transport = scripted((url) => {
    const reply = fixture.replies.find(({ contains }) => url.includes(contains));
    return reply === undefined
      ? new Failure('grid/unavailable', `no fixture for ${url}`)
      : change(JSON.stringify(reply.body), url);
  });
  const clock = standingClock(at(fixture.now));
  return {
    zone: fixture.zone,
    range: { start: at(fixture.range.start), end: at(fixture.range.end) },
    clock,
    transport,
    asked: transport.asked,
    context: { transport, clock, signal: new AbortController().signal },
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
