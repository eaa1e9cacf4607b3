/**
 * `gridtide plan`: what would be decided now, without doing it.
 *
 * @module
 */
import {
  type App,
  bindings,
  type Change,
  changed,
  conflicts,
  DEADLINE_RELIEF,
  explain,
  explanationToJson,
  type FrontierPoint,
  frontier,
  type GridView,
  makePlan,
  outlineToJson,
  type PlanRequest,
  planToJson,
  type Site,
  standingClock,
  stepPower,
  type Workflow,
  whatIf,
} from '../../app.ts';
import { Failure } from '../../errors.ts';
import { suggestion } from '../../mistakes.ts';
import { formatInstant, type Instant, instant } from '../../units.ts';
import { appFor, columns, interrupt, mustHaveAnswered, show } from '../context.ts';
import { drawExplanation, drawFrontier, drawPlan, drawWhatIf } from '../draw/index.ts';
import type { PlanOptions } from '../options.ts';
import { note, printJson } from '../output.ts';
import { readChange } from '../what-if.ts';

const DEFAULT_SLOT = 15;
const EXIT_INFEASIBLE = 69;

export async function plan(file: string, options: PlanOptions): Promise<number> {
  const { frontier: asksFrontier, explain: step, whatIf: changes } = options;
  if ([asksFrontier, step, changes].filter((one) => one !== undefined).length > 1) {
    throw new Failure('cli/usage', 'one question at a time', { expected: '--explain, --what-if or --frontier' });
  }
  const app = await appFor(options, interrupt());
  const { workflow, warnings } = await app.load(file, options.deadline);
  const sites = await app.sites();
  const { request, views, further } = await requestFor(app, workflow, sites, options);
  const trouble = [...app.pastTrouble, ...views.flatMap((view) => view.trouble)];
  note(...warnings, ...trouble);
  const asked: Question = { app, workflow, request, further, trouble, json: options.json === true };
  if (asksFrontier) return answerFrontier(asked);
  if (changes !== undefined) return answerWhatIf(asked, changes);
  if (step !== undefined) return answerExplain(asked, step);
  return answerPlan(asked);
}

/** What was asked of which workflow. */
interface Question {
  readonly app: App;
  readonly workflow: Workflow;
  readonly request: PlanRequest;
  /** The outlooks until another deadline. */
  readonly further: (until: Instant) => Promise<PlanRequest['outlooks']>;
  readonly trouble: readonly string[];
  readonly json: boolean;
}

async function answerPlan({ app, workflow, request, further, trouble, json }: Question): Promise<number> {
  const made = makePlan(request, stepPower);
  const binding = bindings(request, made, stepPower, await further(instant(workflow.deadline + DEADLINE_RELIEF)));
  const inConflict = made.unplaced.length === 0 ? [] : conflicts(request, stepPower);
  if (json) {
    const bound = binding.map((one) => ({ ...one, finish: formatInstant(one.finish) }));
    printJson({ ...planToJson(made), bindings: bound, conflicts: inConflict, warnings: trouble });
  } else {
    const { outlooks, sites } = request;
    show(drawPlan(made, { ...viewOf(app, workflow), outlooks, sites, bindings: binding, conflicts: inConflict }));
  }
  return made.unplaced.length === 0 ? 0 : EXIT_INFEASIBLE;
}

function answerFrontier({ app, workflow, request, json }: Question): number {
  const points = frontier(request, stepPower);
  if (json) printJson({ schemaVersion: 1, workflow: workflow.name, points: points.map(pointToJson) });
  else show(drawFrontier(points, { ...viewOf(app, workflow), ...claimsOf(request) }));
  return 0;
}

async function answerWhatIf(asked: Question, written: readonly string[]): Promise<number> {
  const { app, workflow, request, further, trouble, json } = asked;
  const readDeadline = (text: string): Promise<Instant> => app.readDeadline(text);
  const changes: Change[] = [];
  for (const text of written) changes.push(...(await readChange(text, { request, readDeadline })));
  const until = changes.reduce(
    (last, change) => (change.kind === 'deadline' && change.to > last ? change.to : last),
    workflow.deadline,
  );
  const answer = whatIf(request, changes, stepPower, await further(until));
  const { before, after } = answer;
  const inConflict = {
    before: before.unplaced.length === 0 ? [] : conflicts(request, stepPower),
    after: after.unplaced.length === 0 ? [] : conflicts(changed(request, changes), stepPower),
  };
  if (json) {
    printJson({
      schemaVersion: 1,
      workflow: workflow.name,
      changes: written,
      before: { ...outlineToJson(before), conflicts: inConflict.before },
      after: { ...outlineToJson(after), conflicts: inConflict.after },
      warnings: trouble,
    });
  } else {
    const { mark } = claimsOf(request);
    const marked = mark === undefined ? {} : { mark: ` (${mark} grid)` };
    show(drawWhatIf(answer, { ...viewOf(app, workflow), ...marked, changes: written, conflicts: inConflict }));
  }
  return after.unplaced.length === 0 ? 0 : EXIT_INFEASIBLE;
}

async function answerExplain(asked: Question, step: string): Promise<number> {
  const { app, workflow, request, trouble, json } = asked;
  const names = workflow.steps.map(({ name }) => name);
  if (!names.includes(step)) {
    throw new Failure('cli/usage', `--explain: no such step${suggestion(step, names)}`, {
      value: step,
      expected: names.slice(0, 8).join(', '),
    });
  }
  const explanation = explain(request, stepPower, step);
  if (explanation === undefined) return answerPlan(asked);
  if (json) {
    printJson({ schemaVersion: 1, workflow: workflow.name, ...explanationToJson(explanation), warnings: trouble });
  } else {
    const { mark } = claimsOf(request);
    const marked = mark === undefined ? {} : { mark: ` (${mark} grid)` };
    const outlook = request.outlooks[explanation.planned.zone];
    show(drawExplanation(explanation, { ...viewOf(app, workflow), ...marked, outlook }));
  }
  return 0;
}

/** How a workflow's plan is looked at on this terminal. */
export const viewOf = (app: App, workflow: Workflow) => ({
  workflowName: workflow.name,
  columns: columns(),
  timeZone: app.timeZone,
  now: app.now,
  deadline: workflow.deadline,
});

const pointToJson = ({ finish, deadline, ...rest }: FrontierPoint) => ({
  finish: formatInstant(finish),
  deadline: formatInstant(deadline),
  ...rest,
});

/** What must be said beside the frontier: made-up data, or a shape that weighs nothing. */
function claimsOf({ outlooks }: PlanRequest): { readonly claims: boolean; readonly mark?: string } {
  const all = Object.values(outlooks);
  const made = all.find(({ quality }) => quality === 'synthetic' || quality === 'replayed' || quality === 'modelled');
  return { claims: all.every(({ use }) => use === 'level'), ...(made === undefined ? {} : { mark: made.quality }) };
}

/** What the planner is asked for these options. Fails with `grid/no-zone` and the like for a file that was named. */
export async function requestFor(
  app: App,
  workflow: Workflow,
  sites: readonly Site[],
  options: PlanOptions,
): Promise<{
  readonly request: PlanRequest;
  readonly views: readonly GridView[];
  /** The outlooks until another deadline. */
  readonly further: (until: Instant) => Promise<PlanRequest['outlooks']>;
}> {
  const read = await app.readGrid(app.gridChoice, standingClock(app.now));
  const zones = [...new Set(sites.map((site) => site.zone))];
  const views = await Promise.all(zones.map((zone) => read(zone, app.now, workflow.deadline, app.signal)));
  if (app.gridChoice.from === 'file') views.forEach(mustHaveAnswered);
  const further = async (until: Instant): Promise<PlanRequest['outlooks']> => {
    if (until <= workflow.deadline) return outlooksOf(views);
    return outlooksOf(await Promise.all(zones.map((zone) => read(zone, app.now, until, app.signal))));
  };
  return {
    further,
    request: {
      id: `${workflow.name}/plan`,
      workflow,
      sites,
      outlooks: outlooksOf(views),
      now: app.now,
      slotMinutes: slotMinutes(options.slot),
    },
    views,
  };
}

const outlooksOf = (views: readonly GridView[]): PlanRequest['outlooks'] =>
  Object.fromEntries(views.map((view) => [view.outlook.zone, view.outlook]));

export function slotMinutes(given: number | undefined): number {
  const minutes = given ?? DEFAULT_SLOT;
  if (minutes < 5 || minutes > 60) {
    throw new Failure('cli/usage', '--slot', { value: String(minutes), expected: 'whole minutes from 5 to 60' });
  }
  return minutes;
}
