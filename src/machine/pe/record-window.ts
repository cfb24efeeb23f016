/** From the first start to the last end of a kind of records, for every rank's current or last launch. */
export class RecordWindow {
  /** Start and end of each rank, side by side. */
  private readonly boundsPs: Float64Array;

  constructor(world: number) {
    this.boundsPs = new Float64Array(2 * world);
    for (let rank = 0; rank < world; rank++) this.open(rank);
  }

  /** A launch begins: what was noted before does not count. */
  open(rank: number): void {
    this.boundsPs[2 * rank] = Infinity;
    this.boundsPs[2 * rank + 1] = 0;
  }

  note(rank: number, startPs: number, endPs: number): void {
    const { boundsPs } = this;
    if (startPs < boundsPs[2 * rank]!) boundsPs[2 * rank] = startPs;
    if (endPs > boundsPs[2 * rank + 1]!) boundsPs[2 * rank + 1] = endPs;
  }

  /** Its length; 0 when nothing was noted. */
  lengthPs(rank: number): number {
    return Math.max(0, this.boundsPs[2 * rank + 1]! - this.boundsPs[2 * rank]!);
  }
}
