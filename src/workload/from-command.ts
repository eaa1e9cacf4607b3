/**
 * The workflow of one command: `gridtide run --within 12h --needs 3h -- python train.py`.
 *
 * @module
 */
import { basename, extname } from 'node:path';
import { Failure } from '../errors.ts';
import type { Instant } from '../units.ts';
import type { Learner } from './definition.ts';
import { type EvaluatedWorkflow, evaluateWorkflow } from './evaluate.ts';
import { NAME, type StepDefinition, type WorkflowDefinition } from './written.ts';

export interface CommandOptions {
  /** Program and arguments. */
  readonly argv: readonly string[];
  /** How long it runs, as written: `3h`; may be left out where past runs say it. */
  readonly needs?: string | undefined;
  /** By when, as written: `12h`, or any deadline of a workflow file. */
  readonly within: string;
  readonly now: Instant;
  /** Absolute folder to run in. */
  readonly folder: string;
  readonly timeZone: string;
  /** Default: {@link nameOf} the command. */
  readonly name?: string;
  /** What past runs of it say. */
  readonly learn?: Learner | undefined;
  /** Default true: it is frozen through dirty hours. */
  readonly interruptible?: StepDefinition['interruptible'];
  /** Other keys of the step as a workflow file has them: `power`, `needs`, `env`, … */
  readonly step?: Omit<Partial<StepDefinition>, 'run' | 'duration' | 'interruptible' | 'after'>;
  readonly policy?: WorkflowDefinition['policy'];
}

/** A workflow of one step. Throws `cli/usage`, with the option named, when it does not evaluate. */
export function workflowFromCommand(options: CommandOptions): EvaluatedWorkflow {
  const { argv, needs, within, now, folder, timeZone, step, policy, interruptible = true, learn } = options;
  const [program = '', ...rest] = argv;
  const name = options.name ?? nameOf(argv);
  const written: WorkflowDefinition = {
    gridtide: 1,
    workflow: name,
    deadline: /^\s*\d+(\.\d+)?\s*[a-z]/.test(within) ? `+${within.trim()}` : within,
    ...(policy === undefined ? {} : { policy }),
    steps: {
      [name]: { ...step, run: [program, ...rest], ...(needs === undefined ? {} : { duration: needs }), interruptible },
    },
  };
  try {
    return evaluateWorkflow(written, { file: 'command line', now, folder, timeZone, learn });
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const { message, value, expected } = thrown;
    throw new Failure('cli/usage', optionOf(message, name), {
      ...(value === undefined ? {} : { value }),
      ...(expected === undefined ? {} : { expected }),
      cause: thrown,
    });
  }
}

/** The option that a part of the written workflow came from. */
function optionOf(message: string, name: string): string {
  if (message === `steps.${name}.duration` || message === `steps.${name}.duration is missing`) return '--needs';
  if (message === `steps.${name}.run` || message.startsWith(`steps.${name}.run[`)) return 'the command after --';
  return message.startsWith('deadline') ? message.replace('deadline', '--within') : message;
}

const INTERPRETERS =
  /^(python[\d.]*|node|bun|deno|bash|sh|zsh|ruby|perl|Rscript|julia|java|uv|npx|torchrun|accelerate|env|time|nice|poetry|pixi)$/;

/** A name for the command: that of the script for an interpreter (`python train.py` is `train`), else of the program. */
export function nameOf(argv: readonly string[]): string {
  const [program = 'command', ...rest] = argv;
  const own = basename(program);
  const script = INTERPRETERS.test(own)
    ? rest.find((word) => !word.startsWith('-') && /\.[A-Za-z]+$/.test(word))
    : undefined;
  const base = script === undefined ? own : basename(script, extname(script));
  const clean = base
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return NAME.test(clean) ? clean : 'command';
}
