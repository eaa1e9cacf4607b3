/**
 * The ridges, each a choice of columns, a target and a penalty. A new one is one entry.
 *
 * @module
 */
import type { Block } from './features.ts';

export interface Expert {
  readonly name: string;
  /** The columns that it reads, as far as they are there. */
  readonly blocks: readonly Block[];
  /** Those of them without which it would be another expert: where one is not there, it does not speak. */
  readonly needs: readonly Block[];
  /**
   * `log`: what ln intensity differs by from the first guess. `amounts`: what emissions and generation differ by from
   * theirs; the intensity is their quotient.
   */
  readonly target: 'log' | 'amounts';
  readonly lambda: number;
}

const WITHOUT_WEATHER: readonly Block[] = ['calendar', 'holidays', 'history'];
const WITH_WEATHER: readonly Block[] = [...WITHOUT_WEATHER, 'weather', 'curves', 'neighbours'];

export const EXPERTS = [
  { name: 'history', blocks: [...WITHOUT_WEATHER, 'mix'], needs: [], target: 'log', lambda: 0.3 },
  { name: 'weather', blocks: [...WITHOUT_WEATHER, 'weather', 'mix'], needs: ['weather'], target: 'log', lambda: 0.5 },
  { name: 'log-mix', blocks: [...WITH_WEATHER, 'mix'], needs: ['weather', 'mix'], target: 'log', lambda: 0.3 },
  { name: 'log', blocks: WITH_WEATHER, needs: ['weather'], target: 'log', lambda: 0.3 },
  {
    name: 'amounts',
    blocks: [...WITH_WEATHER, 'amounts'],
    needs: ['weather', 'amounts'],
    target: 'amounts',
    lambda: 0.2,
  },
] as const satisfies readonly Expert[];

/**
 * Those that hear what the operator of the grid forecasts of wind and sun, with weather and mix where there are any. They
 * learn by themselves, since operators' forecasts begin where somebody began to keep them, and speak of the days ahead that
 * those reach.
 */
export const OPERATOR_EXPERTS = [
  { name: 'operator', blocks: [...WITH_WEATHER, 'mix', 'operator'], needs: ['operator'], target: 'log', lambda: 0.3 },
  {
    name: 'operator-amounts',
    blocks: [...WITH_WEATHER, 'amounts', 'operator'],
    needs: ['operator', 'amounts'],
    target: 'amounts',
    lambda: 0.2,
  },
] as const satisfies readonly Expert[];
