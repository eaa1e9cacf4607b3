export type * from './meter.ts';
