/**
 * What people ask beside a replay: how it would be with another slack, further zones, more capacity.
 *
 * @module
 */
import { Failure } from '../errors.ts';
import type { Capacity } from './scene.ts';
import { type Slack, slackOf, timesIn } from './slack.ts';

export type WhatIf =
  | { readonly name: string; readonly slack: Slack }
  | { readonly name: string; readonly slackTimes: number }
  | { readonly name: string; readonly zones: readonly string[] }
  | { readonly name: string; readonly capacity: (capacity: Capacity) => Capacity };

const EXPECTED = 'slack=2x (twice the slack), slack=48h, zones=+SE, capacity=+20% or capacity=500';

/** Reads `slack=2x`, `zones=+SE,FR` and `capacity=+20%`. Throws `cli/usage` for anything else. */
export function parseWhatIf(text: string): WhatIf {
  const match = /^(slack|zones|capacity)=(.+)$/.exec(text.trim());
  const [, key, value = ''] = match ?? [];
  const found = key === 'slack' ? slack(value) : key === 'zones' ? zones(value) : capacity(key, value);
  if (found === undefined) throw new Failure('cli/usage', '--what-if', { value: text, expected: EXPECTED });
  return found;
}

function slack(value: string): WhatIf {
  const slackTimes = timesIn(value);
  return slackTimes === undefined
    ? { name: `slack ${value}`, slack: slackOf(value) }
    : { name: `${slackTimes} × the slack`, slackTimes };
}

function zones(value: string): WhatIf | undefined {
  const names = value.split(',').map((name) => name.trim().replace(/^\+/, ''));
  return names.includes('') ? undefined : { name: `zones + ${names.join(', ')}`, zones: names };
}

function capacity(key: string | undefined, value: string): WhatIf | undefined {
  const share = /^([+-]\d+(?:\.\d+)?)\s*%$/.exec(value);
  if (key === 'capacity' && share !== null) {
    const factor = 1 + Number(share[1]) / 100;
    const scaled = ({ cpus, gpus }: Capacity): Capacity => ({ cpus: cpus * factor, gpus: gpus * factor });
    return factor > 0 ? { name: `capacity ${share[1]?.replace('-', '−')} %`, capacity: scaled } : undefined;
  }
  if (key !== 'capacity' || !/^[1-9]\d{0,8}$/.test(value)) return undefined;
  return { name: `${value} CPUs`, capacity: ({ gpus }) => ({ cpus: Number(value), gpus }) };
}
