/** The ways to plan a fleet: each one file and one line here. */
import type { Solver } from '../fleet.ts';
import { byCell } from './by-cell.ts';
import { levels } from './levels.ts';
import { matroid } from './matroid.ts';
import { oneSite } from './one-site.ts';
import { priced } from './priced.ts';
import { smooth } from './smooth.ts';

export const SOLVERS: readonly Solver[] = [matroid, levels, smooth, oneSite, byCell, priced];
