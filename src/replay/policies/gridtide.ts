/**
 * Gridtide: each job is planned when it comes. With each new forecast, and where a job found no room in time, all work
 * that waits or may pause is planned anew, the most urgent first; what ran until then stays as it was. Where even so not
 * all of it ends in time, the grid no longer counts: the most urgent runs first, as soon as there is room.
 *
 * @module
 */
import { type Curve, flatCurve } from '../curve.ts';
import type { FleetPlace, PlanFleet, Wish } from '../fleet.ts';
import { Headroom } from '../headroom.ts';
import { insertion } from '../insertion.ts';
import type { Policy } from '../policy.ts';
import { Room } from '../room.ts';
import type { Capacity, Scene, SceneJobs } from '../scene.ts';
import { Pieces, type Schedule } from '../schedule.ts';

export const gridtide: Policy = {
  name: 'gridtide',
  about: 'the cleanest hours before each deadline',
  walk: (scene) => new Walk(scene, insertion()).run(),
};

/** So many jobs come before those that have ended are let go. */
const SETTLED_EVERY = 512;

/** A job that has come and has not ended. */
interface Active {
  readonly job: number;
  place: number;
  /** What is still planned of it. */
  pieces: readonly number[];
  leftH: number;
  begun: boolean;
}

class Walk {
  readonly #scene: Scene;
  readonly #plan: PlanFleet;
  readonly #rooms: readonly (Room | undefined)[];
  readonly #done = new Pieces();
  /** What is expected of each place. */
  #known: readonly FleetPlace[] = [];
  /** Nothing is: the earliest hour is the best. */
  readonly #atOnce: readonly FleetPlace[];
  readonly #headrooms: readonly { readonly of: Float64Array; readonly headroom: Headroom }[];
  #active: Active[] = [];
  #issue = -1;
  #now: number;
  /** A job found no room in time since everything was planned last. */
  #crowded = false;
  /** Too much waits for any more of it to wait for the grid. */
  #urgent = false;

  constructor(scene: Scene, plan: PlanFleet) {
    const { capacity, places, stepH, jobs } = scene;
    this.#scene = scene;
    this.#plan = plan;
    this.#rooms = places.map(({ truth }) => capacity && new Room(capacity, stepH, truth.intensityG.length));
    this.#atOnce = this.#placesWith(places.map(() => flatCurve(stepH)));
    this.#headrooms = capacity === undefined ? [] : headroomsOf(jobs, capacity, places.length);
    this.#now = Math.floor(jobs.submitH[0] ?? 0);
    this.#look(-1);
  }

  run(): Schedule {
    const { jobs } = this.#scene;
    for (let job = 0; job < jobs.count; job++) {
      const at = jobs.submitH[job] ?? 0;
      this.#walkTo(at);
      this.#take(job, at);
      if (job % SETTLED_EVERY === 0) this.#settle(Math.max(this.#now, Math.floor(at)));
    }
    while (this.#active.length > 0) {
      const last = this.#active.reduce((end, { pieces }) => Math.max(end, pieces.at(-1) ?? 0), 0);
      this.#walkTo(last);
      this.#settle(last);
    }
    return this.#done.finish();
  }

  /** New forecasts as they come; a place that work shares is looked at every hour. */
  #walkTo(until: number): void {
    const { foresight, capacity } = this.#scene;
    for (;;) {
      const issueAt = foresight.issuesH[this.#issue + 1] ?? Number.POSITIVE_INFINITY;
      const hour = capacity === undefined ? Number.POSITIVE_INFINITY : this.#now + 1;
      const next = Math.min(issueAt, hour);
      if (next > until) return;
      const isNew = issueAt === next;
      if (isNew) this.#look(this.#issue + 1);
      if (capacity !== undefined) this.#watch(next);
      this.#now = next;
      if (isNew || this.#crowded) this.#planAnew(next);
    }
  }

  /** Whether work may still wait for the grid; where that changes, all of it is planned anew. */
  #watch(now: number): void {
    this.#settle(now);
    const allowed = this.#headrooms.every(({ of, headroom }) => {
      headroom.passed(now - this.#now);
      return headroom.allows(this.#active.reduce((sum, { job, leftH }) => sum + leftH * (of[job] ?? 0), 0));
    });
    if (allowed === this.#urgent) this.#crowded = true;
    this.#urgent = !allowed;
  }

  /** What is known from the forecast `issue` on. */
  #look(issue: number): void {
    const { foresight, places, stepH } = this.#scene;
    this.#issue = issue;
    const curves = places.map((_, index) => foresight.curve(index, issue));
    const known = curves.every((curve): curve is Curve => curve !== undefined);
    // With nothing known, every hour is as good as now, and every place as good as home.
    this.#known = this.#placesWith(known ? curves : [flatCurve(stepH)]);
  }

  #placesWith(curves: readonly Curve[]): FleetPlace[] {
    const { places } = this.#scene;
    return curves.map((curve, index) => ({ curve, pue: places[index]?.pue ?? 1, room: this.#rooms[index] }));
  }

  #take(job: number, at: number): void {
    const one: Active = { job, place: -1, pieces: [], leftH: this.#scene.jobs.lengthH[job] ?? 0, begun: false };
    const { dueH, lengthH } = this.#scene.jobs;
    for (const { of, headroom } of this.#headrooms)
      headroom.came((of[job] ?? 0) * one.leftH, (dueH[job] ?? 0) - at - (lengthH[job] ?? 0));
    this.#placeAll([one], at, this.#urgent ? this.#atOnce : this.#known);
    this.#active.push(one);
  }

  #placeAll(waiting: readonly Active[], now: number, places: readonly FleetPlace[]): void {
    const placed = this.#plan(
      waiting.map((one) => this.#wishOf(one, now)),
      places,
    );
    placed.forEach(({ place, pieces, inTime }, i) => {
      const one = waiting[i];
      if (one === undefined) return;
      one.place = place;
      one.pieces = pieces;
      if (!inTime) this.#crowded = true;
    });
  }

  #wishOf({ job, place, leftH, begun }: Active, now: number): Wish {
    const { jobs } = this.#scene;
    return {
      fromH: Math.max(now, jobs.submitH[job] ?? 0),
      dueH: jobs.dueH[job] ?? 0,
      workH: leftH,
      pausable: jobs.pausable[job] === 1,
      cpus: jobs.cpus[job] ?? 0,
      gpus: jobs.gpus[job] ?? 0,
      place: begun ? place : -1,
    };
  }

  #planAnew(now: number): void {
    this.#crowded = false;
    this.#settle(now);
    const { dueH } = this.#scene.jobs;
    const open = this.#active.filter((one) => !this.#isFixed(one));
    for (const one of open) this.#giveBack(one, now);
    const urgency = ({ job, leftH }: Active): number => (dueH[job] ?? 0) - leftH;
    open.sort((a, b) => urgency(a) - urgency(b) || a.job - b.job);
    if (!this.#urgent) this.#placeAll(open, now, this.#known);
    if (!this.#urgent && !this.#crowded) return;
    if (!this.#urgent) for (const one of open) this.#giveBack(one, now);
    this.#placeAll(open, now, this.#atOnce);
  }

  /** Work that has begun and must not pause goes on as it was planned. */
  #isFixed({ job, begun }: Active): boolean {
    return begun && this.#scene.jobs.pausable[job] !== 1;
  }

  #giveBack({ job, place, pieces }: Active, now: number): void {
    const { jobs, stepH } = this.#scene;
    const room = this.#rooms[place];
    if (room === undefined) return;
    const from = Math.ceil(now / stepH - 1e-9);
    for (let i = 0; i < pieces.length; i += 2) {
      room.reserve(pieces[i] ?? 0, pieces[i + 1] ?? 0, jobs.cpus[job] ?? 0, jobs.gpus[job] ?? 0, -1, from);
    }
  }

  /** What ran before `now` has run. */
  #settle(now: number): void {
    this.#active = this.#active.filter((one) => {
      const isWhole = this.#scene.jobs.pausable[one.job] !== 1;
      const left: number[] = [];
      for (let i = 0; i < one.pieces.length; i += 2) {
        const [start = 0, end = 0] = [one.pieces[i], one.pieces[i + 1]];
        if (start < now) one.begun = true;
        const until = isWhole && end > now ? start : Math.min(end, now);
        if (until > start) {
          this.#done.add(one.job, one.place, start, until);
          one.leftH -= until - start;
        }
        if (end > now) left.push(Math.max(start, until), end);
      }
      one.pieces = left;
      return left.length > 0;
    });
  }
}

/** The kinds of capacity that are limited; those of all places together. */
function headroomsOf(jobs: SceneJobs, { cpus, gpus }: Capacity, places: number) {
  return [
    { of: jobs.cpus, capacity: cpus },
    { of: jobs.gpus, capacity: gpus },
  ].flatMap(({ of, capacity }) =>
    Number.isFinite(capacity) ? [{ of, headroom: new Headroom(capacity * places) }] : [],
  );
}
