/**
 * Work in turns, so that a test that starts many processes does not start them all at once.
 *
 * @module
 */

/** Does `work` on each item, `atOnce` of them at a time; rejects with the first failure. */
export async function inTurns<T>(atOnce: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const turn = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}
