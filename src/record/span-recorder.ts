import type { SpanTable } from "./run-record.js";

const INITIAL_CAPACITY = 1024;

/** Collects spans in columns while a run goes on; lanes and names are numbered once. */
export class SpanRecorder {
  private readonly lanes: { process: string; lane: string }[] = [];
  private readonly names: string[] = [];
  private readonly nameIds = new Map<string, number>();
  private count = 0;
  private omitted = 0;
  private lane = new Int32Array(INITIAL_CAPACITY);
  private name = new Int32Array(INITIAL_CAPACITY);
  private site = new Int32Array(INITIAL_CAPACITY);
  private startPs = new Float64Array(INITIAL_CAPACITY);
  private endPs = new Float64Array(INITIAL_CAPACITY);
  private flowOut = new Float64Array(INITIAL_CAPACITY);
  private flowIn = new Float64Array(INITIAL_CAPACITY);

  /** @param maxLanes lanes beyond this are counted, not recorded */
  constructor(private readonly maxLanes: number) {}

  /** Opens a lane and returns its number, or −1 when the limit is reached. */
  addLane(process: string, lane: string): number {
    if (this.lanes.length >= this.maxLanes) {
      this.omitted++;
      return -1;
    }
    return this.lanes.push({ process, lane }) - 1;
  }

  /** Counts lanes that nobody asked to record. */
  omitLanes(count: number): void {
    this.omitted += count;
  }

  nameId(name: string): number {
    const known = this.nameIds.get(name);
    if (known !== undefined) return known;
    const id = this.names.push(name) - 1;
    this.nameIds.set(name, id);
    return id;
  }

  /** Records one span; flows are message numbers or −1. Spans of one lane must not overlap. */
  add(
    lane: number,
    name: number,
    site: number,
    startPs: number,
    endPs: number,
    flowOut: number,
    flowIn: number,
  ): void {
    if (lane < 0) return;
    if (this.count === this.lane.length) this.grow();
    const at = this.count++;
    this.lane[at] = lane;
    this.name[at] = name;
    this.site[at] = site;
    this.startPs[at] = startPs;
    this.endPs[at] = endPs;
    this.flowOut[at] = flowOut;
    this.flowIn[at] = flowIn;
  }

  finish(): SpanTable {
    return {
      lanes: this.lanes,
      names: this.names,
      count: this.count,
      lane: this.lane,
      name: this.name,
      site: this.site,
      startPs: this.startPs,
      endPs: this.endPs,
      flowOut: this.flowOut,
      flowIn: this.flowIn,
      omittedLanes: this.omitted,
    };
  }

  private grow(): void {
    const grown = <T extends Int32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    const capacity = this.lane.length * 2;
    this.lane = grown(this.lane, new Int32Array(capacity));
    this.name = grown(this.name, new Int32Array(capacity));
    this.site = grown(this.site, new Int32Array(capacity));
    this.startPs = grown(this.startPs, new Float64Array(capacity));
    this.endPs = grown(this.endPs, new Float64Array(capacity));
    this.flowOut = grown(this.flowOut, new Float64Array(capacity));
    this.flowIn = grown(this.flowIn, new Float64Array(capacity));
  }
}
