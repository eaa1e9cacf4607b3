export type * from './series.ts';
export type * from './provider.ts';
