/**
 * The real `gridtide serve`: it says where it listens, answers, and ends when it is told to.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { temporaryFolder, until } from '../support/folders.ts';
import { gridtide, type Running, startGridtide } from '../support/gridtide.ts';

function start(...argv: string[]): Running {
  const { folder, cleanup } = temporaryFolder();
  writeFileSync(join(folder, 'grid.csv'), 'time,DE\n2022-06-01T00:00Z,100\n2022-06-01T01:00Z,200\n');
  const running = startGridtide(['serve', '--grid', 'grid.csv', ...argv], { home: join(folder, 'home'), cwd: folder });
  onTestFinished(async () => {
    running.process.kill('SIGKILL');
    await running.ended;
    cleanup();
  });
  return running;
}

const address = z.object({ address: z.url(), port: z.number(), prefix: z.string() });

describe('gridtide serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('answers until %s', async (signal) => {
    const running = start('--port', '0', '--prefix', 'carbon/', '--json');
    const text = await until('its address', () => running.stdout().endsWith('}\n') && running.stdout());
    const told = address.parse(JSON.parse(text));
    expect(told.address).toBe(`http://127.0.0.1:${told.port}`);
    expect(told.prefix).toBe('/carbon');
    const reply = await fetch(
      `${told.address}/carbon/emissions/average-carbon-intensity?location=eu-central-1&startTime=2022-06-01T00:30Z&endTime=2022-06-01T01:30Z`,
    );
    expect(await reply.json()).toMatchObject({ location: 'eu-central-1', carbonIntensity: 150 });
    running.process.kill(signal);
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('says that whoever can reach it may ask, where others can', async () => {
    const running = start('--port', '0', '--host', '0.0.0.0');
    await until('its address', () => running.stdout().includes('Listening at http://0.0.0.0:'));
    running.process.kill('SIGTERM');
    expect((await running.ended).stderr).toContain('there is no authentication');
  });

  it('says what stands in the way', async () => {
    const first = start('--port', '0', '--json');
    const text = await until('its address', () => first.stdout().endsWith('}\n') && first.stdout());
    const second = await start('--port', String(address.parse(JSON.parse(text)).port)).ended;
    expect(second.code).toBe(64);
    expect(second.stderr).toContain('another process listens there');
    expect((await start('--port', '70000').ended).code).toBe(64);
    expect((await start('--prefix', '/a b').ended).code).toBe(64);
  });
});

it('no other command loads the server', async () => {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  const loaded = join(folder, 'loaded');
  for (const argv of [['--help'], ['serve', '--help'], ['grid', '--synthetic']])
    expect((await gridtide(argv, { home: folder, cwd: folder, env: { NODE_V8_COVERAGE: loaded } })).code).toBe(0);
  const modules = readdirSync(loaded).map((name) => readFileSync(join(loaded, name), 'utf8'));
  expect(modules).toHaveLength(3);
  for (const text of modules) {
    expect(text).toContain('/dist/cli/main.js');
    expect(text).not.toContain('node_modules/fastify/');
  }
});
