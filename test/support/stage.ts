/**
 * A place for one scenario: a folder to work in, a home in it, the command, and an end that leaves nothing behind.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { temporaryFolder, until } from './folders.ts';
import { type Ended, gridtide, type Running, startGridtide } from './gridtide.ts';
import { endAllOf } from './processes.ts';

export interface Stage {
  /** Everything of the scenario is below it. */
  readonly folder: string;
  /** Where the commands run and the workflow files are. */
  readonly cwd: string;
  readonly home: string;
  write(name: string, content: string): void;
  /** Lines of a file in `cwd`; none when it is not there. */
  lines(name: string): string[];
  start(...argv: readonly string[]): Running;
  command(...argv: readonly string[]): Promise<Ended>;
  /** Starts `run ARGV` and waits until it is accepted. */
  accept(...argv: readonly string[]): Promise<{ readonly id: string; readonly running: Running }>;
  /** The run as `show --json` tells it. */
  show(id: string): Promise<Shown>;
  /** Ends what is left, and removes the folder. */
  close(): Promise<void>;
}

export function openStage(env: Readonly<Record<string, string>> = {}): Stage {
  const { folder, cleanup } = temporaryFolder();
  const cwd = join(folder, 'work');
  const home = join(folder, 'home');
  mkdirSync(cwd);
  const options = { home, cwd, env };
  const command: Stage['command'] = (...argv) => gridtide(argv, options);
  return {
    folder,
    cwd,
    home,
    write: (name, content) => writeFileSync(join(cwd, name), content),
    lines(name) {
      const file = join(cwd, name);
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    },
    start: (...argv) => startGridtide(argv, options),
    command,
    async accept(...argv) {
      const running = startGridtide(['run', ...argv], options);
      const ended = running.ended.then((end) => ({ end }));
      const id = await Promise.race([
        until('the acknowledgement', () => /accepted as (\S+)/.exec(running.stdout())?.[1]),
        ended.then(({ end }) => {
          throw new Error(`it ended before it was accepted: ${end.code} ${end.stdout}${end.stderr}`);
        }),
      ]);
      return { id, running };
    },
    async show(id) {
      return shownSchema.parse(oneObject(await command('--json', 'show', id)));
    },
    async close() {
      await endAllOf(folder);
      cleanup();
    },
  };
}

/** What a command printed with `--json`: exactly one object and nothing else. */
export function oneObject(ended: Ended): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(ended.stdout));
  } catch (cause) {
    throw new Error(`not one JSON object: ${ended.code} ${ended.stdout}\n${ended.stderr}`, { cause });
  }
}

const number = z.number();
const nullable = z.number().nullable();
const events = z.array(z.object({ at: z.string(), step: z.string().nullable(), kind: z.string(), text: z.string() }));

export const receiptSchema = z.object({
  outcome: z.enum(['done', 'failed', 'cancelled']),
  deadline: z.string(),
  end: z.string(),
  earlySeconds: number,
  steps: z.array(
    z.object({
      step: z.string(),
      outcome: z.enum(['done', 'failed', 'cancelled', 'not-started']),
      exitCode: nullable,
      attempts: number,
      pauses: number,
      ranSeconds: number,
      declaredSeconds: number,
      pausedSeconds: number,
      itEnergyKWh: number,
      facilityEnergyKWh: number,
      emissionsG: number,
    }),
  ),
  energy: z.object({
    itKWh: z.object({ expected: number }),
    coveragePercent: number,
    missing: z.array(z.object({ step: z.string(), start: z.string(), end: z.string(), why: z.string() })),
  }),
  emissions: z.object({ locationG: z.object({ expected: number, low: number, high: number }).nullable() }),
  baseline: z.object({ expectedG: number, settledG: nullable }),
  saving: z.object({ percent: z.object({ expected: number }), distinguishable: z.boolean() }).nullable(),
  savingWithheld: z.string().nullable(),
  signals: z.record(z.string(), z.object({ source: z.string(), quality: z.string() })),
  rows: z.array(z.object({ step: z.string(), intensityGPerKWh: number, quality: z.string() })),
  events,
  notes: z.array(z.string()),
});

export type Receipt = z.infer<typeof receiptSchema>;

const shownSchema = z.object({
  id: z.string(),
  state: z.enum(['active', 'done', 'failed', 'cancelled']),
  attended: z.boolean(),
  heldSince: z.string().nullable(),
  now: z.string(),
  deadline: z.string(),
  plans: number,
  steps: z.array(
    z.object({
      step: z.string(),
      state: z.enum(['waiting', 'running', 'pausing', 'paused', 'done', 'failed', 'cancelled']),
      attempts: number,
      pauses: number,
      exitCode: nullable,
      lastLine: z.string(),
      energyKWh: number,
    }),
  ),
  events,
  receipt: receiptSchema.nullable(),
});

export type Shown = z.infer<typeof shownSchema>;

/** The receipt of a run that has ended. */
export function receiptOf({ id, state, receipt }: Shown): Receipt {
  if (receipt === null) throw new Error(`${id} is ${state} and has no receipt`);
  return receipt;
}

/** The facts of one step, by its name. */
export function stepOf<T extends { readonly step: string }>(
  { steps }: { readonly steps: readonly T[] },
  name: string,
): T {
  const step = steps.find((one) => one.step === name);
  if (step === undefined) throw new Error(`no step is called ${name}`);
  return step;
}
