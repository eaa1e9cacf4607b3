/**
 * The store: the database door of the house.
 *
 * @module
 */
export { canonicalJson } from './canonical-json.ts';
export { storeFailure } from './failures.ts';
export type * from './schema.ts';
export { glance, openStore, STORE_FILE, type Store, type StoreOptions } from './store.ts';
