/**
 * The workflow as people write it, once, in zod: the types of the TypeScript form, the JSON Schema for editors and the
 * checks of the YAML form all come from here. Every quantity is text with its unit.
 *
 * @module
 */
import { z } from 'zod';
import { bytes, country, duration, durationOrZero, oneOf, percent, power } from '../shapes.ts';

/** Names of workflows and steps: they become parts of file names and of run ids. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_EXPECTED = 'a name of letters, digits, ".", "_" and "-" that begins with a letter or digit, at most 64 long';
const name = z.string({ error: NAME_EXPECTED }).regex(NAME, NAME_EXPECTED);

export const MOST_STEPS = 10_000;
/** Linux takes no longer single argument (MAX_ARG_STRLEN, include/uapi/linux/binfmts.h). */
const LONGEST_ARGUMENT = 131_071;

const SIGNALS = ['SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const plain = (expected: string) =>
  z
    .string({ error: expected })
    .refine((text) => !text.includes('\0'), 'text without NUL')
    .refine((text) => Buffer.byteLength(text) <= LONGEST_ARGUMENT, 'text of at most 131071 bytes');
const filled = (expected: string) => plain(expected).refine((text) => text.trim() !== '', expected);

/** Numbers and words such as `8080` or `true` may stand without quotes where text is meant. */
const word = (expected: string) =>
  z.union([plain(expected), z.number().transform(String), z.boolean().transform(String)], { error: expected });

const run = z
  .union(
    [
      filled('a shell line').transform((line) => ({ form: 'shell' as const, line })),
      z.array(word('an argument')).transform((argv, context) => {
        const [program, ...rest] = argv;
        if (program !== undefined && program.trim() !== '') {
          return { form: 'argv' as const, argv: [program, ...rest] satisfies [string, ...string[]] };
        }
        context.issues.push({ code: 'custom', message: 'a list that begins with a program', input: argv });
        return z.NEVER;
      }),
    ],
    { error: 'a shell line such as "python train.py" or a list such as [python, train.py]' },
  )
  .meta({ description: 'What to run: a line for the shell, or a list of program and arguments.' });

const needs = z
  .strictObject({
    cpus: z
      .number({ error: 'a number of CPUs such as 4' })
      .gt(0, 'a number of CPUs above zero')
      .max(65_536, 'at most 65536 CPUs')
      .meta({ description: 'Hardware threads; default 1.' })
      .optional(),
    gpus: z
      .int({ error: 'a whole number of GPUs' })
      .min(0, 'a number of GPUs from zero')
      .max(65_536, 'at most 65536 GPUs')
      .meta({ description: 'Default 0.' })
      .optional(),
    memory: bytes('Main memory, such as "8 GB"; default: not stated.').optional(),
  })
  .meta({ description: 'What the step takes of its machine while it runs.' });

export const DURATION_EXPECTED = 'a duration such as "2h30m" or { p50: 15m, p90: 20m }';

const declaredDuration = z
  .union(
    [
      duration('How long the step runs; taken as the length that it does not exceed.'),
      z.strictObject({ p50: duration('Median length.'), p90: duration('Length that nine runs of ten do not exceed.') }),
    ],
    { error: DURATION_EXPECTED },
  )
  .meta({ description: 'How long the step runs at speed 1; may be left out once past runs say it.' });

const interruptible = z
  .union(
    [
      z.boolean(),
      z.discriminatedUnion(
        'mode',
        [
          z.strictObject({
            mode: z.literal('freeze'),
            pausedPower: power('What the stopped step still draws; default "0 W".', { zero: true }).optional(),
          }),
          z.strictObject({
            mode: z.literal('checkpoint'),
            checkpoint: durationOrZero('How long writing the state takes.'),
            restart: durationOrZero('How long it takes to come back to where it was.'),
            signal: oneOf(SIGNALS)
              .meta({ description: 'Asks the program to write its state and end with exit code 75; default SIGUSR1.' })
              .optional(),
          }),
        ],
        { error: '"freeze" or "checkpoint"' },
      ),
    ],
    { error: 'true, false, { mode: freeze } or { mode: checkpoint, checkpoint: 90s, restart: 60s }' },
  )
  .meta({ description: 'May the step be stopped and continued? Default false; true is a freeze at no cost.' });

const transfer = (direction: 'from' | 'to') =>
  z
    .string({ error: `a size such as "40 GB ${direction} eu-central-1"` })
    .regex(
      new RegExp(`^\\s*\\d+(\\.\\d+)?\\s*(B|[kKMGT]B|[KMGT]iB)(\\s+${direction}\\s+\\S+)?\\s*$`),
      `a size such as "40 GB ${direction} eu-central-1"`,
    );

const levels = z
  .record(
    z.string().regex(/^[1-9]\d{0,4}$/, 'a whole number of units such as 2'),
    z.strictObject({
      speed: z
        .number({ error: 'a speed such as 1.9' })
        .gt(0, 'a speed above zero')
        .max(1e6, 'a speed of at most 1000000')
        .meta({ description: 'Times the speed at which `duration` holds.' }),
      power: power('At the plug, at this level.').optional(),
      needs: needs.optional(),
    }),
  )
  .refine((sizes) => Object.keys(sizes).length > 0, 'at least one level')
  .meta({ description: 'Allowed sizes; power and needs are multiplied by the number of the level unless given.' });

const profiles = z
  .record(
    name,
    z.strictObject({
      duration: declaredDuration.optional(),
      power: power('At the plug, on this hardware.').optional(),
      needs: needs.optional(),
    }),
  )
  .meta({ description: 'What differs by hardware, by the name that sites give it; the rest is as the step says.' });

const ENVIRONMENT_NAME = 'a name of letters, digits and "_" that does not begin with a digit';

const step = z
  .strictObject({
    after: z
      .union([name, z.array(name)], { error: 'the name of a step or a list of names' })
      .meta({ description: 'Steps that must have ended well before this one starts.' })
      .optional(),
    run,
    folder: filled('a folder')
      .meta({ description: 'Folder to run in, relative to this file; default: that of this file.' })
      .optional(),
    duration: declaredDuration.optional(),
    needs: needs.optional(),
    power: power('Mean power at the plug of the machine, before PUE; default: what the machine model says.').optional(),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, ENVIRONMENT_NAME), word('text'))
      .meta({ description: 'Environment variables, added to those of the site.' })
      .optional(),
    retries: z
      .int({ error: 'a whole number of retries' })
      .min(0, 'a number of retries from zero')
      .max(100, 'at most 100 retries')
      .meta({ description: 'How often a failed attempt is repeated; default 0.' })
      .optional(),
    timeout: duration('Longest time that one attempt may run; default: none.').optional(),
    interruptible: interruptible.optional(),
    sites: z
      .array(name, { error: 'a list of sites such as [hpc, here]' })
      .min(1, 'a list of at least one site')
      .meta({ description: 'Allow-list of sites; default: any that fits.' })
      .optional(),
    levels: levels.optional(),
    profiles: profiles.optional(),
    data: z
      .strictObject({ in: transfer('from').optional(), out: transfer('to').optional() })
      .meta({ description: 'Data to move. Not yet: refused in this version.' })
      .optional(),
  })
  .meta({ description: 'One command and what the planner must know about it.' });

const policy = z
  .strictObject({
    minPredictedSaving: percent('Nothing is delayed for less, in percent of run-now; default "5 %".').optional(),
    maxDelay: duration(
      'Each step ends at most this long after its run-now end; default: only the deadline counts.',
    ).optional(),
    quantile: percent('Hours are ranked by the intensity that is not exceeded with this probability; default "50 %".')
      .refine((value) => value >= 5 && value <= 95, 'a share from 5 % to 95 %')
      .optional(),
    cost: z
      .strictObject({
        maxPremium: percent('How much more than run-now the plan may cost; default: no limit.', 1_000).optional(),
      })
      .optional(),
    learn: oneOf(['on', 'off'])
      .meta({ description: 'May past runs say how long steps run and what they draw? Default "on".' })
      .optional(),
    residency: z
      .strictObject({
        allowCountries: z
          .array(country, { error: 'a list of countries such as [DE, FR]' })
          .min(1, 'a list of at least one country')
          .meta({ description: 'Countries in which steps may run; default: any.' })
          .optional(),
      })
      .optional(),
  })
  .meta({ description: 'What the owner allows the planner to trade.' });

/** Five fields (POSIX crontab), then a time zone; only the shape, since nothing acts on it yet. */
const FIELD = '(?:[\\d*][\\d*,/-]*|[A-Za-z]{3}(?:[,-][A-Za-z]{3})*)';
const CRON = new RegExp(`^\\s*(?:${FIELD}\\s+){4}${FIELD}(?:\\s+[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)?\\s*$`);

const schedule = z
  .strictObject({
    cron: z
      .string({ error: 'a cron line such as "0 20 * * 1-5 Europe/Berlin"' })
      .regex(CRON, 'a cron line such as "0 20 * * 1-5 Europe/Berlin"'),
    missed: oneOf(['run-once', 'skip', 'run-all']).optional(),
  })
  .meta({ description: 'When it repeats. Not yet: refused in this version.' });

const short = (expected: string) =>
  z
    .string({ error: expected })
    .min(1, expected)
    .max(256, `${expected} of at most 256 characters`)
    .refine((text) => !text.includes('\0'), 'text without NUL');

/** A workflow as written. */
export const writtenWorkflow = z
  .strictObject({
    gridtide: z.literal(1, { error: '1, the version of this format' }).meta({ description: 'Version of this format.' }),
    workflow: name.meta({ description: 'Name of the workflow.' }),
    project: short('text').meta({ description: 'What it belongs to, for reports.' }).optional(),
    labels: z
      .record(
        z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/, 'a label of letters, digits, ".", "_", "/" and "-"'),
        word('text').refine((text) => text.length <= 256, 'text of at most 256 characters'),
      )
      .meta({ description: 'For grouping in reports.' })
      .optional(),
    unit: z
      .strictObject({
        name: short('a name such as "scenario"'),
        count: z.number({ error: 'a number such as 2000000' }).gt(0, 'a number above zero').max(1e18, 'at most 1e18'),
      })
      .meta({ description: 'The functional unit: what the workflow makes, and how many, for grams per unit.' })
      .optional(),
    deadline: z.string({ error: '"06:00 Europe/Berlin", "+12h" or "2026-12-01T06:00:00+01:00"' }).meta({
      description:
        'Every step must have ended by then: "06:00 Europe/Berlin" (the next such time), "+12h" or RFC 3339.',
      examples: ['06:00 Europe/Berlin', '+12h', '2026-12-01T06:00:00+01:00'],
    }),
    policy: policy.optional(),
    schedule: schedule.optional(),
    steps: z
      .record(name, step)
      .refine((steps) => Object.keys(steps).length > 0, 'at least one step')
      .meta({ description: 'The steps by name.' }),
  })
  .meta({ title: 'Gridtide workflow', description: 'Steps to run, when they must be done, and what may be traded.' });

/** The written shape: what `workflow.yaml` holds and `defineWorkflow` takes. */
export type WorkflowDefinition = z.input<typeof writtenWorkflow>;
/** One step of the written shape. */
export type StepDefinition = z.input<typeof step>;
/** The written shape with its quantities evaluated, before the graph and the deadline are. */
export type ReadWorkflow = z.output<typeof writtenWorkflow>;

/** Keys whose time comes in a later version. */
export const LATER_KEYS = ['data'] as const;
