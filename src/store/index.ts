/**
 * The store: the database door of the house.
 *
 * @module
 */
export { canonicalJson } from './canonical-json.ts';
export { exactSum, readExactSum } from './exact-sum.ts';
export { storeFailure } from './failures.ts';
export type * from './schema.ts';
export { openStore, STORE_FILE, type Store, type StoreOptions } from './store.ts';
