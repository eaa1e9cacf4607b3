import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { openStore, type Store } from '../store/index.ts';
import { exactSum, readExactSum } from './exact-sum.ts';

async function opened(): Promise<Store> {
  const { folder, cleanup } = temporaryFolder();
  onTestFinished(cleanup);
  const store = await openStore(folder);
  onTestFinished(() => store.close());
  return store;
}

describe('exact sums', () => {
  it('add amounts that pass 2^53 and 2^63 in SQL without losing one', async () => {
    const store = await opened();
    const gigawattHours3 = 3n * 3_600_000_000_000_000_000n;
    expect(gigawattHours3 > 2n ** 63n).toBe(true);
    const amounts = [
      gigawattHours3,
      1n,
      9_007_199_254_740_993n,
      -gigawattHours3,
      gigawattHours3,
      -5n,
      999_999_999n,
      1_000_000_000n,
      0n,
    ];
    await sql`create table t (x text)`.execute(store.db);
    for (const amount of amounts) await sql`insert into t values (${String(amount)})`.execute(store.db);
    await sql`insert into t values (null)`.execute(store.db);
    const { rows } = await sql<{ sum: string }>`select ${exactSum('t.x')} as sum from t`.execute(store.db);
    expect(readExactSum(rows[0]?.sum ?? null)).toBe(amounts.reduce((a, b) => a + b, 0n));
    // What SQL makes of the same column by itself.
    const naive = await sql<{ sum: number }>`select sum(x) as sum from t`.execute(store.db);
    expect(BigInt(naive.rows[0]?.sum ?? 0)).not.toBe(readExactSum(rows[0]?.sum ?? null));
  });

  it('are undefined, not zero, over nothing', async () => {
    const store = await opened();
    await sql`create table t (x text)`.execute(store.db);
    await sql`insert into t values (null)`.execute(store.db);
    const { rows } = await sql<{ sum: string | null }>`select ${exactSum('t.x')} as sum from t`.execute(store.db);
    expect(readExactSum(rows[0]?.sum ?? null)).toBeUndefined();
  });
});
