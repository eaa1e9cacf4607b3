import { describe, expect, test } from 'vitest';
import { HOUR, instant, millis, watts } from '../units.ts';
import type { Change } from './changes.ts';
import { changed } from './changes.ts';
import { minute, outlook, power, request, site, step } from './fixtures.ts';
import { outlineToJson, plan, whatIf } from './index.ts';

const outlooks = { DE: outlook([900, 800, 700, 600, 500, 400, 300, 200]) };
const steps = [step({ name: 'a', minutes: 60, gpus: 1 }), step({ name: 'b', minutes: 60, gpus: 1, sites: ['here'] })];
const asked = request({
  steps,
  deadline: 240,
  outlooks,
  sites: [site({ capacity: { cpus: 8, gpus: 1, memory: 0 } }), site({ name: 'there', country: 'FR' })],
  policy: { allowCountries: ['DE'] },
});

const ALL: readonly Change[] = [
  { kind: 'deadline', to: minute(480) },
  { kind: 'maxDelay', to: millis(HOUR) },
  { kind: 'premium', toPercent: 5 },
  { kind: 'minSaving', toPercent: 50 },
  { kind: 'residency', to: undefined },
  { kind: 'capacity', site: 'here', of: 'gpus', to: 2 },
  { kind: 'sites', step: 'b', to: undefined },
  { kind: 'duration', step: 'b', to: millis(2 * HOUR) },
  { kind: 'power', step: 'b', to: watts(500) },
  { kind: 'interruptible', step: 'b', to: { mode: 'freeze', pausedPower: watts(0) } },
];

describe('A change', () => {
  test.each(ALL.map((change) => [change.kind, change] as const))(
    'of %s gives the plan of the changed request',
    (_, change) => {
      const { before, after } = whatIf(asked, [change], power);
      expect(before.emissionsG).toBeCloseTo(plan(asked, power).emissionsG, 9);
      expect(after.emissionsG).toBeCloseTo(plan(changed(asked, [change]), power).emissionsG, 9);
    },
  );

  test('leaves what was asked as it was, and all else as it is', () => {
    const copy = structuredClone(asked);
    const other = changed(asked, ALL);
    expect(asked).toEqual(copy);
    expect(other.workflow.steps[0]).toEqual(asked.workflow.steps[0]);
    expect(other.sites[1]).toEqual(asked.sites[1]);
    expect(other.workflow.steps[1]).toMatchObject({
      sites: undefined,
      duration: 2 * HOUR,
      durationP50: 2 * HOUR,
      power: 500,
    });
  });

  test('comes with others, in their order', () => {
    const later: Change = { kind: 'deadline', to: minute(480) };
    expect(whatIf(asked, [{ kind: 'deadline', to: minute(120) }, later], power).after.deadline).toBe(minute(480));
  });

  test('may make a plan impossible, or possible', () => {
    const tight = whatIf(asked, [{ kind: 'deadline', to: minute(60) }], power);
    expect(tight.after).toMatchObject({ finish: null, steps: [] });
    expect(tight.after.unplaced).not.toEqual([]);
    const loose = whatIf(
      changed(asked, [{ kind: 'deadline', to: minute(60) }]),
      [{ kind: 'deadline', to: minute(240) }],
      power,
    );
    expect(loose.before.finish).toBeNull();
    expect(loose.after.finish).toBe(minute(240));
  });

  test('of a later deadline sees the hours until then', () => {
    const near = { DE: outlook([900, 800, 700, 600]) };
    const short = { ...asked, outlooks: near };
    const { after } = whatIf(short, [{ kind: 'deadline', to: minute(480) }], power, outlooks);
    expect(after.emissionsG).toBeCloseTo(200 + 300, 6);
  });
});

test('an outline is plain data as JSON', () => {
  const { before } = whatIf(asked, [], power);
  const json = outlineToJson(before);
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json.finish).toBe('2022-06-01T12:00:00Z');
  expect(before.finish).toBe(instant(minute(240)));
});
