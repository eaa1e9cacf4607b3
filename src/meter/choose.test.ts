import { afterEach, describe, expect, it } from 'vitest';
import { MODEL, StagedMachine } from '../../test/support/staged-machine.ts';
import { chooseMeters, createMeters } from './choose.ts';
import type { Target } from './meter.ts';

let machine = new StagedMachine();
afterEach(() => machine.remove());

const choose = (shape: { powercap?: string; nvidia?: boolean }, target: Partial<Target> = {}, marks = {}) => {
  machine.remove();
  machine = new StagedMachine(shape);
  const meters = createMeters(machine.surroundings({ runProgram: () => Promise.reject(new Error('not now')) }));
  const choice = chooseMeters(machine.target(target), MODEL, { clock: machine.clock, meters, marks });
  for (const probe of choice.probes) probe.close();
  return {
    chosen: choice.probes.map((probe) => probe.meter),
    passedOver: Object.fromEntries(choice.passedOver.map(({ meter, why }) => [meter, why])),
  };
};

describe('the choice of meters', () => {
  it('is CPU time where there is nothing better, and says why the others are not', () => {
    expect(choose({})).toEqual({
      chosen: ['cpu-time'],
      passedOver: { rapl: expect.stringContaining('no processor counters'), nvidia: 'the run reserves no GPU' },
    });
  });

  it('is the counters of the processor where they can be read, and never CPU time with them', () => {
    expect(choose({ powercap: 'powercap-intel-1-socket' })).toEqual({
      chosen: ['rapl'],
      passedOver: { 'cpu-time': 'rapl already counts the cpu', nvidia: 'the run reserves no GPU' },
    });
  });

  it('adds the GPUs for a run that reserves any', () => {
    expect(choose({ powercap: 'powercap-amd', nvidia: true }, { gpus: 1 }).chosen).toEqual(['rapl', 'nvidia']);
    expect(choose({}, { gpus: 1 }).passedOver).toMatchObject({ nvidia: 'no nvidia-smi on this machine' });
  });

  it('goes on with the meter that has a mark, since a better one does not know the past', () => {
    const mark = { at: machine.clock.now(), bootId: 'x', counters: {} };
    expect(choose({ powercap: 'powercap-amd' }, {}, { 'cpu-time': mark }).chosen).toEqual(['cpu-time']);
  });

  it('passes a meter over that cannot be opened', () => {
    machine.remove();
    machine = new StagedMachine();
    const meters = createMeters(machine.surroundings()).map((meter) =>
      meter.name === 'cpu-time'
        ? {
            ...meter,
            open: () => {
              throw new Error('no');
            },
          }
        : meter,
    );
    const choice = chooseMeters(machine.target(), MODEL, { clock: machine.clock, meters });
    expect(choice.probes).toEqual([]);
    expect(choice.passedOver).toContainEqual({ meter: 'cpu-time', why: 'it could not be opened: no' });
  });

  it('makes its own meters from the roots it is given', () => {
    machine.remove();
    machine = new StagedMachine({ powercap: 'powercap-psys' });
    const { probes } = chooseMeters(machine.target(), MODEL, { clock: machine.clock, roots: machine.roots });
    expect(probes.map((probe) => probe.meter)).toEqual(['rapl']);
    for (const probe of probes) probe.close();
  });
});
