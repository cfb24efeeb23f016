/** What a bounded resource counts: its peak, its traffic, and how long somebody waited for room. */
export class RingUsage {
  peak = 0;
  allocs = 0;
  retires = 0;
  blocks = 0;
  private endedPs = 0;
  private sincePs: number | null = null;

  /** Somebody waits for room from now on. */
  block(nowPs: number): void {
    if (this.sincePs !== null) return;
    this.blocks++;
    this.sincePs = nowPs;
  }

  /** Nobody waits any more. */
  unblock(nowPs: number): void {
    if (this.sincePs === null) return;
    this.endedPs += nowPs - this.sincePs;
    this.sincePs = null;
  }

  /** All waits up to now, one in progress included. */
  blockedPs(nowPs: number): number {
    return this.endedPs + (this.sincePs === null ? 0 : nowPs - this.sincePs);
  }
}
