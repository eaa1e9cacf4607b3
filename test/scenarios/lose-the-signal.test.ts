/**
 * The live grid is down, slow or wrong from the first. The work still runs in time, and the receipt says what was missing
 * and claims nothing that it cannot. The real command and its real door to the network.
 */
import { describe, expect, it } from 'vitest';
import { type Answer, body, says } from '../support/live-grid.ts';
import { accept, mustHaveHeld, openLiveRun } from '../support/live-run.ts';
import type { Receipt } from '../support/stage.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A number that no time stamp holds. */
const steady = (): number => 301.25;
const good: Answer = says((question) => body(question, steady));

/** Two short steps that need not wait. */
const SHORT = `gridtide: 1
workflow: short
deadline: +1h
policy: { minPredictedSaving: 0 %, maxDelay: 2m }
steps:
  first: { run: 'echo start >> starts; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done', duration: 5m }
  second: { after: first, run: 'echo end >> ends; sleep 0.5', duration: 5m }
`;

const said = ({ notes }: Receipt): string => notes.join('\n');

const troubles: readonly { readonly name: string; readonly answer: Answer; readonly says: RegExp }[] = [
  { name: 'is down', answer: (_, response) => response.destroy(), says: /cannot be reached/ },
  {
    name: 'is broken',
    answer: (_, response) => response.writeHead(503).end('sorry'),
    says: /answers 503/,
  },
  { name: 'never answers', answer: () => {}, says: /did not answer within 10 s/ },
  {
    name: 'answers about another country',
    answer: says((question) => body(question, steady, { country: 'fr' })),
    says: /about another country/,
  },
  {
    name: 'answers with strings',
    answer: says((question) => body(question, steady).replaceAll('301.25', '"301.25"')),
    says: /breaks its contract at co2eq/,
  },
  {
    name: 'answers with NaN',
    answer: says((question) => body(question, steady).replaceAll('301.25', 'NaN')),
    says: /not JSON/,
  },
  {
    name: 'answers with values beyond reason',
    answer: says((question) => body(question, () => 300_000)),
    says: /breaks its contract at co2eq/,
  },
  {
    name: 'knows yesterday only',
    answer: says(({ start, now }) => body({ start, end: now - DAY, now }, steady)),
    says: /is stale/,
  },
  {
    name: 'has measured the future',
    answer: says((question) => body({ ...question, now: question.now + 6 * HOUR }, steady)),
    says: /a measured value lies in the future/,
  },
  {
    name: 'answers with 10 MB',
    answer: says((question) => body(question, steady, { padding: 'x'.repeat(10_000_000) })),
    says: /larger than 5 MB/,
  },
  {
    name: 'shows a page',
    answer: (_, response) =>
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Welcome to this network</title>'),
    says: /not JSON/,
  },
  {
    name: 'sends us elsewhere',
    answer: (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    says: /redirects elsewhere/,
  },
];

describe.concurrent('a provider that', { timeout: 120_000 }, () => {
  it.for(troubles)(
    '$name: the work runs in time, and no saving is claimed',
    async ({ answer, says: words }, context) => {
      const { stage, grid } = await openLiveRun(SHORT, answer, context);
      const { id, running } = await accept(stage);
      const ended = await running.ended;
      expect(ended.code, ended.stdout + ended.stderr).toBe(0);
      expect(grid.asked()).toBeGreaterThan(0);
      const receipt = await mustHaveHeld(stage, id);
      expect(said(receipt)).toMatch(words);
      expect(ended.stderr).toMatch(words);
      expect(receipt.events.find(({ kind }) => kind === 'grid-lost')?.text).toMatch(words);
      expect(receipt.saving).toBeNull();
      expect(receipt.savingWithheld).toContain('does not tell one hour from another');
      for (const { quality } of receipt.rows) expect(quality).toBe('yearly-average');
      expect(receipt.signals['DE']?.quality).toBe('yearly-average');
    },
  );

  it('answers well: the same work is accounted at its values, and nothing is said to be missing', async (context) => {
    const { stage } = await openLiveRun(SHORT, good, context);
    const { id, running } = await accept(stage);
    const ended = await running.ended;
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const receipt = await mustHaveHeld(stage, id);
    expect(said(receipt)).not.toMatch(/does not answer|stale|yearly/);
    expect(receipt.events.map(({ kind }) => kind)).not.toContain('grid-lost');
    expect(receipt.savingWithheld).toBeNull();
    // A flat grid saves nothing. What a sample caught beside a step of a tenth of a second may look like a loss.
    const { distinguishable, percent } = receipt.saving ?? { distinguishable: true, percent: { expected: 1 } };
    expect(distinguishable && percent.expected > 0, JSON.stringify(receipt.saving)).toBe(false);
    for (const { intensityGPerKWh } of receipt.rows) expect(intensityGPerKWh).toBe(301.25);
    expect(receipt.signals['DE']?.source).toContain('energy-charts');
  });
});
