import type { RankLayout } from "../../ccl/rank-layout.js";
import type { HostTensors } from "./host-tensors.js";
import type { Accessor, PageTable } from "./page-table.js";
import type { SpreadTensor } from "./spread-tensor.js";

/** Bytes that lie together in one memory (see `Memories`). */
export interface MemoryPiece {
  memory: number;
  address: number;
  bytes: number;
}

/** The MMUs of all PEs in a run with spread tensors. */
export class Mmu {
  /** @param hosts by host */
  constructor(
    private readonly layout: RankLayout,
    private readonly hosts: readonly HostTensors[],
  ) {}

  /**
   * The memories that hold so many elements of a spread tensor from `offset` on, as a rank sees it.
   * @throws LQ6110 when the PE does not map all of them
   */
  pieces(
    rank: number,
    tensor: SpreadTensor,
    offset: number,
    elements: number,
    by: () => Accessor,
  ): MemoryPiece[] {
    const { layout } = this;
    const sip = layout.sipOf(rank);
    const { host, table } = this.tableOf(rank);
    const firstOfSip = sip * layout.ranksPerSip;
    const pieces = tensor.ranges(offset, elements).flatMap(({ va, bytes }) =>
      table.translate(va, bytes, by).map((piece): MemoryPiece => {
        const { indexInSip, offset: address } = host.sliceOf(piece.pa);
        return { memory: firstOfSip + indexInSip, address, bytes: piece.bytes };
      }),
    );
    // An access without bytes is one of the own slice, as it is for a tensor of the rank's own.
    return pieces.length > 0 ? pieces : [{ memory: rank, address: 0, bytes: 0 }];
  }

  /** Does a rank's PE map where an element of a spread tensor begins? */
  isMapped(rank: number, tensor: SpreadTensor, element: number): boolean {
    return this.tableOf(rank).table.isMapped(tensor.ranges(element, 1)[0]!.va);
  }

  private tableOf(rank: number): { host: HostTensors; table: PageTable } {
    const { layout } = this;
    const sip = layout.sipOf(rank);
    const host = this.hosts[layout.hostOfSip(sip)]!;
    return { host, table: host.tableOf(sip % layout.sipsPerHost, layout.pePosition(rank)) };
  }
}
