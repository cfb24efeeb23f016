import { nearestName } from "../base/nearest.js";
import { DTYPES, dtypeByCode, dtypeByName, type DTypeInfo } from "../data/dtypes.js";
import { NO_VALUE } from "../data/op-log.js";
import { refuse, type OpsBackend } from "./backend.js";
import { Tile, describeValue } from "./handles.js";
import type { IndexForm } from "./index-form.js";

/** Shapes, dtypes and axes as a kernel writes them, and the types of new tiles. */
export class TileTypes {
  constructor(private readonly backend: OpsBackend) {}

  /** A tile without a value yet. @throws LQ2006 bad shape, LQ1305 unknown dtype, LQ3501 larger than the TCM */
  newTile(site: number, shape: unknown, dtype: unknown): Tile {
    return this.tileOf(site, this.shapeOf(site, shape), this.dtypeOf(site, dtype));
  }

  /** A tile of a shape id and a dtype. @throws LQ3501 */
  tileOf(site: number, shape: number, dtype: DTypeInfo, index: IndexForm | null = null): Tile {
    const { backend } = this;
    const elements = backend.shapes.elements[shape]!;
    const bytes = elements * dtype.sizeBytes;
    if (bytes > backend.tcmBytes) {
      throw refuse(backend, site, {
        code: "LQ3501",
        message: `a tile of ${backend.shapes.describe(shape)} needs ${bytes} B, but a kernel has ${backend.tcmBytes} B of TCM`,
        hint: "work in smaller tiles",
      });
    }
    return new Tile(dtype.code, shape, elements, bytes, NO_VALUE, index);
  }

  /** The id of a shape as a kernel wrote it. @throws LQ2006 */
  shapeOf(site: number, shape: unknown): number {
    const { backend } = this;
    const id = backend.shapes.idOf(shape);
    if (id >= 0) return id;
    throw refuse(backend, site, {
      code: "LQ2006",
      message: `a shape must be a list of non-negative integers, not ${describeValue(shape)}`,
      hint: "write it as [rows, columns] or [length]; divide with tl.cdiv or Math.floor",
    });
  }

  /** @throws LQ1305 */
  dtypeOf(site: number, dtype: unknown): DTypeInfo {
    const info = dtypeByName(dtype);
    if (info !== null) return info;
    const near = typeof dtype === "string" ? nearestName(dtype, DTYPES) : null;
    throw refuse(this.backend, site, {
      code: "LQ1305",
      message: `unknown dtype ${describeValue(dtype)}`,
      hint: near === null ? `dtypes are ${DTYPES.join(", ")}` : `did you mean "${near}"?`,
    });
  }

  /** An axis of a tile; negative ones count from the last. @throws LQ1304 */
  axisOf(site: number, what: string, axis: unknown, axes: number): number {
    const index = typeof axis === "number" && axis < 0 ? axis + axes : axis;
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < axes) return index;
    throw refuse(this.backend, site, {
      code: "LQ1304",
      message: `${what}: axis ${describeValue(axis)} of a tile that has ${axes} ${axes === 1 ? "axis" : "axes"}`,
      hint:
        axis instanceof Tile
          ? "an axis is a number; of two tiles elementwise: tl.maximum(a, b), tl.minimum(a, b), a + b"
          : axes === 0
            ? "the tile has no axes: leave the axis away"
            : `axes are 0 to ${axes - 1}, or −1 for the last`,
    });
  }

  /** A tile as a kernel gave it. @throws LQ1304 */
  tile(site: number, what: string, value: unknown): Tile {
    if (value instanceof Tile) return value;
    throw refuse(this.backend, site, {
      code: "LQ1304",
      message: `${what} needs a tile, not ${describeValue(value)}`,
      hint: typeof value === "number" ? "make a tile of a number with tl.full(shape, value, dtype)" : null,
    });
  }

  /** A tile's type as messages show it: `f32[16, 64]`. */
  describe({ dtype, shape }: Pick<Tile, "dtype" | "shape">): string {
    return `${dtypeByCode(dtype).name}${this.backend.shapes.describe(shape)}`;
  }
}
