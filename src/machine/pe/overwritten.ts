import { type Pointer, Ref, type Tile } from "../../ops/handles.js";

/** Elements of the tensor of `operand` that a command both streams and writes: from `from` to before `to`. */
interface Overlap {
  operand: "a" | "b";
  from: number;
  to: number;
}

/**
 * What a command would write while it still streams it, tile by tile; null when there is nothing. An elementwise
 * command may write the very block that it reads: each tile is read before its result is written, and no other tile
 * reads it.
 */
export function overwritten(
  operands: Readonly<Record<Overlap["operand"], Tile | Ref>>,
  out: Pointer,
  outElements: number,
  isElementwise: boolean,
): Overlap | null {
  for (const operand of ["a", "b"] as const) {
    const read = operands[operand];
    if (!(read instanceof Ref) || read.pointer.index !== out.index) continue;
    const { offset } = read.pointer;
    if (isElementwise && offset === out.offset) continue;
    const from = Math.max(offset, out.offset);
    const to = Math.min(offset + read.elements, out.offset + outElements);
    if (from < to) return { operand, from, to };
  }
  return null;
}
