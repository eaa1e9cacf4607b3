/**
 * `gridtide plan`: what would be decided now, without doing it.
 *
 * @module
 */
import {
  type App,
  type FrontierPoint,
  frontier,
  type GridView,
  makePlan,
  type PlanRequest,
  planToJson,
  type Site,
  standingClock,
  stepPower,
  type Workflow,
} from '../../app.ts';
import { Failure } from '../../errors.ts';
import { formatInstant } from '../../units.ts';
import { appFor, columns, interrupt, mustHaveAnswered, show } from '../context.ts';
import { drawFrontier, drawPlan } from '../draw/index.ts';
import type { PlanOptions } from '../options.ts';
import { note, printJson } from '../output.ts';

const DEFAULT_SLOT = 15;
const EXIT_INFEASIBLE = 69;

export async function plan(file: string, options: PlanOptions): Promise<number> {
  const app = await appFor(options, interrupt());
  const { workflow, warnings } = await app.load(file, options.deadline);
  const sites = await app.sites();
  const { request, views } = await requestFor(app, workflow, sites, options);
  const trouble = [...app.pastTrouble, ...views.flatMap((view) => view.trouble)];
  note(...warnings, ...trouble);
  if (options.frontier) {
    const points = frontier(request, stepPower);
    if (options.json) printJson({ schemaVersion: 1, workflow: workflow.name, points: points.map(pointToJson) });
    else show(drawFrontier(points, { ...viewOf(app, workflow), ...claimsOf(request) }));
    return 0;
  }
  const made = makePlan(request, stepPower);
  if (options.json) printJson({ ...planToJson(made), warnings: trouble });
  else {
    show(drawPlan(made, { ...viewOf(app, workflow), outlooks: request.outlooks, sites }));
  }
  return made.unplaced.length === 0 ? 0 : EXIT_INFEASIBLE;
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
): Promise<{ readonly request: PlanRequest; readonly views: readonly GridView[] }> {
  const read = await app.readGrid(app.gridChoice, standingClock(app.now));
  const zones = [...new Set(sites.map((site) => site.zone))];
  const views = await Promise.all(zones.map((zone) => read(zone, app.now, workflow.deadline, app.signal)));
  if (app.gridChoice.from === 'file') views.forEach(mustHaveAnswered);
  return {
    request: {
      id: `${workflow.name}/plan`,
      workflow,
      sites,
      outlooks: Object.fromEntries(views.map((view) => [view.outlook.zone, view.outlook])),
      now: app.now,
      slotMinutes: slotMinutes(options.slot),
    },
    views,
  };
}

export function slotMinutes(given: number | undefined): number {
  const minutes = given ?? DEFAULT_SLOT;
  if (minutes < 5 || minutes > 60) {
    throw new Failure('cli/usage', '--slot', { value: String(minutes), expected: 'whole minutes from 5 to 60' });
  }
  return minutes;
}
