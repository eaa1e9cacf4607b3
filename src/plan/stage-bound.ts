/**
 * The least that any schedule can emit which ends a set of jobs by a given time, with every arrival known: stages as work
 * that may be cut at will between the earliest start and the latest end that precedence leaves them, on executors that
 * are shared by all. Whatever a real schedule does is allowed here, so none can emit less.
 *
 * @module
 */
import { at, item } from './at.ts';
import { type Stage, topological } from './stage-queue.ts';

/** Jobs that are all to end by `endMs`, on so many executors; a job can begin `movingMs` after it has come. */
export interface BoundQuestion {
  readonly jobs: readonly { readonly arrivedMs: number; readonly stages: readonly Stage[] }[];
  readonly executors: number;
  readonly movingMs: number;
  readonly endMs: number;
  readonly hourMs: number;
  /** g/kWh by the hour from time 0, at least up to `endMs`. */
  readonly intensityG: Float64Array;
}

/** Work in executor-ms that fits into the hours `first` to `last`, of which each takes at most `most[hour - first]`. */
interface Work {
  left: number;
  readonly first: number;
  readonly most: Float64Array;
  readonly placed: Float64Array;
}

/**
 * The bound, in executor-ms · g/kWh. Infinite where not all work can be placed.
 *
 * Hours are filled from the cleanest on, and what an hour holds is never taken out of it again: the work that can be
 * placed in a set of hours is a polymatroid, in which this is optimal (Edmonds 1970). Work moves from hour to hour along
 * the shortest path that makes room. O(hours · paths · stages · hours).
 */
export function stageBound(question: BoundQuestion): number {
  const { executors, endMs, hourMs, intensityG } = question;
  const work = question.jobs.flatMap((job) => windowsOf(job, question));
  const hours = Array.from({ length: Math.ceil(endMs / hourMs) }, (_, hour) => hour);
  hours.sort((a, b) => at(intensityG, a) - at(intensityG, b) || a - b);
  const isClosed = new Uint8Array(hours.length);
  let grams = 0;
  for (const hour of hours) {
    const size = executors * (Math.min(endMs, (hour + 1) * hourMs) - hour * hourMs);
    grams += fill(work, hour, size, isClosed) * at(intensityG, hour);
  }
  const isLeft = work.some(({ left, placed }) => left > 1e-6 * (left + placed.reduce((sum, part) => sum + part, 0)));
  return isLeft ? Number.POSITIVE_INFINITY : grams;
}

/**
 * Each stage of a job between the longest chain before it and the longest one after it. Of its executors one at least runs
 * tasks / executors of the tasks, rounded up.
 */
function windowsOf(
  { arrivedMs, stages }: BoundQuestion['jobs'][number],
  { executors, movingMs, endMs, hourMs }: BoundQuestion,
): Work[] {
  const lengths = stages.map(({ tasks, taskMs, firstMs }) => firstMs + (Math.ceil(tasks / executors) - 1) * taskMs);
  const earliest = stages.map(() => arrivedMs + movingMs);
  const latest = stages.map(() => endMs);
  const order = topological(stages);
  for (const index of order) {
    for (const before of item(stages, index).after) {
      earliest[index] = Math.max(item(earliest, index), item(earliest, before) + item(lengths, before));
    }
  }
  for (const index of order.toReversed()) {
    for (const before of item(stages, index).after) {
      latest[before] = Math.min(item(latest, before), item(latest, index) - item(lengths, index));
    }
  }
  return stages.map(({ tasks, taskMs, firstMs }, index) => {
    const [from, to] = [item(earliest, index), item(latest, index)];
    const first = Math.floor(from / hourMs);
    const count = Math.max(0, Math.ceil(to / hourMs) - first);
    const most = new Float64Array(count).map(
      (_, h) =>
        Math.min(tasks, executors) * (Math.min(to, (first + h + 1) * hourMs) - Math.max(from, (first + h) * hourMs)),
    );
    // One executor runs it with the least work: it has one first task.
    const left = firstMs + (tasks - 1) * Math.min(firstMs, taskMs);
    return { left, first, most, placed: new Float64Array(count) };
  });
}

/** A way to put more into an hour: some work comes from outside, or from another hour that is filled again in turn. */
interface Path {
  readonly steps: readonly { readonly work: Work; readonly into: number; readonly from: number }[];
  readonly amount: number;
}

/** Puts as much as it can into an hour, at most `size`; returns how much. Hours that nothing can reach any more are closed. */
function fill(work: readonly Work[], hour: number, size: number, isClosed: Uint8Array): number {
  let room = size;
  while (room > 1e-6 && isClosed[hour] === 0) {
    const path = findPath(work, hour, room, isClosed);
    if (path === undefined) break;
    for (const { work: piece, into, from } of path.steps) {
      piece.placed[into - piece.first] = at(piece.placed, into - piece.first) + path.amount;
      if (from < 0) piece.left -= path.amount;
      else piece.placed[from - piece.first] = at(piece.placed, from - piece.first) - path.amount;
    }
    room -= path.amount;
  }
  return size - room;
}

/** Breadth first from the hour over works that can give to it; all hours that were seen are closed where none is found. */
function findPath(work: readonly Work[], hour: number, room: number, isClosed: Uint8Array): Path | undefined {
  const came = new Map<number, Path['steps'][number] | undefined>([[hour, undefined]]);
  for (const into of came.keys()) {
    for (const piece of work) {
      const h = into - piece.first;
      if (!(at(piece.most, h) - at(piece.placed, h) > 1e-9)) continue;
      if (piece.left > 1e-9) return pathOf(came, { work: piece, into, from: -1 }, room);
      for (let u = 0; u < piece.placed.length; u++) {
        const from = piece.first + u;
        if (at(piece.placed, u) > 1e-9 && !came.has(from)) came.set(from, { work: piece, into, from });
      }
    }
  }
  for (const seen of came.keys()) isClosed[seen] = 1;
  return undefined;
}

function pathOf(
  came: ReadonlyMap<number, Path['steps'][number] | undefined>,
  last: Path['steps'][number],
  room: number,
): Path {
  const steps: Path['steps'][number][] = [];
  let amount = Math.min(room, last.work.left);
  for (let step: Path['steps'][number] | undefined = last; step !== undefined; step = came.get(step.into)) {
    const { work, into, from } = step;
    amount = Math.min(amount, at(work.most, into - work.first) - at(work.placed, into - work.first));
    if (from >= 0) amount = Math.min(amount, at(work.placed, from - work.first));
    steps.push(step);
  }
  return { steps, amount };
}
