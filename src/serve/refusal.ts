/**
 * A request that says what it must not: every mistake of it at once, each at its parameter.
 *
 * @module
 */
import { Failure } from '../errors.ts';

export interface Mistake {
  /** The parameter of the query, or the item and field of the body: `[0].location`. */
  readonly name: string;
  /** A sentence that begins with the name. */
  readonly message: string;
}

const failure = ({ name, message }: Mistake, others: readonly Failure[] = []): Failure =>
  new Failure('serve/invalid-request', message, { place: { file: name }, others });

/** `serve/invalid-request`; a failure's place names the parameter. */
export function refuse(mistakes: readonly Mistake[]): Failure {
  const [first = { name: '$', message: 'the request cannot be read' }, ...others] = mistakes;
  return failure(
    first,
    others.map((one) => failure(one)),
  );
}
