import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../errors.ts';
import { formatInstant, HOUR, instant, MINUTE, millis, SECOND } from '../units.ts';
import { orderSteps } from './graph.ts';
import {
  defineWorkflow,
  type EvaluatedWorkflow,
  evaluateWorkflow,
  type Learned,
  type Learner,
  loadWorkflow,
  parseWorkflowYaml,
  type Step,
  type WorkflowDefinition,
  workflowFromCommand,
} from './index.ts';

const now = instant(Date.parse('2026-11-24T20:00:00Z'));
const options = { file: 'workflow.yaml', now, folder: '/project', timeZone: 'Europe/Berlin' };
const parse = (text: string): EvaluatedWorkflow => parseWorkflowYaml(text, options);
const HEAD = 'gridtide: 1\nworkflow: w\ndeadline: +12h\n';
const firstStep = (step: string): Step => {
  const [one] = parse(`${HEAD}steps:\n  a: { run: x, duration: 1h, ${step} }\n`).workflow.steps;
  if (one === undefined) throw new Error('no step');
  return one;
};
const failureOf = (act: () => unknown): Failure => {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
};

const NIGHTLY = `
gridtide: 1
workflow: nightly-risk
project: risk
labels: { desk: rates, ticket: 0042 }
unit: { name: scenario, count: 2000000 }
deadline: 06:00 Europe/Berlin
policy:
  minPredictedSaving: 7.5 %
  maxDelay: 10h
  cost: { maxPremium: 2 % }
  residency: { allowCountries: [DE, FR, NL] }
steps:
  prepare:
    run: python prepare.py
    duration: { p50: 15m, p90: 20m }
    needs: { cpus: 4, memory: 8 GB }
    power: 180 W
    env: { MODE: nightly, PORT: 8080, RATE: 0.10, STRICT: yes }
    retries: 2
    timeout: 1h
    folder: jobs/prepare
  train:
    after: prepare
    run: [python, train.py, --lr, 0.10, --resume]
    needs: { gpus: 1 }
    power: 1.2 kW
    duration: 3h
    interruptible: { mode: checkpoint, checkpoint: 90s, restart: 60s }
    sites: [hpc, here]
  evaluate: { after: train, run: python evaluate.py, duration: 15m }
`;

describe('a workflow file', () => {
  it('evaluates to quantities, an instant and defaults', () => {
    const { workflow, warnings } = parse(NIGHTLY);
    expect(warnings).toEqual([]);
    expect(formatInstant(workflow.deadline)).toBe('2026-11-25T05:00:00Z');
    expect(workflow).toMatchObject({
      name: 'nightly-risk',
      project: 'risk',
      labels: { desk: 'rates', ticket: '0042' },
      unit: { name: 'scenario', count: 2_000_000 },
      policy: {
        minPredictedSavingPercent: 7.5,
        maxDelay: 10 * HOUR,
        maxCostPremiumPercent: 2,
        allowCountries: ['DE', 'FR', 'NL'],
      },
    });
    expect(workflow.steps).toEqual([
      {
        name: 'prepare',
        after: [],
        command: { form: 'shell', line: 'python prepare.py' },
        environment: { MODE: 'nightly', PORT: '8080', RATE: '0.10', STRICT: 'yes' },
        folder: '/project/jobs/prepare',
        duration: 20 * MINUTE,
        durationP50: 15 * MINUTE,
        declared: { p50: 15 * MINUTE, p90: 20 * MINUTE },
        needs: { cpus: 4, gpus: 0, memory: 8e9 },
        power: 180,
        interruptible: { mode: 'never' },
        retries: 2,
        timeout: HOUR,
        sites: undefined,
      },
      {
        name: 'train',
        after: ['prepare'],
        command: { form: 'argv', argv: ['python', 'train.py', '--lr', '0.10', '--resume'] },
        environment: {},
        folder: '/project',
        duration: 3 * HOUR,
        durationP50: 3 * HOUR,
        declared: { p50: 3 * HOUR, p90: 3 * HOUR },
        needs: { cpus: 1, gpus: 1, memory: 0 },
        power: 1200,
        interruptible: { mode: 'checkpoint', checkpoint: 90 * SECOND, restart: 60 * SECOND, signal: 'SIGUSR1' },
        retries: 0,
        timeout: undefined,
        sites: ['hpc', 'here'],
      },
      expect.objectContaining({ name: 'evaluate', after: ['train'], duration: 15 * MINUTE }),
    ]);
  });

  describe('whose runs say how long they are', () => {
    const asked: string[] = [];
    const learned: Learned = {
      runs: 12,
      cut: 0,
      length: { p50: millis(HOUR), p90: millis(2 * HOUR) },
      tellsP90: true,
      power: {},
    };
    const learn: Learner = ({ name, declared }) => {
      asked.push(`${name} ${declared === undefined ? 'undeclared' : declared.p90 / HOUR}`);
      return name === 'new' ? undefined : learned;
    };
    const stepsOf = (text: string) => parseWorkflowYaml(HEAD + text, { ...options, learn }).workflow.steps;

    it('takes their lengths, with what was declared beside them, and needs no declared one', () => {
      const [a, b] = stepsOf('steps:\n  a: { run: x, duration: 3h }\n  b: { run: x }\n');
      expect(asked).toEqual(['a 3', 'b undeclared']);
      expect(a).toMatchObject({ duration: 2 * HOUR, durationP50: HOUR, declared: { p90: 3 * HOUR }, learned });
      expect(b).toMatchObject({ duration: 2 * HOUR, durationP50: HOUR, learned });
      expect(b?.declared).toBeUndefined();
    });

    it('goes by the declared length where they say nothing, or are not to be heard', () => {
      expect(stepsOf('steps: { new: { run: x, duration: 3h } }')).toMatchObject([{ duration: 3 * HOUR }]);
      const off = stepsOf('policy: { learn: off }\nsteps: { a: { run: x, duration: 3h } }');
      expect(off).toMatchObject([{ duration: 3 * HOUR, durationP50: 3 * HOUR }]);
    });

    it('names every step whose length nobody says', () => {
      const failure = failureOf(() => stepsOf('steps:\n  a: { run: x }\n  new: { run: x }\n'));
      expect(failure).toMatchObject({ code: 'workload/invalid', message: 'steps.new.duration is missing' });
      expect(failure.expected).toContain('until enough of its runs have ended well');
      const off = failureOf(() => stepsOf('policy: { learn: off }\nsteps:\n  a: { run: x }\n  b: { run: x }\n'));
      expect([off, ...off.others].map(({ message }) => message)).toEqual([
        'steps.a.duration is missing',
        'steps.b.duration is missing',
      ]);
    });
  });

  it('delays nothing for less than five percent unless it says otherwise', () => {
    const { policy } = parse(`${HEAD}steps: { a: { run: x, duration: 1h } }`).workflow;
    expect(policy).toEqual({
      minPredictedSavingPercent: 5,
      maxDelay: undefined,
      maxCostPremiumPercent: undefined,
      allowCountries: undefined,
    });
  });

  it('says in four ways whether a step may be interrupted', () => {
    expect(firstStep('interruptible: false').interruptible).toEqual({ mode: 'never' });
    expect(firstStep('interruptible: true').interruptible).toEqual({ mode: 'freeze', pausedPower: 0 });
    expect(firstStep('interruptible: { mode: freeze }').interruptible).toEqual({ mode: 'freeze', pausedPower: 0 });
    expect(firstStep('interruptible: { mode: freeze, pausedPower: 60 W }').interruptible).toEqual({
      mode: 'freeze',
      pausedPower: 60,
    });
    expect(
      firstStep('interruptible: { mode: checkpoint, checkpoint: 0s, restart: 0s, signal: SIGTERM }').interruptible,
    ).toEqual({ mode: 'checkpoint', checkpoint: 0, restart: 0, signal: 'SIGTERM' });
  });

  it('keeps the order of its steps, also of names that look like numbers', () => {
    const names = (text: string): readonly string[] => parse(HEAD + text).workflow.steps.map(({ name }) => name);
    expect(
      names('steps:\n  10: { run: x, duration: 1h }\n  b: { run: x, duration: 1h }\n  9: { run: x, duration: 1h }\n'),
    ).toEqual(['10', 'b', '9']);
    expect(
      names(
        'steps:\n  c: { run: x, duration: 1h, after: [b, a] }\n  a: { run: x, duration: 1h }\n  b: { run: x, duration: 1h }\n',
      ),
    ).toEqual(['a', 'b', 'c']);
  });

  it('lists what a step waits for in the order of the file', () => {
    const { steps } = parse(
      `${HEAD}steps:\n  a: { run: x, duration: 1h }\n  b: { run: x, duration: 1h }\n  c: { run: x, duration: 1h, after: [b, a] }\n`,
    ).workflow;
    expect(steps.at(-1)?.after).toEqual(['a', 'b']);
  });

  it('reads anchors, and JSON as the YAML it is', () => {
    const anchored = parse(
      `${HEAD}steps:\n  a: { run: x, duration: &long 3h, needs: &one { cpus: 2 } }\n  b: { run: y, duration: *long, needs: *one }\n`,
    );
    expect(anchored.workflow.steps.map(({ duration, needs }) => [duration, needs.cpus])).toEqual([
      [3 * HOUR, 2],
      [3 * HOUR, 2],
    ]);
    const json = JSON.stringify({
      gridtide: 1,
      workflow: 'w',
      deadline: '+12h',
      steps: { a: { run: ['x', 'y'], duration: '1h' } },
    });
    expect(parse(json).workflow.steps[0]?.command).toEqual({ form: 'argv', argv: ['x', 'y'] });
  });

  it('warns of what may not be meant, without refusing it', () => {
    expect(parse(`${HEAD.replace('+12h', '06:00')}steps: { a: { run: x, duration: 1h } }`).warnings).toEqual([
      'deadline: 06:00 names no time zone: Europe/Berlin is meant',
    ]);
    expect(parse(`${HEAD}steps: { a: { run: x, duration: 2h, timeout: 1h, needs: { gpus: 1 } } }`).warnings).toEqual([
      'steps.a: needs a GPU but names no power: only its CPUs are in the estimate',
      'steps.a: the timeout is shorter than the duration, so a run of that length is ended before it is done',
    ]);
    const repeated = parseWorkflowYaml(
      `${HEAD.replace('+12h', '02:30 Europe/Berlin')}steps: { a: { run: x, duration: 1h } }`,
      {
        ...options,
        now: instant(Date.parse('2026-10-24T20:00:00Z')),
      },
    );
    expect(repeated.warnings).toEqual([
      'deadline: 02:30 comes twice on 2026-10-25 in Europe/Berlin: the earlier is meant',
    ]);
    expect(formatInstant(repeated.workflow.deadline)).toBe('2026-10-25T00:30:00Z');
  });

  it('may have ten thousand steps in a chain', () => {
    const steps = Array.from(
      { length: 10_000 },
      (_, i) => `  s${i}: { run: x, duration: 1s${i === 9_999 ? '' : `, after: s${i + 1}`} }\n`,
    );
    const { workflow } = parse(`${HEAD}steps:\n${steps.join('')}`);
    expect(workflow.steps).toHaveLength(10_000);
    expect(workflow.steps[0]?.name).toBe('s9999');
  });

  it('tells every mistake at once, in the order of the file, and counts those beyond twenty', () => {
    const many = Array.from({ length: 80 }, (_, i) => `  s${i}: { run: x, duration: never }\n`).join('');
    const failure = failureOf(() => parse(`${HEAD}steps:\n${many}`));
    expect(failure.others).toHaveLength(20);
    expect(failure.others.map(({ place }) => place?.line).slice(0, 3)).toEqual([6, 7, 8]);
    expect(failure.others.at(-1)?.message).toBe('60 more mistakes are not shown');
  });
});

describe('keys whose time comes later', () => {
  it('are refused at their places, and nothing else of the file is', () => {
    const failure = failureOf(() =>
      parse(`gridtide: 1
workflow: nightly-risk
deadline: 06:00 Europe/Berlin
schedule: { cron: 0 20 * * 1-5 Europe/Berlin, missed: run-once }
steps:
  train:
    run: [python, train.py, --resume]
    duration: 3h
    data: { in: 40 GB from eu-central-1, out: 1 GB }
`),
    );
    expect(
      [failure, ...failure.others].map(({ code, message, place }) => [code, message.split(':')[0], place?.line]),
    ).toEqual([
      ['workload/not-yet', 'schedule', 4],
      ['workload/not-yet', 'steps.train.data', 9],
    ]);
  });
});

describe('sizes and hardware', () => {
  const train = (lines: string) =>
    parse(`gridtide: 1
workflow: w
deadline: +12h
steps:
  train:
    run: "true"
    duration: 3h
${lines}`).workflow.steps[0];

  it('are read in ascending order, with what they name and nothing else', () => {
    const read = train(`    levels:
      4: { speed: 3.2, needs: { cpus: 6 } }
      1: { speed: 1, power: 700 W }
    profiles: { h100: { duration: { p50: 1h, p90: 1h20m }, needs: { memory: 8 GB } }, a100: { power: 400 W } }
`);
    expect(read?.levels).toEqual([
      { level: 1, speed: 1, power: 700, needs: {} },
      { level: 4, speed: 3.2, power: undefined, needs: { cpus: 6 } },
    ]);
    expect(read?.profiles).toEqual({
      h100: { duration: 80 * MINUTE, durationP50: 60 * MINUTE, power: undefined, needs: { memory: 8e9 } },
      a100: { duration: undefined, durationP50: undefined, power: 400, needs: {} },
    });
  });

  it('that are not named are absent', () => {
    expect(train('')).not.toHaveProperty('levels');
    expect(train('')).not.toHaveProperty('profiles');
  });

  it.each([
    ['    levels: {}\n', 'steps.train.levels', 8],
    ['    levels: { 0: { speed: 1 } }\n', 'steps.train.levels', 8],
    ['    profiles: { h100: { duration: { p50: 2h, p90: 1h } } }\n', 'steps.train.profiles.h100.duration', 8],
  ])('that make no sense are refused: %s', (lines, name, line) => {
    const failure = failureOf(() => train(lines));
    expect(failure).toMatchObject({ code: 'workload/invalid', place: { line } });
    expect(failure.message).toContain(name);
  });
});

describe('the TypeScript form', () => {
  const definition = defineWorkflow({
    gridtide: 1,
    workflow: 'w',
    deadline: '06:00 Europe/Berlin',
    policy: { minPredictedSaving: '0 %' },
    steps: {
      prepare: { run: 'python prepare.py', duration: '20m' },
      train: {
        after: ['prepare'],
        run: ['python', 'train.py', 3],
        duration: { p50: '2h', p90: '3h' },
        env: { SEED: 7 },
        interruptible: { mode: 'checkpoint', checkpoint: '5m', restart: '5m' },
      },
    },
  });

  it('evaluates to the same as the YAML that says the same', () => {
    const yaml = `gridtide: 1
workflow: w
deadline: 06:00 Europe/Berlin
policy: { minPredictedSaving: 0 % }
steps:
  prepare: { run: python prepare.py, duration: 20m }
  train:
    after: prepare
    run: [python, train.py, 3]
    duration: { p50: 2h, p90: 3h }
    env: { SEED: 7 }
    interruptible: { mode: checkpoint, checkpoint: 5m, restart: 5m, signal: SIGUSR1 }
`;
    expect(evaluateWorkflow(definition, options)).toEqual(parse(yaml));
  });

  it('has its mistakes told by their path, without a line', () => {
    const wrong: WorkflowDefinition = {
      ...definition,
      deadline: '+0h',
      steps: { a: { run: 'x', duration: '1 hour' } },
    };
    const failure = failureOf(() => evaluateWorkflow(wrong, { ...options, file: 'workflow.ts' }));
    expect([failure, ...failure.others].map((one) => one.describe())).toEqual([
      'workflow.ts  steps.a.duration: found "1 hour", expected a duration such as "2h30m" (units: ms, s, m, h, d)',
      'workflow.ts  deadline: found "+0h", expected a length above zero',
    ]);
  });

  it('is typed: a unit that is a number does not compile', () => {
    // @ts-expect-error a duration is text with its unit
    const wrong = defineWorkflow({ ...definition, steps: { a: { run: 'x', duration: 3 } } });
    expect(failureOf(() => evaluateWorkflow(wrong, options)).value).toBe('3');
  });
});

describe('loading files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gridtide-workload-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const { signal } = new AbortController();
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const load = (path: string) => loadWorkflow(path, { now, timeZone: 'UTC', signal });
  const rejection = async (path: string): Promise<Failure> => {
    const thrown: unknown = await load(path).catch((error: unknown) => error);
    if (thrown instanceof Failure) return thrown;
    throw new Error('no failure');
  };

  it('takes YAML, JSON, and programs that export a workflow either way', async () => {
    const object = `{ gridtide: 1, workflow: 'w', deadline: '+12h', steps: { a: { run: 'x', duration: '1h' } } }`;
    const files = [
      write('w.yaml', `${HEAD}steps: { a: { run: x, duration: 1h } }`),
      write(
        'w.json',
        JSON.stringify({ gridtide: 1, workflow: 'w', deadline: '+12h', steps: { a: { run: 'x', duration: '1h' } } }),
      ),
      write('default.mjs', `export default ${object};`),
      write('named.mjs', `export const workflow = ${object};`),
    ];
    for (const file of files) {
      const { workflow } = await load(file);
      expect(
        workflow.steps.map(({ name, folder: own }) => [name, own]),
        file,
      ).toEqual([['a', dirname(file)]]);
    }
  });

  it('names the program that throws, exports nothing, or is not there', async () => {
    expect((await rejection(write('throws.mjs', `throw new Error('no data');`))).message).toBe(
      'the program ended with an error: no data',
    );
    expect((await rejection(write('nothing.mjs', 'export const other = 1;'))).message).toBe(
      'the program exports no workflow',
    );
    expect((await rejection(join(folder, 'missing.mjs'))).code).toBe('file/unreadable');
  });

  it('ends with the reason when it is aborted', async () => {
    const reason = new Error('enough');
    const file = write('abort.yaml', HEAD);
    await expect(loadWorkflow(file, { now, timeZone: 'UTC', signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a workflow from a command', () => {
  const command = (argv: readonly string[], extra: { needs?: string; within?: string } = {}): EvaluatedWorkflow =>
    workflowFromCommand({ argv, needs: '3h', within: '12h', now, folder: '/project', timeZone: 'UTC', ...extra });

  it('is one step that may be frozen, within the time given', () => {
    const { workflow } = command(['python', 'train.py', '--epochs', '3']);
    expect(workflow.name).toBe('train');
    expect(workflow.deadline - now).toBe(12 * HOUR);
    expect(workflow.steps).toMatchObject([
      {
        name: 'train',
        command: { form: 'argv', argv: ['python', 'train.py', '--epochs', '3'] },
        duration: 3 * HOUR,
        folder: '/project',
        interruptible: { mode: 'freeze', pausedPower: 0 },
      },
    ]);
    expect(formatInstant(command(['x'], { within: '06:00 UTC' }).workflow.deadline)).toBe('2026-11-25T06:00:00Z');
  });

  it('is named after its script, else its program', () => {
    const nameOf = (...argv: string[]): string => command(argv).workflow.name;
    expect(nameOf('/opt/models/train-model', '--fast')).toBe('train-model');
    expect(nameOf('python3.12', '-u', 'jobs/score batch.py')).toBe('score-batch');
    expect(nameOf('python', '-m', 'http')).toBe('python');
    expect(nameOf('./.hidden')).toBe('hidden');
    expect(nameOf('§')).toBe('command');
  });

  it('names the option that is wrong, as a wrong use of the command line', () => {
    const told = (act: () => unknown): string => {
      const failure = failureOf(act);
      expect(failure.code).toBe('cli/usage');
      return failure.describe();
    };
    expect(told(() => command(['x'], { needs: '3 hours' }))).toContain('--needs: found "3 hours", expected a duration');
    expect(told(() => command(['x'], { within: 'soon' }))).toContain('--within: found "soon"');
    expect(told(() => command(['x'], { within: '2020-01-01T00:00:00Z' }))).toContain('--within: it has passed');
    expect(told(() => command([]))).toContain('the command after --');
  });
});

describe('the order of steps', () => {
  const source = { file: 'w.ts', code: 'workload/invalid' } as const;

  it('puts each step after those it waits for, and leaves a valid order alone', () => {
    const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
      fc.tuple(
        fc.shuffledSubarray(
          Array.from({ length: size }, (_, i) => i),
          { minLength: size, maxLength: size },
        ),
        fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }),
      ),
    );
    fc.assert(
      fc.property(graph, ([permutation, pairs]) => {
        const arcs = new Map(permutation.map((i) => [`s${i}`, new Set<string>()]));
        // An arc from a higher to a lower number cannot close a circle.
        for (const [a, b] of pairs) if (a !== b) arcs.get(`s${Math.max(a, b)}`)?.add(`s${Math.min(a, b)}`);
        const nodes = [...arcs].map(([name, after]) => ({ name, after: [...after], listed: true }));
        const { order, failures } = orderSteps(nodes, source);
        expect(failures).toEqual([]);
        expect([...order].sort()).toEqual([...arcs.keys()].sort());
        const at = new Map(order.map((name, i) => [name, i]));
        for (const { name, after } of nodes)
          for (const one of after) expect(at.get(one)).toBeLessThan(at.get(name) ?? -1);
        const sorted = order.map((name) => ({ name, after: [...(arcs.get(name) ?? [])], listed: true }));
        expect(orderSteps(sorted, source).order).toEqual(order);
      }),
      { seed: 20261125, numRuns: 300 },
    );
  });

  it('names a circle step by step, from its first step of the file on', () => {
    const nodes = [
      { name: 'free', after: [], listed: true },
      { name: 'c', after: ['b'], listed: true },
      { name: 'a', after: ['c', 'free'], listed: true },
      { name: 'b', after: ['a'], listed: true },
      { name: 'late', after: ['a'], listed: true },
    ];
    expect(orderSteps(nodes, source).failures.map(({ message }) => message)).toEqual([
      'steps wait for each other in a circle: c → b → a → c',
    ]);
  });
});
