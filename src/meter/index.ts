export { type CgroupRoots, findCgroupRoots } from './cgroup.ts';
export { type Choice, type ChoiceOptions, chooseMeters, createMeters, METERS } from './choose.ts';
export { type CounterFile, openCounterFile } from './counter-file.ts';
export type * from './meter.ts';
export { type OnReadings, type Sampled, type Sampling, startSampling } from './sampler.ts';
export {
  type ListedMeter,
  type MeterFactory,
  type Part,
  type Roots,
  type RunProgram,
  type Surroundings,
  surroundingsOf,
} from './surroundings.ts';
