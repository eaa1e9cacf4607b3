/**
 * The formats of job histories, the most particular first.
 *
 * @module
 */
import type { JobReader } from './reader.ts';
import { csv } from './readers/csv.ts';
import { kubernetes } from './readers/kubernetes.ts';
import { sacct } from './readers/sacct.ts';

export const READERS: readonly JobReader[] = [kubernetes, sacct, csv];
