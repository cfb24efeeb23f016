import { dtypeByCode } from "../data/dtypes.js";
import { refuse, type OpsBackend } from "./backend.js";
import { Pointer, PointerBlock, Ref, Tile, describeValue } from "./handles.js";
import { range, runsOf, type Run } from "./index-form.js";
import type { TileOps } from "./tile-ops.js";

/** What `load`, `store` and atomics touch through a tile of pointers. */
export interface IndexedAccess<Place = unknown> {
  readonly block: PointerBlock<Place>;
  /** Null: all elements. */
  readonly mask: Tile | null;
  /** Elements of the tensor in order; null when only the data say which (a gather). */
  readonly runs: readonly Run[] | null;
}

/** The arguments of operations that reach memory: checked alike by everything that executes kernels. */
export class MemoryArgs<Place> {
  constructor(
    private readonly backend: OpsBackend,
    private readonly ops: TileOps,
  ) {}

  /** A pointer as a kernel gave it. @throws LQ1304 */
  pointer(site: number, what: string, value: unknown): Pointer<Place> {
    if (value instanceof Pointer) return value as Pointer<Place>;
    throw refuse(this.backend, site, {
      code: "LQ1304",
      message: `${what} needs a pointer, not ${describeValue(value)}`,
      hint: value instanceof PointerBlock ? "only load, store and atomics take a tile of pointers" : null,
    });
  }

  /** The tile that `tl.load(pointer, shape)` makes. @throws LQ2006, LQ3002 */
  loaded(site: number, from: Pointer<Place>, shape: unknown): Tile {
    const { types } = this.ops;
    const tile = types.tileOf(site, types.shapeOf(site, shape), dtypeByCode(from.dtype));
    this.checkBounds(site, "load", from, tile.elements);
    return tile;
  }

  /** The tile of `tl.store(pointer, tile)`. @throws LQ1304, LQ2004, LQ3002 */
  stored(site: number, to: Pointer<Place>, value: unknown): Tile {
    const tile = this.storable(site, "tl.store", to, value);
    this.checkBounds(site, "store", to, tile.elements);
    return tile;
  }

  /** The block that `tl.ref(pointer, shape)` names. @throws LQ2006, LQ3002 */
  ref(site: number, from: Pointer<Place>, shape: unknown): Ref<Place> {
    const id = this.ops.types.shapeOf(site, shape);
    const elements = this.backend.shapes.elements[id]!;
    this.checkBounds(site, "ref", from, elements);
    return new Ref(from, id, elements);
  }

  /** A tile for a tensor of its dtype. @throws LQ1304, LQ2004 */
  storable(site: number, what: string, to: Pointer<Place>, value: unknown): Tile {
    if (!(value instanceof Tile)) {
      throw refuse(this.backend, site, {
        code: "LQ1304",
        message: `${what} writes a tile, not ${describeValue(value)}`,
        hint: "make a tile of a scalar with tl.full([1], value, dtype)",
      });
    }
    if (value.dtype === to.dtype) return value;
    throw refuse(this.backend, site, {
      code: "LQ2004",
      message: `store: a tile of ${dtypeByCode(value.dtype).name} into ${to.tensor.name}, which holds ${to.tensor.dtype}`,
      hint: `cast it first: tl.cast(tile, "${to.tensor.dtype}")`,
    });
  }

  /** What a tile of pointers touches under `{ mask }`. @throws LQ1304, LQ1305, LQ2002, LQ3002 */
  indexed(site: number, what: string, block: PointerBlock<Place>, options: unknown): IndexedAccess<Place> {
    const given = (options as { mask?: unknown } | null | undefined)?.mask;
    const { offsets, pointer } = block;
    const { shapes } = this.backend;
    let mask: Tile | null = null;
    if (given === false) {
      mask = this.ops.full(site, [...shapes.byId[offsets.shape]!], false, "bool");
    } else if (given !== undefined && given !== true) {
      mask = this.ops.types.tile(site, `the mask of ${what}`, given);
      this.ops.requireClass(site, `the mask of ${what}`, mask, "mask");
      if (shapes.broadcast(mask.shape, offsets.shape) !== offsets.shape) {
        throw refuse(this.backend, site, {
          code: "LQ2002",
          message: `${what}: a mask of ${shapes.describe(mask.shape)} does not fit pointers of ${shapes.describe(offsets.shape)}`,
          hint: "the mask broadcasts to the shape of the pointers",
        });
      }
    }
    const runs = this.runs(block, mask);
    for (const run of runs ?? []) this.checkRun(site, what, pointer, run);
    return { block, mask, runs };
  }

  /** @throws LQ3002 when elements from the pointer on are not all in its tensor */
  checkBounds(site: number, what: string, pointer: Pointer<Place>, elements: number): void {
    const { tensor, offset } = pointer;
    if (offset >= 0 && offset + elements <= tensor.elements) return;
    throw this.backend.fault(site, {
      code: "LQ3002",
      message: `${what} ${tensor.name}[${offset}..${offset + elements}) is outside its ${tensor.elements} elements`,
    });
  }

  private runs({ pointer, offsets }: PointerBlock<Place>, mask: Tile | null): Run[] | null {
    const form = offsets.index;
    const condition = mask === null ? null : mask.index;
    if (form?.kind !== "affine" || (mask !== null && condition?.kind !== "conjunction")) return null;
    const shape = this.backend.shapes.byId[offsets.shape]!;
    const terms = condition?.kind === "conjunction" ? condition : null;
    return runsOf({ ...form, base: form.base + pointer.offset }, terms, shape);
  }

  private checkRun(site: number, what: string, { tensor }: Pointer<Place>, run: Run): void {
    const [first, last] = range({ kind: "affine", base: run.offset, strides: [run.stride] }, [run.count]);
    if (first >= 0 && last < tensor.elements) return;
    throw this.backend.fault(site, {
      code: "LQ3002",
      message: `${what} ${tensor.name}[${first}..${last + 1}) is outside its ${tensor.elements} elements`,
      hint: "mask what lies outside: { mask: offsets < n }",
    });
  }
}
