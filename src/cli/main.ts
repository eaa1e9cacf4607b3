#!/usr/bin/env node
/**
 * The command line: names, options and help of every command. What a command does is loaded when it is asked for,
 * so that help costs next to nothing.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { VERSION } from '../version.ts';
import type {
  DoctorOptions,
  ForecastOptions,
  LookOptions,
  PlanOptions,
  ReplayOptions,
  RunOptions,
  ServeOptions,
  TargetOptions,
  VerifyOptions,
} from './options.ts';

const EXIT_USAGE = 64;

const program = new Command('gridtide')
  .description(
    'Runs AI workflows when their electricity is cleanest, within the deadlines you set, and accounts for every gram.',
  )
  .version(VERSION)
  .option('--home <folder>', 'where runs and the ledger are kept (GRIDTIDE_HOME)')
  .option('--config <file>', 'sites and grid; default: gridtide.yaml here or above')
  .option('--json', 'one JSON object on stdout, messages on stderr')
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
  .exitOverride();

program.addHelpText(
  'after',
  `
Examples:
  gridtide run --within 12h --needs 3h -- python train.py   wait for clean hours, run, print a receipt
  gridtide plan workflow.yaml                               look before you leap
  gridtide demo                                             a day in two minutes, on a synthetic grid
  gridtide verify                                           recompute every gram

Exit codes: 0 ok, 64 usage, 65 bad file, 69 infeasible, 75 try again later;
\`run -- CMD\` passes the command's code on.`,
);

/** Options of every command that looks at the grid of its sites. */
function withGrid(command: Command, zone = '--zone <zone>'): Command {
  return withSource(
    command.option(
      zone,
      'where the site `here` is: DE, Germany, aws:eu-central-1 or 52.52,13.40; default: by time zone',
    ),
  );
}

/** What stands in for the live grid. */
function withSource(command: Command): Command {
  return command
    .option('--grid <file>', 'CSV of intensity: time in UTC, one column a zone, gCO2e/kWh')
    .option('--signal <signal>', 'what the file holds: average/consumption/lifecycle; default: unknown')
    .option('--synthetic [seed]', 'a generated grid, for trying things out', wholeNumber)
    .option('--at <time>', 'set the clock: 2022-06-01T08:00Z');
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number such as 7');
  return Number(text);
};

const listed = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 100_000)) throw new InvalidArgumentError('expected a number above 0 such as 600');
  return value;
};

const portNumber = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('expected a number from 0 (any that is free) to 65535');
  return Number(text);
};

const pathPrefix = (text: string): string => {
  const path = `/${text.replace(/^\/+|\/+$/g, '')}`;
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(path)) throw new InvalidArgumentError('expected a path such as /carbon');
  return path;
};

/** Every command ends through here: its exit code, or its failure in words. */
function action<A extends readonly unknown[]>(run: (...args: A) => Promise<number>): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      process.exitCode = await run(...args);
    } catch (thrown) {
      const { reportFailure } = await import('./failures.ts');
      process.exitCode = await reportFailure(thrown, program.opts());
    }
  };
}

program
  .command('init')
  .argument('[folder]', 'where', '.')
  .description('write a first workflow.yaml and gridtide.yaml')
  .addHelpText('after', '\nExample:\n  gridtide init my-project && cd my-project && gridtide plan workflow.yaml')
  .action(action(async (folder: string) => (await import('./commands/init.ts')).init(folder, program.opts())));

const grid = withGrid(program.command('grid'), '--zone <zone...>')
  .description('the grid here: zone, signal, now, and the hours to come')
  .option('--record <file>', 'write down what was asked and replied, without keys, in a new file')
  .option('--replay <file>', 'such a file in place of the network: the same answer at the same time')
  .addHelpText(
    'after',
    '\nExamples:\n  gridtide grid\n  gridtide grid --zone GB\n  gridtide grid --zone 37.77,-122.42\n  gridtide grid --record grid.cassette.json\n  gridtide grid --grid my-grid.csv --zone DE --at 2022-06-01T08:00Z',
  )
  .action(
    action(async (options: LookOptions) =>
      (await import('./commands/grid.ts')).grid({ ...program.opts(), ...options }),
    ),
  );

grid
  .command('doctor')
  .description('ask every grid provider once, live: what works, what is missing, what it costs')
  .option('--provider <id...>', 'ask these alone')
  // Of the options of `grid`, which come before, the zone alone.
  .configureHelp({
    showGlobalOptions: true,
    visibleGlobalOptions: () => [...grid.options.filter(({ long }) => long === '--zone'), ...program.options],
  })
  .addHelpText(
    'after',
    `
Exit codes: 0 all that were asked answer, 65 keys are missing or not accepted, 75 try again later.

Examples:
  gridtide grid doctor
  gridtide grid doctor --zone GB FR --provider neso-uk`,
  )
  .action(
    action(async (options: DoctorOptions) =>
      (await import('./commands/doctor.ts')).doctor({ ...program.opts(), ...grid.opts(), ...options }),
    ),
  );

withGrid(program.command('forecast'))
  .argument('[zone]', 'a zone or place; default: that of the first site')
  .description('the next 96 hours of a zone, their band, and how good such forecasts have been')
  .option('--no-backfill', 'learn from what is kept, and ask for no more of the past')
  .addHelpText(
    'after',
    `
The first forecast of a live zone reads a year of its past, in pieces; it can be
stopped and goes on where it was.

Examples:
  gridtide forecast
  gridtide forecast DE --json
  gridtide forecast DE --grid my-grid.csv --at 2022-06-01T08:00Z`,
  )
  .action(
    action(async (zone: string | undefined, options: ForecastOptions) =>
      (await import('./commands/forecast.ts')).forecast(zone, { ...program.opts(), ...options }),
    ),
  );

withGrid(program.command('plan'))
  .argument('<file>', 'workflow.yaml or workflow.ts')
  .description('when and where each step would run, what that emits, and why')
  .option('--deadline <time>', 'instead of the one in the file: +12h, "06:00 Europe/Berlin"')
  .option('--slot <minutes>', 'length of a planning slot, 5 to 60', wholeNumber)
  .option('--explain <step>', 'one step: why here, why now, what its guard is')
  .option('--what-if <change>', 'the plan beside a changed one: deadline=+6h; may be given again', listed)
  .option('--no-learn', 'as declared, whatever past runs took')
  .option('--frontier', 'grams against finish time and cost: what haste costs')
  .addHelpText(
    'after',
    `
Changes: deadline=+6h|-2h|TIME, maxDelay=4h|none, premium=5%|none, minSaving=0%,
  residency=+FR|DE,FR|all, sites=+NAME|A,B|all, capacity.SITE.gpus=+1|16 (cpus,
  memory=+8GB), STEP.duration=2h|+30m, STEP.power=700W, STEP.sites=all,
  STEP.interruptible=true|false

Examples:
  gridtide plan workflow.yaml
  gridtide plan workflow.yaml --explain train
  gridtide plan workflow.yaml --what-if deadline=+6h --what-if train.duration=2h
  gridtide plan workflow.yaml --frontier
  gridtide plan workflow.yaml --grid my-grid.csv --zone DE --at 2022-06-01T08:00Z --json`,
  )
  .action(
    action(async (file: string, options: PlanOptions) =>
      (await import('./commands/plan.ts')).plan(file, { ...program.opts(), ...options }),
    ),
  );

withGrid(program.command('run'))
  .argument('[file or command...]', 'a workflow file; or, after --, a command and its arguments')
  .description('plan, run, pause and resume, measure, and print a receipt')
  .option('--within <duration>', 'a command: it must have ended by then, such as 12h')
  .option('--needs <duration>', 'a command: how long it runs, such as 3h; may be left out once past runs say it')
  .option('--in-one-piece', 'a command: never freeze it in memory through dirty hours')
  .option('--deadline <time>', 'instead of the one in the file')
  .option('--slot <minutes>', 'length of a planning slot, 5 to 60', wholeNumber)
  .option('--no-learn', 'as declared, whatever past runs took')
  .option('--speed <factor>', 'let the clock run faster than time; joules stay real', positive)
  .addHelpText(
    'after',
    `
Ctrl-C stops watching, not the work: it goes on, its guard keeps the deadline, and
\`gridtide attach\` watches again. \`gridtide cancel\` ends it.

Examples:
  gridtide run workflow.yaml
  gridtide run --within 12h --needs 3h -- python train.py --epochs 10
  gridtide run workflow.yaml --synthetic --speed 600`,
  )
  .action(
    action(async (words: string[], options: RunOptions) =>
      (await import('./commands/run.ts')).run(words, { ...program.opts(), ...options }),
    ),
  );

program
  .command('attach')
  .argument('[id]', 'a run; default: the newest that has not ended')
  .description('watch and steer a run again after Ctrl-C, a kill or a reboot')
  .addHelpText('after', '\nExamples:\n  gridtide attach\n  gridtide attach my-first-7k2m9q')
  .action(action(async (id: string | undefined) => (await import('./commands/run.ts')).attachTo(id, program.opts())));

program
  .command('ls')
  .description('runs, the newest first')
  .addHelpText('after', '\nExample:\n  gridtide ls --limit 5')
  .option('--limit <count>', 'at most so many', wholeNumber, 20)
  .action(
    action(async (options: TargetOptions) =>
      (await import('./commands/look.ts')).ls({ ...program.opts(), ...options }),
    ),
  );

program
  .command('show')
  .argument('[id]', 'a run; default: the newest')
  .description('one run: its state, or its receipt once it has ended')
  .addHelpText('after', '\nExamples:\n  gridtide show\n  gridtide show my-first-7k2m9q --json')
  .action(action(async (id: string | undefined) => (await import('./commands/look.ts')).show(id, program.opts())));

program
  .command('logs')
  .argument('[id]', 'a run; default: the newest')
  .argument('[step]', 'one step; default: all')
  .description('what the steps printed')
  .addHelpText('after', '\nExamples:\n  gridtide logs\n  gridtide logs my-first-7k2m9q train --follow')
  .option('-f, --follow', 'go on as they print')
  .action(
    action(async (id: string | undefined, step: string | undefined, options: TargetOptions) =>
      (await import('./commands/look.ts')).logs(id, step, { ...program.opts(), ...options }),
    ),
  );

for (const [wish, description] of [
  ['pause', 'freeze a run until you say `resume`; its deadline no longer holds'],
  ['resume', 'let a paused run go on'],
  ['cancel', 'end a run and settle its account'],
] as const) {
  program
    .command(wish)
    .argument('<id>', 'a run')
    .description(description)
    .addHelpText('after', `\nExample:\n  gridtide ${wish} my-first-7k2m9q`)
    .action(action(async (id: string) => (await import('./commands/wish.ts')).wish(wish, id, program.opts())));
}

program
  .command('verify')
  .argument('[id]', 'one run; default: the whole ledger')
  .description('recompute every figure from the samples up; exit code 1 names the first row that does not hold')
  .option('--head <hash>', 'a hash of the chain kept elsewhere (on a receipt): it must be in the chain')
  .addHelpText(
    'after',
    '\nExamples:\n  gridtide verify\n  gridtide verify my-first-7k2m9q --json\n  gridtide verify --head 5d2b·d8da·7ad5',
  )
  .action(
    action(async (id: string | undefined, options: VerifyOptions) =>
      (await import('./commands/verify.ts')).verify(id, { ...program.opts(), ...options }),
    ),
  );

withSource(
  program.command('replay').option('--zone <zone...>', 'where the jobs ran; further ones: where else they may'),
)
  .argument('<jobs>', 'CSV, sacct -P or kubectl get jobs -o json; .gz too')
  .description('past jobs on a past grid: what would have been saved, at which delay')
  .option('--slack <length>', 'how much later jobs may end, 24h; or 2x: within twice their length', '24h')
  .option('--pausable <which>', 'all, none, or names of jobs, queues, users: a,b', 'none')
  .option('--cpus <count>', 'what the place holds at once; default: no limit')
  .option('--gpus <count>', 'likewise')
  .option('--perfect', 'as if the grid had been known in advance')
  .option('--every <hours>', 'own forecasts are made anew so often: 1, 2, 3, 4, 6, 8, 12, 24', wholeNumber, 24)
  .option('--what-if <change...>', 'slack=2x, zones=+SE, capacity=+20%: a row for each')
  .option('--by <whose>', 'queue or user: whose jobs would save what')
  .option('--cpu-power <power>', 'what a CPU draws, 6 W; default: servers on the mean')
  .option('--gpu-power <power>', 'what a GPU draws, 300 W; default: not counted')
  .option('--svg <file>', 'a picture of it')
  .option('--time-unit <unit>', 'of numbers that are times: s, min, h, ms')
  .option('--time-zone <zone>', 'of times without an offset', 'UTC')
  .option('--map <field=column...>', 'submit=COL length=COL …, where headers do not tell')
  .option('--format <format>', 'csv, sacct, kubernetes; default: by its first lines')
  .option('--strict', 'refuse a history with a single bad row')
  .addHelpText(
    'after',
    `
--at moves the first submission to a time, for jobs without dates or of another
year than the grid.

Examples:
  gridtide replay jobs.csv --grid my-grid.csv --zone DE --perfect
  gridtide replay sacct.txt --zone DE --time-zone Europe/Berlin --pausable batch
  gridtide replay jobs.csv --grid my-grid.csv --zone DE --cpus 400 --what-if slack=2x
  gridtide replay jobs.csv --grid my-grid.csv --zone DE --svg replay.svg`,
  )
  .action(
    action(async (jobs: string, options: ReplayOptions) =>
      (await import('./commands/replay.ts')).replay(jobs, { ...program.opts(), ...options }),
    ),
  );

withSource(program.command('serve'))
  .description('answer over HTTP as the Carbon Aware SDK does; reads only')
  .option('--host <host>', 'listen there; others than this machine may ask then, unauthenticated', '127.0.0.1')
  .option('--port <port>', 'listen there; 0: any that is free', portNumber, 8480)
  .option('--prefix <path>', 'answer below this path as well', pathPrefix)
  .addHelpText(
    'after',
    '\nExamples:\n  gridtide serve\n  gridtide serve --grid my-grid.csv --signal average/consumption/lifecycle\n  curl "http://127.0.0.1:8480/emissions/forecasts/current?location=eastus&windowSize=60"',
  )
  .action(
    action(async (options: ServeOptions) =>
      (await import('./commands/serve.ts')).serve({ ...program.opts(), ...options }),
    ),
  );

program
  .command('demo')
  .description('the first-light example: a day in two minutes, then its receipt and its proof')
  .addHelpText('after', '\nExamples:\n  gridtide demo\n  gridtide demo --live --zone GB')
  .option('--live', 'on the live grid of your zone, in real time')
  .option('--speed <factor>', 'how fast the clock runs', positive, 600)
  .option('--zone <zone>', 'default: by time zone')
  .action(
    action(async (options: RunOptions & { readonly live?: true }) =>
      (await import('./commands/demo.ts')).demo({ ...program.opts(), ...options }),
    ),
  );

/** What commander could not make sense of: it has printed its words. Asking for help or the version is no mistake. */
async function misused(error: CommanderError): Promise<number> {
  if (error.exitCode === 0) return 0;
  const ours = process.argv.slice(2);
  const end = ours.indexOf('--');
  if ((end === -1 ? ours : ours.slice(0, end)).includes('--json')) {
    const [{ reportFailure }, { Failure }] = await Promise.all([import('./failures.ts'), import('../errors.ts')]);
    const words = error.code === 'commander.help' ? 'no command was given' : error.message.replace(/^error: /, '');
    await reportFailure(new Failure('cli/usage', words), { json: true });
  }
  return EXIT_USAGE;
}

// Whoever reads us may stop reading (`gridtide logs | head`): that is no mistake, and there is nobody to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown;
  process.exitCode = await misused(thrown);
}
