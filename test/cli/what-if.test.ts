import { describe, expect, test } from 'vitest';
import { readChange } from '../../src/cli/what-if.ts';
import { Failure } from '../../src/errors.ts';
import { minute, outlook, request, site, step } from '../../src/plan/fixtures.ts';
import { HOUR, MINUTE, millis } from '../../src/units.ts';

const asked = {
  request: request({
    steps: [step({ name: 'train.v2', minutes: 60, sites: ['here'] }), step({ name: 'score', minutes: 30 })],
    deadline: 240,
    outlooks: { DE: outlook([1, 2, 3, 4]) },
    sites: [site(), site({ name: 'hpc.gb' })],
    policy: { maxDelay: millis(HOUR), allowCountries: ['DE'] },
  }),
  readDeadline: (text: string) =>
    text === '20:00' ? Promise.resolve(minute(720)) : Promise.reject(new Failure('workload/deadline', 'deadline')),
};

describe('A change', () => {
  test.each([
    ['deadline=+6h', { kind: 'deadline', to: minute(240 + 360) }],
    ['deadline = -2h', { kind: 'deadline', to: minute(120) }],
    ['deadline=20:00', { kind: 'deadline', to: minute(720) }],
    ['maxDelay=4h', { kind: 'maxDelay', to: 4 * HOUR }],
    ['maxDelay=+30m', { kind: 'maxDelay', to: HOUR + 30 * MINUTE }],
    ['maxDelay=none', { kind: 'maxDelay', to: undefined }],
    ['premium=5%', { kind: 'premium', toPercent: 5 }],
    ['premium=none', { kind: 'premium', toPercent: undefined }],
    ['minSaving=0 %', { kind: 'minSaving', toPercent: 0 }],
    ['residency=+FR', { kind: 'residency', to: ['DE', 'FR'] }],
    ['residency=NL,FR', { kind: 'residency', to: ['NL', 'FR'] }],
    ['residency=all', { kind: 'residency', to: undefined }],
    ['sites=+hpc.gb', { kind: 'sites', step: 'train.v2', to: ['here', 'hpc.gb'] }],
    ['sites=all', { kind: 'sites', step: 'train.v2', to: undefined }],
    ['capacity.hpc.gb.gpus=+1', { kind: 'capacity', site: 'hpc.gb', of: 'gpus', to: 9 }],
    ['capacity.here.cpus=-4', { kind: 'capacity', site: 'here', of: 'cpus', to: 60 }],
    ['capacity.here.memory=8 GB', { kind: 'capacity', site: 'here', of: 'memory', to: 8e9 }],
    ['train.v2.duration=2h', { kind: 'duration', step: 'train.v2', to: 2 * HOUR }],
    ['score.duration=-10m', { kind: 'duration', step: 'score', to: 20 * MINUTE }],
    ['score.power=1.2 kW', { kind: 'power', step: 'score', to: 1_200 }],
    ['train.v2.sites=hpc.gb', { kind: 'sites', step: 'train.v2', to: ['hpc.gb'] }],
    ['score.interruptible=true', { kind: 'interruptible', step: 'score', to: { mode: 'freeze', pausedPower: 0 } }],
    ['score.interruptible=false', { kind: 'interruptible', step: 'score', to: { mode: 'never' } }],
  ])('%s is read', async (written, change) => {
    expect(await readChange(written, asked)).toEqual([change]);
  });

  test('of all site lists is one of each', async () => {
    expect(await readChange('sites=here', asked)).toMatchObject([{ step: 'train.v2' }, { step: 'score' }]);
  });

  test.each([
    ['deadline', 'deadline=+6h'],
    ['=+6h', 'deadline=+6h'],
    ['deadline=+6', '+6h'],
    ['deadline=-9h', 'a deadline after now'],
    ['deadlin=+6h', 'did you mean "deadline"'],
    ['maxDelay=-2h', 'a length such as 2h'],
    ['premium=lots', '5 %'],
    ['residency=Germany', 'DE,FR'],
    ['sites=+hcp.gb', 'did you mean "hpc.gb"'],
    ['capacity.mars.gpus=1', 'here, hpc.gb'],
    ['capacity.here.gpus=many', '+1'],
    ['capacity.here.gpus=-9', '+1'],
    ['capacity.here.memory=8', '8 GB'],
    ['scor.duration=2h', 'did you mean "score"'],
    ['score.duration=-1h', 'a length such as 2h'],
    ['score.power=fast', '700 W'],
    ['score.interruptible=maybe', 'true'],
    ['score.retries=2', 'STEP.duration'],
  ])('%s is refused with what was expected', async (written, expected) => {
    const failure: unknown = await readChange(written, asked).catch((thrown: unknown) => thrown);
    if (!(failure instanceof Failure)) throw new Error(`${written} was read`);
    expect(failure.code).toBe('cli/usage');
    expect(`${failure.message} ${failure.expected ?? ''}`).toContain(expected);
  });
});
