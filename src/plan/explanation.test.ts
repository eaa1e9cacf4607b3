import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, millis, watts } from '../units.ts';
import { checkpoint, EIGHT, minute, outlook, power, type RequestSketch, request, site, step } from './fixtures.ts';
import { type Explanation, explain, explanationToJson, plan } from './index.ts';

function explained(name: string, sketch: RequestSketch): Explanation {
  const found = explain(request(sketch), power, name);
  if (found === undefined) throw new Error(`${name} is not in the plan`);
  return found;
}

const CHAIN = [
  step({ name: 'prepare', minutes: 30 }),
  step({ name: 'train', minutes: 120, after: ['prepare'], interruptible: checkpoint(3, 2) }),
  step({ name: 'score', minutes: 15, after: ['train'] }),
];
const outlooks = { DE: outlook([400, 100, 500, 500, 100, 100, 300, 300]) };

describe('An explanation', () => {
  test('holds the step as the plan has it, and run-now beside it', () => {
    const sketch = { steps: CHAIN, deadline: 480, outlooks };
    const { planned, runNow } = explained('train', sketch);
    expect(planned).toEqual(plan(request(sketch), power).steps[1]);
    expect(runNow).toMatchObject({ site: 'here', start: minute(30), end: minute(150) });
    expect(runNow.emissionsG).toBeCloseTo(200 + 100 + 250, 6);
  });

  test('shows the hours of the window and the part of each in which the step runs', () => {
    const { window } = explained('a', {
      steps: [step({ name: 'a', minutes: 90 })],
      deadline: 240,
      outlooks: { DE: outlook([400, 300, 200, 100]) },
    });
    expect(window.slots.map(({ intensityGPerKWh, used }) => [intensityGPerKWh, used])).toEqual([
      [400, 0],
      [300, 0],
      [200, 0.5],
      [100, 1],
    ]);
    expect(window.meanGPerKWh).toBe(250);
    expect(window.chosenGPerKWh).toBeCloseTo((100 + 100) / 1.5, 9);
  });

  test('says what sets the guard: the steps that come after, then the deadline', () => {
    const { guard } = explained('prepare', { steps: CHAIN, deadline: 480, outlooks });
    expect(guard).toEqual({
      latestStart: minute(480 - 15 - 120 - 30),
      deadline: minute(480 - 15 - 120),
      through: [
        { step: 'train', duration: 120 * MINUTE },
        { step: 'score', duration: 15 * MINUTE },
      ],
      limit: 'deadline',
    });
    expect(explained('score', { steps: CHAIN, deadline: 480, outlooks }).guard.through).toEqual([]);
  });

  test('says that the longest delay sets it', () => {
    const policy = { maxDelay: millis(HOUR) };
    const { guard } = explained('a', { steps: [step({ name: 'a', minutes: 60 })], deadline: 480, outlooks, policy });
    expect(guard).toMatchObject({ limit: 'maxDelay', deadline: minute(120), through: [] });
  });

  test('counts pauses with what they take', () => {
    const { pauses, planned } = explained('train', { steps: CHAIN, deadline: 480, outlooks });
    expect(pauses).toEqual({ count: planned.intervals.length - 1, checkpoint: 3 * MINUTE, restart: 2 * MINUTE });
  });

  test('prices each other site, or says why it cannot run there', () => {
    const sites = [
      site(),
      site({ name: 'twin', pue: 1.5 }),
      site({ name: 'small', capacity: { cpus: 0, gpus: 0, memory: 0 } }),
    ];
    const { places } = explained('a', { steps: [step({ name: 'a', minutes: 60 })], deadline: 480, outlooks, sites });
    expect(places).toMatchObject([
      { site: 'here', isChosen: true, choice: { emissionsG: expect.closeTo(100, 6) }, refusal: null },
      { site: 'twin', isChosen: false, choice: { emissionsG: expect.closeTo(150, 6) }, refusal: null },
      { site: 'small', isChosen: false, choice: null, refusal: 'capacity: small has 0 cpus, the step needs 1' },
    ]);
  });

  test('is of a step of the plan alone', () => {
    expect(explain(request({ steps: CHAIN, deadline: 480, outlooks }), power, 'other')).toBeUndefined();
    expect(explain(request({ steps: CHAIN, deadline: 60, outlooks }), power, 'train')).toBeUndefined();
  });

  test('is plain data as JSON', () => {
    const json = explanationToJson(explained('prepare', { steps: CHAIN, deadline: 480, outlooks }));
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(json.guard.through[0]).toEqual({ step: 'train', durationSeconds: 7_200 });
    expect(json.window.start).toBe('2022-06-01T08:00:00Z');
  });
});

describe('The sizes of a step', () => {
  const levels = [
    { level: 1, speed: 1, power: undefined, needs: {} },
    { level: 2, speed: 2, power: watts(2_400), needs: {} },
  ];
  const sized = (deadline: number) =>
    explain(
      request({
        steps: [{ ...step({ name: 'train', minutes: 120 }), levels }],
        deadline,
        outlooks: { DE: outlook([300, 100, 300, 300]) },
      }),
      power,
      'train',
    )?.levels;

  test('are told with what it would take in each, and where there is no room for one', () => {
    expect(sized(240)).toEqual([
      { level: 1, isChosen: false, choice: { start: EIGHT, end: minute(120), emissionsG: 400, cost: null } },
      { level: 2, isChosen: true, choice: { start: minute(60), end: minute(120), emissionsG: 240, cost: null } },
    ]);
    expect(sized(90)?.map(({ choice }) => choice === null)).toEqual([true, false]);
  });
});
