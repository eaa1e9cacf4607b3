import { beforeEach, describe, expect, it } from 'vitest';
import { HandClock } from '../../test/support/staged-machine.ts';
import { type Instant, after as later, type Millis, microjoules, millis } from '../units.ts';
import type { Gap, Probe } from './meter.ts';
import { type Sampled, startSampling } from './sampler.ts';

let clock: HandClock;
let batches: Sampled[][];
const onReadings = (batch: readonly Sampled[]): void => {
  batches.push([...batch]);
};
beforeEach(() => {
  clock = new HandClock();
  batches = [];
});

/** A probe that says 1 µJ for each millisecond, unless told otherwise. */
class PlainProbe implements Probe {
  readonly meter = 'plain';
  readonly tier = 'B';
  readonly boundary = 'machine';
  readonly gsd = 1;
  readonly idlePolicy = 'none';
  readonly every?: Millis;
  #base: Instant;
  mood: 'well' | 'throws' | 'silent' = 'well';
  gaps: Gap[] = [];
  #gap: Gap | undefined;
  settled = 0;
  isClosed = false;
  constructor(since = clock.now(), every?: Millis) {
    this.#base = since;
    if (every !== undefined) this.every = every;
  }
  read() {
    this.#gap = this.gaps.shift();
    if (this.mood === 'throws') throw new Error('the disk is on fire');
    const start = this.#base;
    const end = clock.now();
    if (this.#gap !== undefined || this.mood === 'silent' || end === start) return undefined;
    this.#base = end;
    return {
      start,
      end,
      dynamic: microjoules(BigInt(end - start)),
      idle: microjoules(0n),
      cpuMicros: undefined,
      note: undefined,
    };
  }
  gap = () => this.#gap;
  mark = () => ({ at: this.#base, bootId: 'boot', counters: {} });
  async settle() {
    this.settled += 1;
  }
  close() {
    this.isClosed = true;
  }
}

const all = (): Sampled[] => batches.flat();
const energyOf = (probe: Probe): bigint =>
  all().reduce((sum, said) => sum + (said.probe === probe ? (said.reading?.dynamic ?? 0n) : 0n), 0n);

describe('sampling', () => {
  it('reads all probes each second in one batch', async () => {
    const probes = [new PlainProbe(), new PlainProbe()];
    const sampling = startSampling({ probes, clock, onReadings });
    for (let i = 0; i < 3; i++) await clock.advance(1_000);
    expect(batches.map((batch) => batch.length)).toEqual([2, 2, 2]);
    expect(batches[0]?.[0]?.reading).toMatchObject({ dynamic: 1_000n });
    await sampling.stop();
  });

  it('reads at the start what has passed since a mark', async () => {
    const probe = new PlainProbe(later(clock.now(), -60_000));
    const sampling = startSampling({ probes: [probe], clock, onReadings });
    expect(energyOf(probe)).toBe(60_000n);
    await sampling.stop();
  });

  it('reads a last time at the end, so that every millisecond is told', async () => {
    const probe = new PlainProbe();
    const sampling = startSampling({ probes: [probe], clock, onReadings });
    await clock.advance(1_000);
    await clock.advance(250);
    await sampling.stop();
    expect(energyOf(probe)).toBe(1_250n);
    expect(probe.settled).toBe(1);
    expect(probe.isClosed).toBe(false);
    await clock.advance(5_000);
    await sampling.stop();
    expect(energyOf(probe)).toBe(1_250n);
  });

  it('finishes one run while the others go on', async () => {
    const [first, second] = [new PlainProbe(), new PlainProbe()];
    const sampling = startSampling({ probes: [first], clock, onReadings });
    sampling.add(second);
    await clock.advance(500);
    await sampling.finish(first);
    await sampling.finish(first);
    await clock.advance(500);
    expect(energyOf(first)).toBe(500n);
    expect(energyOf(second)).toBe(1_000n);
    await sampling.stop();
  });

  it('reads an expensive probe only as often as it asks for', async () => {
    const probe = new PlainProbe(clock.now(), millis(5_000));
    const sampling = startSampling({ probes: [probe], clock, onReadings });
    for (let i = 0; i < 11; i++) await clock.advance(1_000);
    expect(batches).toHaveLength(2);
    await sampling.stop();
    expect(energyOf(probe)).toBe(11_000n);
  });

  it('does not make up for ticks that were slept through', async () => {
    const probe = new PlainProbe();
    const sampling = startSampling({ probes: [probe], clock, onReadings });
    await clock.advance(3_600_000);
    await clock.advance(1_000);
    await clock.advance(1_000);
    expect(batches.length).toBeLessThanOrEqual(3);
    await sampling.stop();
    expect(energyOf(probe)).toBe(3_602_000n);
  });
});

describe('what goes wrong', () => {
  it('in one probe does not stop the others', async () => {
    const [ill, well] = [new PlainProbe(), new PlainProbe()];
    ill.mood = 'throws';
    const sampling = startSampling({ probes: [ill, well], clock, onReadings });
    await clock.advance(1_000);
    ill.mood = 'well';
    await clock.advance(1_000);
    expect(energyOf(well)).toBe(2_000n);
    expect(energyOf(ill)).toBe(2_000n);
    await sampling.stop();
  });

  it('to the very end is told as a gap, with the reason', async () => {
    const probe = new PlainProbe();
    const sampling = startSampling({ probes: [probe], clock, onReadings });
    await clock.advance(1_000);
    const start = clock.now();
    probe.mood = 'throws';
    await clock.advance(1_000);
    await sampling.stop();
    expect(all().at(-1)?.gap).toEqual({ start, end: clock.now(), why: 'the disk is on fire' });
  });

  it('silently at the end is told as a gap too', async () => {
    const probe = new PlainProbe();
    const sampling = startSampling({ probes: [probe], clock, onReadings });
    probe.mood = 'silent';
    await clock.advance(1_000);
    await sampling.finish(probe);
    expect(all().at(-1)?.gap).toMatchObject({ end: clock.now(), why: 'the last reading failed' });
    await sampling.stop();
  });

  it('is told by the probe, and what follows is read in the same go', async () => {
    const probe = new PlainProbe();
    const start = clock.now();
    const sampling = startSampling({ probes: [probe], clock, onReadings });
    probe.gaps = [{ start, end: start, why: 'lost' }];
    await clock.advance(1_000);
    expect(all()).toMatchObject([{ gap: { why: 'lost' } }, { reading: { dynamic: 1_000n } }]);
    await sampling.stop();
  });

  it('in the store loses no reading: the batch is offered again', async () => {
    const probe = new PlainProbe();
    let isBusy = true;
    const sampling = startSampling({
      probes: [probe],
      clock,
      onReadings(batch) {
        if (isBusy) throw new Error('busy');
        onReadings(batch);
      },
    });
    await clock.advance(1_000);
    await clock.advance(1_000);
    expect(batches).toHaveLength(0);
    isBusy = false;
    await clock.advance(1_000);
    expect(all().map((said) => said.reading?.dynamic)).toEqual([1_000n, 1_000n, 1_000n]);
    isBusy = true;
    await clock.advance(1_000);
    await expect(sampling.stop()).rejects.toThrow('busy');
  });

  it('is not an abort: then the last readings are made at once', async () => {
    const probe = new PlainProbe();
    const abort = new AbortController();
    const sampling = startSampling({ probes: [probe], clock, onReadings, signal: abort.signal });
    await clock.advance(700);
    abort.abort();
    await sampling.stop();
    expect(energyOf(probe)).toBe(700n);
  });
});
