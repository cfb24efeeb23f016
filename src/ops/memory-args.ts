import { dtypeByCode } from "../data/dtypes.js";
import { OpKind } from "../data/op-log.js";
import { refuse, type OpsBackend } from "./backend.js";
import { Pointer, PointerBlock, Ref, Tile, describeValue } from "./handles.js";
import {
  placedRunsOf,
  range,
  runsOf,
  type Affine,
  type Conjunction,
  type PlacedRun,
  type Run,
} from "./index-form.js";
import type { TileOps } from "./tile-ops.js";

/** What `load`, `store` and atomics touch through a tile of pointers. */
export interface IndexedAccess<Place = unknown> {
  readonly block: PointerBlock<Place>;
  /** Null: all elements. */
  readonly mask: Tile | null;
  /** Elements of the tensor in order; null when only the data say which (a gather). */
  readonly runs: readonly Run[] | null;
}

const ATOMICS = {
  atomicAdd: { kind: OpKind.atomicAdd, classes: "number" },
  atomicMax: { kind: OpKind.atomicMax, classes: "number" },
  atomicMin: { kind: OpKind.atomicMin, classes: "number" },
  atomicXchg: { kind: OpKind.atomicXchg, classes: "any" },
  atomicCas: { kind: OpKind.atomicCas, classes: "bits" },
} as const;
export type AtomicName = keyof typeof ATOMICS;

/** What an atomic operation does, and to which elements. */
export interface AtomicAccess<Place = unknown> {
  readonly kind: OpKind;
  readonly pointer: Pointer<Place>;
  /** Null: the elements from the pointer on. */
  readonly offsets: Tile | null;
  /** Null: all elements. */
  readonly mask: Tile | null;
  /** Elements of the tensor in order; null when only the data say which. */
  readonly runs: readonly Run[] | null;
  /** Of `atomicCas` only. */
  readonly expected: Tile | null;
  readonly value: Tile;
  /** What was there: the result, without a value yet. */
  readonly old: Tile;
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

  /** @throws LQ1304 a mask for a contiguous block, which has no tile of pointers */
  requireUnmasked(site: number, what: string, options: unknown): void {
    if ((options as { mask?: unknown } | null | undefined)?.mask === undefined) return;
    throw refuse(this.backend, site, {
      code: "LQ1304",
      message: `${what} has a mask, but a pointer to a contiguous block`,
      hint: "name the elements with a tile of pointers: x + tl.arange(0, n)",
    });
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
      message: `${what.replace("tl.", "")}: a tile of ${dtypeByCode(value.dtype).name} into ${to.tensor.name}, which holds ${to.tensor.dtype}`,
      hint: `cast it first: tl.cast(tile, "${to.tensor.dtype}")`,
    });
  }

  /** What a tile of pointers touches under `{ mask }`. @throws LQ1304, LQ1305, LQ2002, LQ3002 */
  indexed(site: number, what: string, block: PointerBlock<Place>, options: unknown): IndexedAccess<Place> {
    const mask = this.mask(site, what, block.offsets.shape, options);
    const runs = this.runs(block, mask);
    for (const run of runs ?? []) this.checkRun(site, what, block.pointer, run);
    return { block, mask, runs };
  }

  /** The tile that `tl.load(pointers, …)` makes, zeros where the mask does not hold. */
  gathered(site: number, { block }: IndexedAccess<Place>): Tile {
    const { types } = this.ops;
    return types.tileOf(site, block.offsets.shape, dtypeByCode(block.pointer.dtype));
  }

  /** What was loaded, with `{ other }` where the mask does not hold: an operation of its own. @throws LQ1304, LQ2003 */
  withOther(site: number, loaded: Tile, { mask }: IndexedAccess<Place>, options: unknown): Tile {
    const other = (options as { other?: unknown } | null | undefined)?.other;
    if (other === undefined) return loaded;
    if (typeof other !== "number" && typeof other !== "boolean") {
      throw refuse(this.backend, site, {
        code: "LQ1304",
        message: `other of tl.load is a number, not ${describeValue(other)}`,
        hint: "choose between two tiles with tl.where(mask, loaded, other)",
      });
    }
    this.ops.checkScalar(site, "other of tl.load", Number(other), dtypeByCode(loaded.dtype));
    return mask === null || Number(other) === 0
      ? loaded
      : (this.ops.where(site, mask, loaded, other) as Tile);
  }

  /** The tile of `tl.store(pointers, tile, …)`: of the pointers' shape. @throws LQ1304, LQ2002, LQ2004 */
  scattered(site: number, { block }: IndexedAccess<Place>, value: unknown): Tile {
    const tile = this.storable(site, "tl.store", block.pointer, value);
    this.requireFit(site, "tl.store", "a tile", tile, block.offsets.shape);
    return tile;
  }

  /**
   * An atomic operation: on the elements from a pointer on, as many as its values have, or on those that a tile of
   * pointers names. A number is a tile without axes.
   * @throws LQ1304, LQ1305, LQ2002, LQ2003, LQ2004, LQ3002
   */
  atomic(
    site: number,
    name: AtomicName,
    pointers: unknown,
    values: { readonly expected?: unknown; readonly value: unknown },
    options: unknown,
  ): AtomicAccess<Place> {
    const what = `tl.${name}`;
    const block = pointers instanceof PointerBlock ? (pointers as PointerBlock<Place>) : null;
    const pointer = block === null ? this.pointer(site, what, pointers) : block.pointer;
    const { kind, classes } = ATOMICS[name];
    const value = this.operand(site, what, pointer, values.value);
    this.ops.requireClass(site, what, value, classes);
    const expected = "expected" in values ? this.operand(site, what, pointer, values.expected) : null;
    const { shapes } = this.backend;
    const tiles = expected === null ? [value] : [value, expected];
    let shape = block?.offsets.shape ?? value.shape;
    if (block === null && expected !== null) {
      const both = shapes.broadcast(value.shape, expected.shape);
      if (both >= 0) shape = both;
    }
    for (const tile of tiles) this.requireFit(site, what, "a tile", tile, shape);
    const mask = this.mask(site, what, shape, options);
    const runs = block === null ? this.runsFrom(pointer, shape, mask) : this.runs(block, mask);
    for (const run of runs ?? []) this.checkRun(site, what, pointer, run);
    const old = this.ops.types.tileOf(site, shape, dtypeByCode(pointer.dtype));
    return { kind, pointer, offsets: block?.offsets ?? null, mask, runs, expected, value, old };
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

  /** The mask of an access to elements of a shape; null when it holds everywhere. */
  private mask(site: number, what: string, shape: number, options: unknown): Tile | null {
    const given = (options as { mask?: unknown } | null | undefined)?.mask;
    if (given === undefined || given === true) return null;
    if (given === false) return this.ops.nowhere(site);
    const mask = this.ops.types.tile(site, `the mask of ${what}`, given);
    this.ops.requireClass(site, `the mask of ${what}`, mask, "mask");
    this.requireFit(site, what, "a mask", mask, shape);
    return mask;
  }

  /** @throws LQ2002 when a tile does not broadcast to a shape */
  private requireFit(site: number, what: string, name: string, tile: Tile, shape: number): void {
    const { shapes } = this.backend;
    if (shapes.broadcast(tile.shape, shape) === shape) return;
    throw refuse(this.backend, site, {
      code: "LQ2002",
      message: `${what}: ${name} of ${shapes.describe(tile.shape)} does not fit elements of ${shapes.describe(shape)}`,
      hint: `${name} broadcasts to the shape of what is accessed`,
    });
  }

  /** A value for elements of a tensor: a tile of its dtype, or a number. @throws LQ1304, LQ2003, LQ2004 */
  private operand(site: number, what: string, to: Pointer<Place>, value: unknown): Tile {
    const isScalar = typeof value === "number" || typeof value === "boolean";
    return isScalar ? this.ops.full(site, [], value, to.tensor.dtype) : this.storable(site, what, to, value);
  }

  /** The elements from a pointer on, as far as a mask over them holds; all where only the data say. */
  private runsFrom({ offset }: Pointer<Place>, shape: number, mask: Tile | null): Run[] {
    const { byId, elements } = this.backend.shapes;
    const lengths = byId[shape]!;
    const strides = lengths.map((_, axis) => lengths.slice(axis + 1).reduce((a, b) => a * b, 1));
    if (mask?.index?.kind === "conjunction") {
      return runsOf({ kind: "affine", base: offset, strides }, mask.index, lengths);
    }
    return elements[shape] === 0 ? [] : [{ offset, count: elements[shape]!, stride: 1 }];
  }

  /** The elements of an access with where each lies in the tile; null when only the data say which. */
  placed({ block, mask }: IndexedAccess<Place>): PlacedRun[] | null {
    return this.known(block, mask, placedRunsOf);
  }

  private runs(block: PointerBlock<Place>, mask: Tile | null): Run[] | null {
    return this.known(block, mask, runsOf);
  }

  /** What follows from offsets and a mask of which the forms are known. */
  private known<R>(
    { pointer, offsets }: PointerBlock<Place>,
    mask: Tile | null,
    make: (offsets: Affine, mask: Conjunction | null, shape: readonly number[]) => R,
  ): R | null {
    const form = offsets.index;
    const condition = mask === null ? null : mask.index;
    if (form?.kind !== "affine" || (mask !== null && condition?.kind !== "conjunction")) return null;
    const shape = this.backend.shapes.byId[offsets.shape]!;
    const terms = condition?.kind === "conjunction" ? condition : null;
    return make({ ...form, base: form.base + pointer.offset }, terms, shape);
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
