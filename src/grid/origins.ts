/**
 * Where kept values were read, and under which licence: told once for all rows of one origin.
 *
 * @module
 */
import type { Store } from '../store/index.ts';

/** The id of an origin, which is entered where it is new. */
export async function originOf(
  source: string,
  licence: string,
  db: Pick<Store['db'], 'selectFrom' | 'insertInto'>,
): Promise<number> {
  await db
    .insertInto('grid_origin')
    .values({ source, licence })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { id } = await db
    .selectFrom('grid_origin')
    .select('id')
    .where('source', '=', source)
    .where('licence', '=', licence)
    .executeTakeFirstOrThrow();
  return id;
}
