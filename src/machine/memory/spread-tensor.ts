import type { TensorPlan } from "../../data/arguments.js";
import { dtypeByName } from "../../data/dtypes.js";
import type { IndexRange, Shard } from "./dp-policy.js";

/** A stretch of virtual memory. */
interface VirtualRange {
  va: number;
  bytes: number;
}

/** Where a tensor that is spread over a SIP lies in the virtual addresses of its PEs. */
export class SpreadTensor {
  private readonly elementBytes: number;
  /** Columns of the whole tensor. */
  private readonly width: number;

  /**
   * @param va of the tensor's first byte
   * @param shards of one copy, in the order of their addresses; none for a tensor without elements
   */
  constructor(
    { shape, dtype }: Pick<TensorPlan, "shape" | "dtype">,
    private readonly va: number,
    private readonly shards: readonly Shard[],
  ) {
    this.elementBytes = dtypeByName(dtype)!.sizeBytes;
    this.width = shape.at(-1)!;
  }

  /**
   * The addresses of so many elements from `offset` on, both counted in row-major order over the whole tensor. Each
   * shard keeps its elements in that order too, so that its part of the block is one range; ranges that continue one
   * another are joined.
   */
  ranges(offset: number, elements: number): VirtualRange[] {
    const ranges: VirtualRange[] = [];
    for (const shard of this.shards) {
      const first = elementsBefore(shard, this.width, offset);
      const count = elementsBefore(shard, this.width, offset + elements) - first;
      if (count === 0) continue;
      const va = this.va + shard.byteOffset + first * this.elementBytes;
      const bytes = count * this.elementBytes;
      const previous = ranges.at(-1);
      if (previous && previous.va + previous.bytes === va) previous.bytes += bytes;
      else ranges.push({ va, bytes });
    }
    return ranges;
  }
}

/** How many elements of a shard stand before the tensor's element `index`. */
function elementsBefore({ rows, columns }: Shard, width: number, index: number): number {
  const row = Math.floor(index / width);
  const whole = indicesBefore(rows, row) * (columns.end - columns.start);
  return row >= rows.start && row < rows.end ? whole + indicesBefore(columns, index - row * width) : whole;
}

function indicesBefore({ start, end }: IndexRange, index: number): number {
  return Math.min(Math.max(index - start, 0), end - start);
}
