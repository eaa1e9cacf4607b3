import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { at, contextOf, failureOf, play, scripted, secretOf } from '../../test/support/grid-replies.ts';
import { standingClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { type RecordingOptions, recording, replaying } from './cassettes.ts';
import type { Reply, Secret, Transport } from './provider.ts';
import { electricityMaps } from './providers/electricity-maps.ts';
import { wattTime } from './providers/watttime.ts';

const live = new AbortController().signal;
const now = at('2026-03-18T12:10Z');
const options: RecordingOptions = { now, clock: standingClock(now), providers: [electricityMaps] };

let folder: string;
let cleanup: () => void;
beforeEach(() => {
  ({ folder, cleanup } = temporaryFolder());
});
afterEach(() => cleanup());
const cassette = (): string => join(folder, 'a.cassette.json');
const kept = (): string => readFileSync(cassette(), 'utf8');

const ask = (transport: Transport, url: string, secret?: Secret, accept: readonly number[] = []): Promise<Reply> =>
  transport.get(url, { signal: live, accept, ...(secret === undefined ? {} : { secret }) });
const replay = () => replaying(cassette(), { signal: live, name: 'a.cassette.json' });

/** The text of a cassette with these exchanges. */
async function recorded(said: readonly (readonly [url: string, reply: Reply | Failure])[]): Promise<void> {
  const left = said.map(([, reply]) => reply);
  const transport = await recording(
    { get: async () => Promise.resolve(left.shift() ?? new Error('no more')).then(orThrow) },
    cassette(),
    options,
  );
  for (const [url] of said) await ask(transport, url, undefined, [404]).catch(() => {});
  await transport.finish();
}
const orThrow = (reply: Reply | Error): Reply => {
  if (reply instanceof Error) throw reply;
  return reply;
};

describe('a recording', () => {
  it('gives the same replies again, byte by byte, those of one URL in their order', async () => {
    const bodies = [
      '{"a":[1,2.5,null]}',
      '{ "a": 1.0 }',
      'time,DE\r\n1,2\n',
      '',
      '{"a":1,"a":2}',
      '{"__proto__":1,"2":0}',
    ];
    await recorded(bodies.map((body, i) => [`https://a.test/${i % 2}`, { status: 200, body }]));
    const played = await replay();
    for (const [i, body] of bodies.entries())
      expect(await ask(played, `https://a.test/${i % 2}`)).toEqual({ status: 200, body });
    expect(played.unused()).toEqual([]);
    expect(played.missed()).toBeUndefined();
  });

  it('can be read: JSON as JSON, text by the line, when it was asked, and what may not be done with it', async () => {
    await recorded([
      ['https://a.test/json', { status: 200, body: '{"zone":"DE"}' }],
      ['https://a.test/csv', { status: 404, body: 'time,DE\n1,2\n' }],
    ]);
    expect(JSON.parse(kept())).toMatchObject({
      schemaVersion: 1,
      notice: expect.stringContaining('must not be published'),
      licences: { 'electricity-maps': expect.stringContaining('not to be passed on') },
      now: '2026-03-18T12:10:00Z',
      exchanges: [
        {
          method: 'GET',
          url: 'https://a.test/json',
          askedAt: '2026-03-18T12:10:00Z',
          tookMs: 0,
          reply: { status: 200, json: { zone: 'DE' } },
        },
        { url: 'https://a.test/csv', reply: { status: 404, lines: ['time,DE', '1,2', ''] } },
      ],
    });
    expect(statSync(cassette()).mode & 0o777).toBe(0o600);
  });

  it('holds failures, which fail again, and a status only for those who accept it', async () => {
    const slow = new Failure('grid/unavailable', 'a.test did not answer within 10 s');
    await recorded([
      ['https://a.test/', slow],
      ['https://a.test/', { status: 200, body: 'late' }],
      ['https://a.test/none', { status: 404, body: 'none' }],
      ['https://a.test/none', { status: 404, body: 'none' }],
    ]);
    const played = await replay();
    expect(await failureOf(ask(played, 'https://a.test/'))).toMatchObject({ code: slow.code, message: slow.message });
    expect((await ask(played, 'https://a.test/')).body).toBe('late');
    expect((await ask(played, 'https://a.test/none', undefined, [404])).status).toBe(404);
    expect((await failureOf(ask(played, 'https://a.test/none'))).message).toBe('a.test answers 404');
  });

  it('holds what was called off before it was answered', async () => {
    const abort = new AbortController();
    const hangs: Transport = {
      get: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    };
    const transport = await recording(hangs, cassette(), options);
    const reason = new Error('enough');
    const asked = transport.get('https://a.test/', { signal: abort.signal });
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await transport.finish();
    expect((await failureOf(ask(await replay(), 'https://a.test/'))).message).toMatch(/called off/);
  });

  it('is in the order of asking, whichever is answered first, and whole after each answer', async () => {
    const answers = new Map<string, () => void>();
    const transport = await recording(
      {
        get: (url) => new Promise((resolve) => answers.set(url, () => resolve({ status: 200, body: `of ${url}` }))),
      },
      cassette(),
      options,
    );
    const [first, second] = [ask(transport, 'https://a.test/1'), ask(transport, 'https://a.test/2')];
    answers.get('https://a.test/2')?.();
    await second;
    expect((await replay()).unused()).toEqual(['https://a.test/2']);
    answers.get('https://a.test/1')?.();
    await first;
    expect((await replay()).unused()).toEqual(['https://a.test/1', 'https://a.test/2']);
    expect(readdirSync(folder)).toEqual(['a.cassette.json']);
  });

  it('writes over no file, and says when it could not write', async () => {
    writeFileSync(cassette(), 'mine');
    const refused = await failureOf(recording({ get: async () => ({ status: 200, body: '' }) }, cassette(), options));
    expect(refused).toMatchObject({ code: 'file/unwritable', message: 'there is a file of this name' });
    expect(kept()).toBe('mine');
    const nowhere = join(folder, 'none', 'a.json');
    expect(
      await failureOf(
        recording(
          scripted(() => ''),
          nowhere,
          options,
        ),
      ),
    ).toMatchObject({ code: 'file/unwritable' });
  });

  it('holds up no answer where the file can no longer be written, and tells at the end', async () => {
    const gone = join(folder, 'gone');
    mkdirSync(gone);
    const transport = await recording(
      scripted(() => 'fine'),
      join(gone, 'a.json'),
      options,
    );
    chmodSync(gone, 0o700);
    cleanup();
    expect((await ask(transport, 'https://a.test/')).body).toBe('fine');
    expect(await failureOf(transport.finish())).toMatchObject({ code: 'file/unwritable' });
  });
});

describe('a secret', () => {
  const value = 'Kéy/of "A" + B%1';
  const words = ['someone@a.test', 'hunter2!'];
  const spelled = (text: string): string[] => [
    text,
    text.toUpperCase(),
    encodeURIComponent(text),
    encodeURIComponent(text).toLowerCase(),
    `${new URLSearchParams({ key: text })}`.slice(4),
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join(''),
    JSON.stringify(text).slice(1, -1),
    JSON.stringify(text).slice(1, -1).replaceAll('/', String.raw`\/`),
    [...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    JSON.stringify(text).slice(1, -1).replaceAll('é', String.raw`\u00E9`),
    JSON.stringify(JSON.stringify({ text }).replaceAll('/', String.raw`\/`)).slice(12, -4),
    encodeURIComponent(encodeURIComponent(text)),
    text.replace(/["&<>'/+=]/g, (character) => `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`),
    text.replaceAll('"', '&quot;').replaceAll('/', '&#47;'),
  ];
  const echoes = [value, ...words].flatMap(spelled);

  /** Everything that the cassette says, as it stands in the file and as it is read. */
  const everything = (): string => {
    const texts: string[] = [kept()];
    JSON.parse(kept(), (key, inner: unknown) => {
      texts.push(key);
      if (typeof inner === 'string') texts.push(inner);
      return inner;
    });
    return texts.join('\n').toLowerCase();
  };

  it.each([{ header: 'auth-token' }, { query: 'api_key' }])(
    'sent as %o is in no part of the file, however it is spelled',
    async (where) => {
      for (const echo of echoes) {
        const secret: Secret = { ...where, value: `${value}\n`, words };
        const replies: (Reply | Error)[] = [
          { status: 200, body: `no key ${echo} here` },
          { status: 403, body: `{"error":"no key ${echo.replaceAll('"', "'")}"}` },
          new Error(`cannot fetch https://a.test/?api_key=${echo}`),
          new Failure('grid/unavailable', `a.test: ${echo}`),
        ];
        cleanup();
        ({ folder, cleanup } = temporaryFolder());
        const transport = await recording(
          { get: async () => orThrow(replies.shift() ?? new Error()) },
          cassette(),
          options,
        );
        // Before it is shown, too: whoever echoes it may have it from elsewhere.
        await ask(transport, `https://a.test/${encodeURIComponent(value)}?q=${encodeURIComponent(words[0] ?? '')}`);
        for (const _ of [1, 2, 3]) await ask(transport, `https://a.test/?key=${echo}`, secret, [403]).catch(() => {});
        await transport.finish();
        const said = everything();
        expect(said).toContain('redacted');
        for (const one of echoes) expect(said, `${echo} as ${one}`).not.toContain(one.toLowerCase());
      }
    },
  );

  it('that a reply is made of is not kept, and the rest plays all the same', async () => {
    const { zone, range, clock, transport } = play('watttime');
    const token = /"token": ?"([^"]+)"/.exec(
      readFileSync(new URL('providers/fixtures/watttime.json', import.meta.url), 'utf8'),
    )?.[1];
    const recorder = await recording(transport, cassette(), { now: clock.now(), clock, providers: [wattTime] });
    // A login alone: no later question shows the token.
    await failureOf(
      wattTime.intensity(
        zone,
        range,
        contextOf(
          {
            get: (url, asking) =>
              url.endsWith('/login')
                ? recorder.get(url, asking)
                : Promise.reject(new Failure('grid/unavailable', 'off')),
          },
          clock,
        ),
      ),
    );
    expect(token).toBeDefined();
    expect(kept()).toContain('/login');
    expect(kept()).not.toContain(token);
    const series = await wattTime.intensity(zone, range, contextOf(recorder, clock));
    for (const secret of [token ?? '', ...wattTime.keys.map(secretOf)])
      expect(everything()).not.toContain(secret.toLowerCase());
    const played = await replay();
    // The login that nobody went on from.
    await ask(played, 'https://api.watttime.org/login');
    const again = await wattTime.intensity(zone, range, contextOf(played, standingClock(played.now)));
    expect(again.intensityG).toEqual(series.intensityG);
    expect(played.unused()).toEqual([]);
  });
});

describe('a replay', () => {
  it('fails for what was not recorded, and names what was asked, what comes nearest, and the file', async () => {
    await recorded([
      ['https://a.test/v1/past?zone=DE', { status: 200, body: '1' }],
      ['https://a.test/v1/forecast?zone=DE', { status: 200, body: '2' }],
    ]);
    const played = await replay();
    const failure = await failureOf(ask(played, 'https://a.test/v1/forecast?zone=FR'));
    expect(failure.code).toBe('grid/not-recorded');
    expect(failure.describe()).toBe(
      'a.cassette.json  this was not asked when it was recorded: found "https://a.test/v1/forecast?zone=FR", expected such as https://a.test/v1/forecast?zone=DE',
    );
    expect(played.missed()).toBe(failure);
    await ask(played, 'https://a.test/v1/past?zone=DE');
    const twice = await failureOf(ask(played, 'https://a.test/v1/past?zone=DE'));
    expect(twice.message).toBe('this was asked 1 × when it was recorded');
    expect(played.unused()).toEqual(['https://a.test/v1/forecast?zone=DE']);
  });

  it('ends with the reason of an abort', async () => {
    await recorded([['https://a.test/', { status: 200, body: '' }]]);
    const reason = new Error('enough');
    const asked = (await replay()).get('https://a.test/', { signal: AbortSignal.abort(reason) });
    await expect(asked).rejects.toBe(reason);
  });

  it('refuses a file that is damaged, at its place', async () => {
    await recorded([['https://a.test/', { status: 200, body: 'x' }]]);
    const whole = kept();
    const lineOf = (text: string): number => whole.split('\n').findIndex((line) => line.includes(text)) + 1;
    const broken = async (change: (text: string) => string) => {
      writeFileSync(cassette(), change(whole));
      return failureOf(replay());
    };
    const place = (line: number) => ({ file: 'a.cassette.json', line, column: expect.any(Number) });
    expect(await broken((text) => text.replace('"status": 200', '"status": "200"'))).toMatchObject({
      code: 'grid/invalid-data',
      message: expect.stringContaining('exchanges.0.reply'),
      place: place(lineOf('"reply"')),
    });
    expect(await broken((text) => text.replace(/"url": .*/, '"url": 7,'))).toMatchObject({
      place: place(lineOf('"url"')),
    });
    expect(await broken((text) => text.replace(/"now": .*/, '"now": "noon",'))).toMatchObject({
      place: place(lineOf('"now"')),
    });
    expect(await broken((text) => text.replace('"url"', 'url'))).toMatchObject({ place: place(lineOf('"url"')) });
    expect(await broken((text) => text.slice(0, -20))).toMatchObject({ message: expect.stringContaining('damaged') });
    expect(await broken((text) => text.replace(/"reply": \{[^}]*\}/, '"url": "https://a.test/"'))).toMatchObject({
      message: expect.stringContaining('a reply or a failure'),
    });
    expect(await broken(() => '{}')).toMatchObject({ code: 'grid/invalid-data' });
    expect(await broken(() => '[]')).toMatchObject({ code: 'grid/invalid-data' });
    expect(await broken(() => ' '.repeat(65 * 2 ** 20))).toMatchObject({
      message: 'the file is too large',
      expected: 'at most 64 MiB',
    });
    expect(await failureOf(replaying(join(folder, 'none'), { signal: live }))).toMatchObject({
      code: 'file/unreadable',
    });
  });

  it('says of a reply that is nested too deeply that it is', async () => {
    await recorded([['https://a.test/', { status: 200, body: '{"a":1}' }]]);
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    writeFileSync(cassette(), JSON.stringify(JSON.parse(kept())).replace('{"a":1}', deep));
    const failure = await failureOf(replay().then((transport) => ask(transport, 'https://a.test/')));
    expect(failure).toMatchObject({ code: 'grid/invalid-data' });
    expect(failure.message).toContain('nested too deeply');
  });
});
