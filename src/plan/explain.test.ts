import { describe, expect, test } from 'vitest';
import { checkpoint, freeze, minute, outlook, power, request, step } from './fixtures.ts';
import { plan } from './index.ts';

const reasons = (made: ReturnType<typeof plan>): readonly string[] => made.steps.map((planned) => planned.reason);

describe('A reason', () => {
  test('says that a step did not wait although another did', () => {
    const steps = [step({ name: 'a', minutes: 60 }), step({ name: 'b', minutes: 60, watts: 500, after: ['a'] })];
    const made = plan(request({ steps, deadline: 240, outlooks: { DE: outlook([200, 400, 400, 100]) } }), power);
    expect(reasons(made)).toEqual([
      'starts 08:00Z without waiting: 200\u202fg/kWh, nothing cleaner in its window',
      'starts 11:00Z: 100\u202fg/kWh against 400\u202fg/kWh run now',
    ]);
  });

  test('says that a step waits for the sake of those beside it', () => {
    const steps = [
      step({ name: 'a', minutes: 60, watts: 3_000 }),
      step({ name: 'b', minutes: 60, watts: 1_000, after: ['a'] }),
    ];
    const made = plan(request({ steps, deadline: 180, outlooks: { DE: outlook([400, 100, 300]) } }), power);
    expect(reasons(made)).toEqual([
      'starts 09:00Z: 100\u202fg/kWh against 400\u202fg/kWh run now',
      'starts 10:00Z: 300\u202fg/kWh for the sake of the steps beside it, against 100\u202fg/kWh run now',
    ]);
  });

  test('of a step that starts at once and pauses names the pause', () => {
    const steps = [step({ name: 'a', minutes: 120, interruptible: freeze() })];
    const made = plan(request({ steps, deadline: 240, outlooks: { DE: outlook([100, 400, 100, 400]) } }), power);
    expect(reasons(made)).toEqual([
      'starts 08:00Z: 100\u202fg/kWh against 250\u202fg/kWh run now; 1 pause skips dirtier hours',
    ]);
  });

  test('of a step without power speaks of no intensity', () => {
    const steps = [step({ name: 'a', minutes: 60, watts: 0 }), step({ name: 'b', minutes: 60 })];
    const made = plan(request({ steps, deadline: 120, outlooks: { DE: outlook([400, 100]) } }), power);
    expect(reasons(made)[0]).toBe('starts 08:00Z without waiting: 0\u202fg/kWh, nothing cleaner in its window');
  });

  test('names the day where it is another', () => {
    const steps = [step({ name: 'a', minutes: 60, interruptible: checkpoint(1, 1) })];
    const made = plan(
      request({
        steps,
        deadline: 24 * 60,
        now: minute(600),
        outlooks: { DE: outlook([...new Array<number>(20).fill(400), 90, 400, 400, 400]) },
      }),
      power,
    );
    expect(reasons(made)[0]).toBe('starts 06-02 04:00Z: 90\u202fg/kWh against 400\u202fg/kWh run now');
  });
});
