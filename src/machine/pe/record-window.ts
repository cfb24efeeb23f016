/** From the first start to the last end of a kind of records, for every rank's current or last launch. */
export class RecordWindow {
  readonly startPs: Float64Array;
  readonly endPs: Float64Array;

  constructor(world: number) {
    this.startPs = new Float64Array(world).fill(Infinity);
    this.endPs = new Float64Array(world);
  }

  /** A launch begins: what was noted before does not count. */
  open(rank: number): void {
    this.startPs[rank] = Infinity;
    this.endPs[rank] = 0;
  }

  note(rank: number, startPs: number, endPs: number): void {
    if (startPs < this.startPs[rank]!) this.startPs[rank] = startPs;
    if (endPs > this.endPs[rank]!) this.endPs[rank] = endPs;
  }

  /** Its length; 0 when nothing was noted. */
  lengthPs(rank: number): number {
    return Math.max(0, this.endPs[rank]! - this.startPs[rank]!);
  }
}
