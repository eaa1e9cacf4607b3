/**
 * The order of steps: who waits for whom, whether that can be, and an order to write the plan in.
 *
 * @module
 */
import type { Path } from '../documents.ts';
import { Failure } from '../errors.ts';
import { suggestion } from '../mistakes.ts';
import { placeAt, type Source } from '../shapes.ts';

/** A step as a node: what it waits for, as written. */
export interface Node {
  readonly name: string;
  readonly after: readonly string[];
  /** Whether `after` is a list; a single name has no index in its path. */
  readonly listed: boolean;
}

export interface Ordered {
  /** Names so that each comes after those it waits for. */
  readonly order: readonly string[];
  readonly failures: readonly Failure[];
}

/**
 * Orders `nodes` (in file order): a file that is in a valid order keeps it; otherwise the steps that one waits for are
 * pulled before it, themselves in file order. O(steps + arcs), without recursion. Finds unknown names, names given
 * twice, a step that waits for itself, and the first circle.
 */
export function orderSteps(nodes: readonly Node[], source: Source): Ordered {
  const index = new Map(nodes.map(({ name }, i) => [name, i]));
  const failures: Failure[] = [];
  const arcs = nodes.map((node, i) => {
    const own = new Set<number>();
    for (const [position, before] of node.after.entries()) {
      const path: Path = ['steps', node.name, 'after', ...(node.listed ? [position] : [])];
      const fault = (message: string): void => {
        failures.push(new Failure('workload/invalid', message, { place: placeAt(source, path) }));
      };
      const target = index.get(before);
      if (target === undefined) {
        const known = nodes.map(({ name }) => name).filter((name) => name !== node.name);
        fault(`steps.${node.name}.after: no step is called "${before}"${suggestion(before, known)}`);
      } else if (target === i) fault(`steps.${node.name}.after: the step waits for itself`);
      else if (own.has(target)) fault(`steps.${node.name}.after: "${before}" is named twice`);
      else own.add(target);
    }
    return [...own].sort((a, b) => a - b);
  });
  const { order, circle } = visit(arcs);
  if (circle !== undefined) {
    const names = circle.map((i) => nodes[i]?.name ?? '');
    const [first = ''] = names;
    failures.push(
      new Failure('workload/cycle', `steps wait for each other in a circle: ${[...names, first].join(' → ')}`, {
        place: placeAt(source, ['steps', first, 'after']),
      }),
    );
  }
  return { order: order.map((i) => nodes[i]?.name ?? ''), failures };
}

/** Depth-first, in index order; `circle` lists indices, each waiting for the next, from the least one on. */
function visit(arcs: readonly (readonly number[])[]): {
  readonly order: number[];
  readonly circle: readonly number[] | undefined;
} {
  const order: number[] = [];
  const state = new Uint8Array(arcs.length);
  const [OPEN, DONE] = [1, 2];
  for (let start = 0; start < arcs.length; start += 1) {
    if (state[start] !== 0) continue;
    const stack = [{ node: start, next: 0 }];
    state[start] = OPEN;
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const target = arcs[top.node]?.[top.next];
      top.next += 1;
      if (target === undefined) {
        state[top.node] = DONE;
        order.push(top.node);
        stack.pop();
      } else if (state[target] === OPEN) {
        const nodes = stack.map(({ node }) => node);
        return { order, circle: fromLeast(nodes.slice(nodes.indexOf(target))) };
      } else if (state[target] !== DONE) {
        state[target] = OPEN;
        stack.push({ node: target, next: 0 });
      }
    }
  }
  return { order, circle: undefined };
}

function fromLeast(circle: readonly number[]): readonly number[] {
  const start = circle.indexOf(circle.reduce((a, b) => Math.min(a, b)));
  return [...circle.slice(start), ...circle.slice(0, start)];
}
