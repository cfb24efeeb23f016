import type { Links } from "./links.js";

/** What each link has carried, added up from the bytes of whole routes: nothing is counted while running. */
export class LinkLoad {
  readonly bytes: Float64Array;
  readonly busyPs: Float64Array;

  constructor(private readonly links: Links) {
    this.bytes = new Float64Array(links.count);
    this.busyPs = new Float64Array(links.count);
  }

  /** @param base number that is added to the links of the route */
  add(route: number, base: number, bytes: number): void {
    const { links } = this;
    const start = links.routeStart[route]!;
    for (let hop = start; hop < start + links.routeLength[route]!; hop++) {
      const link = base + links.hopLink[hop]!;
      this.bytes[link]! += bytes;
      this.busyPs[link]! += bytes * links.classPsPerByte[links.hopClass[hop]!]!;
    }
  }

  /** The link that was busy longest, the first one of several; −1 when nothing moved. */
  busiest(): number {
    let best = -1;
    this.busyPs.forEach((busyPs, link) => {
      if (busyPs > (this.busyPs[best] ?? 0)) best = link;
    });
    return best;
  }
}
