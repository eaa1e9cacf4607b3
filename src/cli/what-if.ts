/**
 * Changes as people write them: `deadline=+6h`, `capacity.hpc.gpus=+1`, `train.duration=2h`.
 *
 * @module
 */
import type { Change, PlanRequest } from '../app.ts';
import { Failure } from '../errors.ts';
import { suggestion } from '../mistakes.ts';
import {
  formatInstant,
  type Instant,
  instant,
  type Millis,
  millis,
  parseBytes,
  parseDuration,
  parsePercent,
  parsePower,
  watts,
} from '../units.ts';

/** What a change is read against. */
export interface Asked {
  readonly request: PlanRequest;
  /** Reads an instant as the deadline of a workflow is written. */
  readonly readDeadline: (text: string) => Promise<Instant>;
}

const KEYS = [
  'deadline',
  'maxDelay',
  'premium',
  'minSaving',
  'residency',
  'sites',
  'capacity.SITE.cpus',
  'capacity.SITE.gpus',
  'capacity.SITE.memory',
  'STEP.duration',
  'STEP.power',
  'STEP.sites',
  'STEP.interruptible',
] as const;

/** The changes that `KEY=VALUE` stands for. Fails with `cli/usage` where it stands for none. */
export async function readChange(written: string, asked: Asked): Promise<readonly Change[]> {
  const split = written.indexOf('=');
  if (split < 1) throw misused(written, 'a change such as deadline=+6h');
  const key = written.slice(0, split).trim();
  const value = written.slice(split + 1).trim();
  const { policy, deadline, steps } = asked.request.workflow;
  switch (key) {
    case 'deadline':
      return [{ kind: 'deadline', to: await readDeadline(value, deadline, asked) }];
    case 'maxDelay': {
      const to = value === 'none' ? undefined : millis(length(key, value, policy.maxDelay, ', or none'));
      return [{ kind: 'maxDelay', to }];
    }
    case 'premium':
      return [{ kind: 'premium', toPercent: value === 'none' ? undefined : share(key, value, ', or none') }];
    case 'minSaving':
      return [{ kind: 'minSaving', toPercent: share(key, value) }];
    case 'residency':
      return [{ kind: 'residency', to: countries(value, policy.allowCountries) }];
    case 'sites':
      return steps.flatMap((step): Change[] => {
        const to = siteList(key, value, step.sites, asked);
        return to === step.sites ? [] : [{ kind: 'sites', step: step.name, to }];
      });
    default:
      return [partOf(key, value, asked)];
  }
}

/** `capacity.SITE.KIND` or `STEP.PART`; names may hold points themselves. */
function partOf(key: string, value: string, asked: Asked): Change {
  const last = key.lastIndexOf('.');
  const part = key.slice(last + 1);
  if (key.startsWith('capacity.') && (part === 'cpus' || part === 'gpus' || part === 'memory')) {
    return capacity(key, part, value, asked);
  }
  const { steps } = asked.request.workflow;
  const name = key.slice(0, Math.max(0, last));
  const step = steps.find((one) => one.name === name);
  const isPart = part === 'duration' || part === 'power' || part === 'sites' || part === 'interruptible';
  if (last < 1 || !isPart) {
    const known = KEYS.filter((one) => !/[A-Z]{4}/.test(one));
    throw new Failure('cli/usage', `--what-if: no such key${suggestion(key, known)}`, {
      value: key,
      expected: `one of ${KEYS.join(', ')}`,
    });
  }
  if (step === undefined) {
    const names = steps.map((one) => one.name);
    throw new Failure('cli/usage', `--what-if: no such step${suggestion(name, names)}`, {
      value: name,
      expected: names.slice(0, 8).join(', '),
    });
  }
  switch (part) {
    case 'duration':
      return { kind: 'duration', step: name, to: millis(length(key, value, step.duration)) };
    case 'power': {
      const to = parsePower(value);
      if (to === undefined) throw misused(value, 'a power such as "700 W"', key);
      return { kind: 'power', step: name, to };
    }
    case 'sites':
      return { kind: 'sites', step: name, to: siteList(key, value, step.sites, asked) };
    case 'interruptible':
      if (value !== 'true' && value !== 'false') throw misused(value, 'true (a freeze at no cost) or false', key);
      return {
        kind: 'interruptible',
        step: name,
        to: value === 'true' ? { mode: 'freeze', pausedPower: watts(0) } : { mode: 'never' },
      };
  }
}

async function readDeadline(
  value: string,
  deadline: Instant,
  { request, readDeadline: read }: Asked,
): Promise<Instant> {
  const [, sign, rest] = /^([+-])(.*)$/.exec(value) ?? [];
  if (sign === undefined) return read(value);
  const by = parseDuration(rest ?? '');
  if (by === undefined) throw misused(value, 'a length such as +6h or -2h, or an instant', 'deadline');
  const to = instant(deadline + (sign === '+' ? by : -by));
  if (to <= request.now) throw misused(value, `a deadline after now, ${formatInstant(request.now)}`, 'deadline');
  return to;
}

/** `2h`, or `+30m` and `-30m` of what is there. Above zero. */
function length(key: string, value: string, there: Millis | undefined, or = ''): number {
  const [, sign, rest] = /^([+-]?)(.*)$/.exec(value) ?? [];
  const by = parseDuration(rest ?? '');
  const base = sign === '' ? 0 : (there ?? Number.NaN);
  const to = base + (sign === '-' ? -1 : 1) * (by ?? Number.NaN);
  const relative = there === undefined ? '' : ', or +30m and -30m';
  if (!(to > 0 && to <= 366 * 86_400_000)) throw misused(value, `a length such as 2h${relative}${or}`, key);
  return to;
}

function share(key: string, value: string, or = ''): number {
  const percent = parsePercent(value);
  if (percent === undefined || percent > 1_000) throw misused(value, `a share such as "5 %"${or}`, key);
  return percent;
}

function countries(value: string, there: readonly string[] | undefined): readonly string[] | undefined {
  if (value === 'all') return undefined;
  const list = value
    .replace(/^\+/, '')
    .split(',')
    .map((one) => one.trim());
  if (!list.every((one) => /^[A-Z]{2}$/.test(one))) throw misused(value, 'DE,FR or +FR or all', 'residency');
  if (!value.startsWith('+')) return list;
  return there === undefined ? undefined : [...new Set([...there, ...list])];
}

function siteList(
  key: string,
  value: string,
  there: readonly string[] | undefined,
  { request }: Asked,
): readonly string[] | undefined {
  if (value === 'all') return undefined;
  const known = request.sites.map(({ name }) => name);
  const list = value
    .replace(/^\+/, '')
    .split(',')
    .map((one) => one.trim());
  for (const name of list) if (!known.includes(name)) throw noSite(name, known, key);
  if (!value.startsWith('+')) return list;
  return there === undefined ? undefined : [...new Set([...there, ...list])];
}

function capacity(key: string, of: 'cpus' | 'gpus' | 'memory', value: string, { request }: Asked): Change {
  const name = key.slice('capacity.'.length, key.lastIndexOf('.'));
  const site = request.sites.find((one) => one.name === name);
  if (site === undefined)
    throw noSite(
      name,
      request.sites.map((one) => one.name),
      key,
    );
  const [, sign, rest = ''] = /^([+-]?)(.*)$/.exec(value) ?? [];
  const amount = of === 'memory' ? parseBytes(rest) : /^\d{1,7}(\.\d+)?$/.test(rest) ? Number(rest) : undefined;
  const to = (sign === '' ? 0 : site.capacity[of]) + (sign === '-' ? -1 : 1) * (amount ?? Number.NaN);
  if (!(to >= 0)) {
    throw misused(value, of === 'memory' ? '"+8 GB" or "64 GB"' : `+1 or a number of ${of} such as 16`, key);
  }
  return { kind: 'capacity', site: name, of, to };
}

const misused = (value: string, expected: string, key?: string): Failure =>
  new Failure('cli/usage', key === undefined ? '--what-if' : `--what-if ${key}`, { value, expected });

const noSite = (name: string, known: readonly string[], key: string): Failure =>
  new Failure('cli/usage', `--what-if ${key}: no such site${suggestion(name, known)}`, {
    value: name,
    expected: known.join(', '),
  });
