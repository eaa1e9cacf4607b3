/**
 * Work of several sizes, or at several sites at once: in each slot the lower convex hull of (speed, cost) from not running
 * to the fastest, all edges of all slots taken by slope. Exact for the relaxation in which a slot may be shared among
 * sizes, since along a hull the slopes ascend; one edge is taken in part. Without the hull the greedy is not optimal: see
 * "CarbonScaler" (Hanafy et al., SIGMETRICS 2023), whose marginal greedy needs concave speed-ups.
 *
 * @module
 */
import { CRUMB, type Way } from './way.ts';

/** No point of the hull: not running. */
const REST = -1;

export class HullGreedy {
  // Points of the slot that is being added: id, speed, cost of the whole slot, needs.
  private points = 0;
  private readonly pointId: Int32Array;
  private readonly pointSpeed: Float64Array;
  private readonly pointCost: Float64Array;
  private readonly pointNeeds: Float64Array;
  // Edges that are taken, by ascending slope.
  private count = 0;
  private readonly slope: Float64Array;
  private readonly width: Float64Array;
  private readonly edge: Int32Array;
  // All edges that were ever added.
  private edges = 0;
  private readonly edgeSlot: Int32Array;
  private readonly edgeFrom: Int32Array;
  private readonly edgeTo: Int32Array;
  /** Part of the slot that the whole edge moves from one point to the next. */
  private readonly edgeFill: Float64Array;
  private total = 0;
  private sum = 0;
  private length = 0;

  constructor(slots: number, pointsPerSlot: number) {
    const most = slots * pointsPerSlot;
    this.pointId = new Int32Array(pointsPerSlot);
    this.pointSpeed = new Float64Array(pointsPerSlot);
    this.pointCost = new Float64Array(pointsPerSlot);
    this.pointNeeds = new Float64Array(pointsPerSlot);
    this.slope = new Float64Array(most + 1);
    this.width = new Float64Array(most + 1);
    this.edge = new Int32Array(most + 1);
    this.edgeSlot = new Int32Array(most);
    this.edgeFrom = new Int32Array(most);
    this.edgeTo = new Int32Array(most);
    this.edgeFill = new Float64Array(most);
  }

  /** Begins anew, for so much work. */
  begin(length: number): void {
    this.length = length;
    this.count = 0;
    this.edges = 0;
    this.total = 0;
    this.sum = 0;
    this.points = 0;
  }

  /** A way to run the whole of the slot that is to be added next. */
  addPoint(id: number, speed: number, cost: number, needs: number): void {
    const i = this.points++;
    this.pointId[i] = id;
    this.pointSpeed[i] = speed;
    this.pointCost[i] = cost;
    this.pointNeeds[i] = needs;
  }

  /**
   * Adds the hull of the points since the last slot, as far as multiples `room` of the needs reach; where `isWhole`, only
   * from a point on that can be run for the whole slot.
   */
  addSlot(slot: number, room: number, isWhole = false): void {
    const { pointSpeed, pointCost, pointNeeds, pointId } = this;
    let from = REST;
    let speed = 0;
    let cost = 0;
    let needs = 0;
    let before = Number.NEGATIVE_INFINITY;
    for (;;) {
      const next = this.nextOnHull(speed, cost, isWhole && from === REST ? room : Number.POSITIVE_INFINITY);
      if (next < 0) break;
      const toNeeds = pointNeeds[next] ?? 0;
      const fill = toNeeds <= room + CRUMB ? 1 : (room - needs) / (toNeeds - needs);
      if (fill <= CRUMB) break;
      const further = (pointSpeed[next] ?? 0) - speed;
      const slope = ((pointCost[next] ?? 0) - cost) / further;
      // What has no room at first may be cheaper than what has: out of turn it cannot be taken.
      if (slope < before) break;
      before = slope;
      this.addEdge(slot, from, pointId[next] ?? 0, fill, fill * further, slope);
      if (fill < 1) break;
      from = pointId[next] ?? 0;
      speed = pointSpeed[next] ?? 0;
      cost = pointCost[next] ?? 0;
      needs = toNeeds;
    }
    this.points = 0;
  }

  /**
   * Adds the points since the last slot as what may run beside each other: by what their work costs, or where time is
   * short (`isFast`) by how much they do, each as far as there is room for it at its own place, together no more than one
   * slot.
   */
  addShared(slot: number, rooms: Float64Array, isFast: boolean): void {
    const { pointSpeed, pointCost, pointNeeds, pointId } = this;
    for (let left = 1; left > CRUMB && this.points > 0; ) {
      let best = 0;
      for (let i = 1; i < this.points; i++) {
        const isBetter = isFast
          ? this.doneIn(i, rooms) > this.doneIn(best, rooms)
          : (pointCost[i] ?? 0) * (pointSpeed[best] ?? 0) < (pointCost[best] ?? 0) * (pointSpeed[i] ?? 0);
        if (isBetter) best = i;
      }
      const id = pointId[best] ?? 0;
      const speed = pointSpeed[best] ?? 0;
      const place = id >> 8;
      const fill = Math.min(left, (rooms[place] ?? 0) / (pointNeeds[best] ?? 1));
      if (fill > CRUMB) {
        this.addEdge(slot, REST, id, fill, fill * speed, (pointCost[best] ?? 0) / speed);
        left -= fill;
        rooms[place] = 0;
      }
      this.dropPoint(best);
    }
    this.points = 0;
  }

  private doneIn(i: number, rooms: Float64Array): number {
    const fits = (rooms[(this.pointId[i] ?? 0) >> 8] ?? 0) / (this.pointNeeds[i] ?? 1);
    return Math.min(1, fits) * (this.pointSpeed[i] ?? 0);
  }

  private dropPoint(i: number): void {
    const last = --this.points;
    this.pointId[i] = this.pointId[last] ?? 0;
    this.pointSpeed[i] = this.pointSpeed[last] ?? 0;
    this.pointCost[i] = this.pointCost[last] ?? 0;
    this.pointNeeds[i] = this.pointNeeds[last] ?? 0;
  }

  /** The faster point with the least slope from here that `room` suffices for; of equals the fastest. */
  private nextOnHull(speed: number, cost: number, room: number): number {
    let next = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.points; i++) {
      const further = (this.pointSpeed[i] ?? 0) - speed;
      if (further <= CRUMB || (this.pointNeeds[i] ?? 0) > room + CRUMB) continue;
      const slope = ((this.pointCost[i] ?? 0) - cost) / further;
      if (slope < least || (slope === least && (this.pointSpeed[i] ?? 0) > (this.pointSpeed[next] ?? 0))) {
        least = slope;
        next = i;
      }
    }
    return next;
  }

  private addEdge(slot: number, from: number, to: number, fill: number, width: number, slope: number): void {
    const { slope: slopes, width: widths, edge } = this;
    const enough = this.length - CRUMB;
    if (this.total >= enough && slope >= (slopes[this.count - 1] ?? 0)) return;
    const id = this.edges++;
    this.edgeSlot[id] = slot;
    this.edgeFrom[id] = from;
    this.edgeTo[id] = to;
    this.edgeFill[id] = fill;
    let z = this.count++;
    while (z > 0 && (slopes[z - 1] ?? 0) > slope) {
      slopes[z] = slopes[z - 1] ?? 0;
      widths[z] = widths[z - 1] ?? 0;
      edge[z] = edge[z - 1] ?? 0;
      z--;
    }
    slopes[z] = slope;
    widths[z] = width;
    edge[z] = id;
    this.total += width;
    this.sum += slope * width;
    for (let last = widths[this.count - 1] ?? 0; this.total - last >= enough; last = widths[this.count - 1] ?? 0) {
      this.count--;
      this.total -= last;
      this.sum -= last * (slopes[this.count] ?? 0);
    }
  }

  /** What the work costs with the slots so far; infinite when they do not suffice. */
  get cost(): number {
    if (this.total < this.length - CRUMB) return Number.POSITIVE_INFINITY;
    return this.sum - (this.total - this.length) * (this.slope[this.count - 1] ?? 0);
  }

  /** Adds what was taken to `way`; `cellOf` gives the cell of a slot and a point. */
  write(way: Way, cellOf: (slot: number, id: number) => number): void {
    let rest = this.length;
    for (let i = 0; i < this.count; i++) {
      const id = this.edge[i] ?? 0;
      const width = this.width[i] ?? 0;
      const fill = (this.edgeFill[id] ?? 0) * Math.min(1, rest / width);
      rest -= width;
      const isLeft = this.isLeftAgain(i, id);
      const slot = this.edgeSlot[id] ?? 0;
      const from = this.edgeFrom[id] ?? 0;
      const to = this.edgeTo[id] ?? 0;
      if (!isLeft && fill > 0) way.add(cellOf(slot, to), fill, to & 255);
      if (from !== REST && fill < 1) way.add(cellOf(slot, from), 1 - fill, from & 255);
    }
    way.sort();
  }

  /** Whether a later edge of the same slot goes on from where this one leads. */
  private isLeftAgain(i: number, id: number): boolean {
    for (let k = i + 1; k < this.count; k++) {
      const other = this.edge[k] ?? 0;
      if (this.edgeSlot[other] === this.edgeSlot[id] && this.edgeFrom[other] === this.edgeTo[id]) return true;
    }
    return false;
  }
}
