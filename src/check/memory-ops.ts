import { diagnostic, type Diagnostic } from "../base/diagnostics.js";
import type { OpLog } from "../data/op-log.js";
import { NO_VALUE, OpKind } from "../data/op-log.js";
import { PointerBlock, type Pointer, type Ref, type Tile } from "../ops/handles.js";
import type { Run } from "../ops/index-form.js";
import type { AtomicAccess, AtomicName, IndexedAccess, MemoryArgs } from "../ops/memory-args.js";
import { NeedsData, type CheckCore } from "./check-core.js";
import type { Clocks } from "./clocks.js";
import { formOf } from "./fingerprints.js";
import type { Access } from "./races.js";
import type { TensorState } from "./tensors.js";

const WHOLE = 0x0d;

/** `load`, `store`, `ref` and atomics: what is read and written where, without time. */
export class MemoryOps {
  private readonly gathers = new Set<number>();

  constructor(
    private readonly core: CheckCore,
    private readonly args: MemoryArgs<TensorState>,
    private readonly clocks: Clocks | null,
    private readonly log: OpLog | null,
    /** Told what is worth knowing and no error. */
    private readonly tell: (note: Diagnostic) => void,
  ) {}

  load(site: number, pointer: unknown, shape: unknown): boolean {
    if (pointer instanceof PointerBlock) {
      return this.gather(site, pointer as PointerBlock<TensorState>, shape);
    }
    const { core, args } = this;
    const from = args.pointer(site, "tl.load", pointer);
    const tile = args.loaded(site, from, shape);
    core.begin(site);
    core.create(tile, site);
    this.note(site, from, from.offset, tile.elements, false);
    this.fill(site, from, tile);
    core.results.out = tile;
    return true;
  }

  store(site: number, pointer: unknown, value: unknown, options: unknown): boolean {
    if (pointer instanceof PointerBlock) {
      return this.scatter(site, pointer as PointerBlock<TensorState>, value, options);
    }
    const { core, args } = this;
    const to = args.pointer(site, "tl.store", pointer);
    const tile = args.stored(site, to, value);
    args.requireUnmasked(site, "tl.store", options);
    core.begin(site);
    core.use(tile, site);
    this.note(site, to, to.offset, tile.elements, true);
    this.append(OpKind.dmaWrite, site, to, tile, tile.value, NO_VALUE);
    to.place.image?.write(to.offset, tile.elements, tile.value, site);
    core.results.out = undefined;
    return true;
  }

  ref(site: number, pointer: unknown, shape: unknown): Ref<TensorState> {
    const ref = this.args.ref(site, this.args.pointer(site, "tl.ref", pointer), shape);
    this.core.begin(site);
    return ref;
  }

  /** What is at a place becomes the value of a tile. */
  fill(site: number, from: Pointer<TensorState>, tile: Tile): void {
    if (this.log !== null) tile.value = this.append(OpKind.dmaRead, site, from, tile, NO_VALUE, NO_VALUE);
    else tile.value = from.place.image?.read(from.offset, tile.elements) ?? 0;
  }

  /** Remembers an access where ranks share a tensor. */
  note(
    site: number,
    { place }: Pointer<TensorState>,
    from: number,
    length: number,
    isWrite: boolean,
    isAtomic = false,
  ): Access | null {
    if (place.shared === null || this.clocks === null) return null;
    const { rank } = this.core;
    const access: Access = { rank, count: this.clocks.now(rank), site, isWrite, isAtomic };
    place.shared.note(from, length, access);
    return access;
  }

  atomic(
    site: number,
    name: AtomicName,
    pointers: unknown,
    values: { readonly expected?: unknown; readonly value: unknown },
    options: unknown,
  ): boolean {
    const { core, args } = this;
    if (this.log === null) throw new NeedsData(site);
    const access = args.atomic(site, name, pointers, values, options);
    core.begin(site);
    const { pointer, runs, old, value, expected, mask, offsets } = access;
    for (const tile of [value, expected, mask, offsets]) if (tile !== null) core.use(tile, site);
    core.create(old, site);
    for (const run of runs ?? whole(pointer)) this.noteRun(site, pointer, run, true, true);
    this.appendAtomic(site, access);
    pointer.place.shared?.synchronise(core.rank);
    // Others have their turn first: a kernel that asks again and again must not keep the value from changing.
    core.wake(core.rank, old);
    return false;
  }

  private gather(site: number, pointers: PointerBlock<TensorState>, options: unknown): boolean {
    const { core, args } = this;
    const access = args.indexed(site, "tl.load", pointers, options);
    const tile = args.gathered(site, access);
    core.begin(site);
    const { pointer, offsets } = pointers;
    core.use(offsets, site);
    if (access.mask !== null) core.use(access.mask, site);
    core.create(tile, site);
    if (access.runs === null) this.noteGather(site, pointer);
    for (const run of access.runs ?? whole(pointer)) this.noteRun(site, pointer, run, false, false);
    if (this.log !== null) tile.value = this.appendIndexed(OpKind.gather, site, access, NO_VALUE);
    else if (core.values !== null) tile.value = this.gathered(access, tile);
    core.results.out = args.withOther(site, tile, access, options);
    return true;
  }

  private scatter(
    site: number,
    pointers: PointerBlock<TensorState>,
    value: unknown,
    options: unknown,
  ): boolean {
    const { core, args } = this;
    const access = args.indexed(site, "tl.store", pointers, options);
    const tile = args.scattered(site, access, value);
    core.begin(site);
    const { pointer, offsets } = pointers;
    core.use(offsets, site);
    core.use(tile, site);
    if (access.mask !== null) core.use(access.mask, site);
    if (access.runs === null) this.noteGather(site, pointer);
    for (const run of access.runs ?? whole(pointer)) this.noteRun(site, pointer, run, true, false);
    if (this.log !== null) this.appendIndexed(OpKind.scatter, site, access, tile.value);
    else if (core.values !== null) this.scattered(site, access, tile);
    core.results.out = undefined;
    return true;
  }

  /** The stretches that runs of elements make; what the mask leaves away is zero. */
  private gathered(
    { block: { pointer, offsets }, runs, mask }: IndexedAccess<TensorState>,
    tile: Tile,
  ): number {
    const values = this.core.values!;
    const { algebra } = values;
    const image = pointer.place.image!;
    const places = runs && placesOf(runs, pointer.offset, offsets, mask !== null);
    if (runs === null || places === null) {
      const operands: number[] = [];
      values.each(offsets.value, offsets.elements, (value) => operands.push(value));
      if (mask !== null) values.each(mask.value, mask.elements, (value) => operands.push(value));
      const { elements } = pointer.tensor;
      values.each(image.read(0, elements), elements, (value) => operands.push(value));
      return algebra.opaque(formOf(WHOLE, offsets.shape), operands, pointer.offset);
    }
    const [lengths, stretches]: [number[], number[]] = [[], []];
    let at = 0;
    runs.forEach(({ offset, count, stride }, i) => {
      if (places[i]! > at) {
        lengths.push(places[i]! - at);
        stretches.push(algebra.zero);
      }
      at = places[i]! + count;
      if (stride === 1) {
        values.each(image.read(offset, count), count, (value, length) => {
          lengths.push(length);
          stretches.push(value);
        });
        return;
      }
      for (let element = 0; element < count; element++) {
        lengths.push(1);
        stretches.push(image.read(offset + element * stride, 1));
      }
    });
    if (at < tile.elements) {
      lengths.push(tile.elements - at);
      stretches.push(algebra.zero);
    }
    return values.joined(lengths, stretches);
  }

  private scattered(site: number, { block, runs, mask }: IndexedAccess<TensorState>, tile: Tile): void {
    const { pointer, offsets } = block;
    const values = this.core.values!;
    const { algebra } = values;
    const image = pointer.place.image!;
    const places = runs && placesOf(runs, pointer.offset, offsets, mask !== null);
    if (runs === null || places === null || tile.elements !== offsets.elements) {
      const operands: number[] = [];
      for (const operand of [tile, offsets, mask]) {
        if (operand !== null) values.each(operand.value, operand.elements, (value) => operands.push(value));
      }
      const { elements } = pointer.tensor;
      values.each(image.read(0, elements), elements, (value) => operands.push(value));
      image.isScattered = true;
      image.write(0, elements, algebra.opaque(formOf(WHOLE, elements), operands, pointer.offset), site);
      return;
    }
    runs.forEach(({ offset, count, stride }, i) => {
      if (stride === 1) {
        image.write(offset, count, values.slice(tile.value, places[i]!, count), site);
        return;
      }
      for (let element = 0; element < count; element++) {
        image.write(offset + element * stride, 1, values.slice(tile.value, places[i]! + element, 1), site);
      }
    });
  }

  private noteGather(site: number, { tensor }: Pointer): void {
    if (this.gathers.has(site)) return;
    this.gathers.add(site);
    this.tell(
      diagnostic({
        code: "LQ2008",
        severity: "info",
        message: `which elements of ${tensor.name} are meant, only the data say: each is an access of its own`,
        at: this.core.whereIs(site),
        hint: "offsets made of tl.arange, numbers, + - and * are moved in contiguous pieces",
      }),
    );
  }

  private noteRun(
    site: number,
    pointer: Pointer<TensorState>,
    { offset, count, stride }: Run,
    isWrite: boolean,
    isAtomic: boolean,
  ): void {
    if (pointer.place.shared === null) return;
    if (stride === 1) {
      this.note(site, pointer, offset, count, isWrite, isAtomic);
      return;
    }
    for (let element = 0; element < count; element++)
      this.note(site, pointer, offset + element * stride, 1, isWrite, isAtomic);
  }

  private append(
    kind: OpKind,
    site: number,
    pointer: Pointer<TensorState>,
    tile: Tile,
    a: number,
    b: number,
  ): number {
    const { log, core } = this;
    if (log === null) return NO_VALUE;
    return log.append(
      kind,
      tile.dtype,
      pointer.index,
      core.rank,
      site,
      tile.shape,
      a,
      b,
      pointer.offset,
      0,
      0,
    );
  }

  private appendIndexed(
    kind: OpKind,
    site: number,
    { block: { pointer, offsets }, mask }: IndexedAccess<TensorState>,
    stored: number,
  ): number {
    const { rank } = this.core;
    const operands = [offsets.shape, offsets.value, mask?.value ?? NO_VALUE, pointer.offset] as const;
    return this.log!.append(kind, pointer.dtype, pointer.index, rank, site, ...operands, 0, 0, stored);
  }

  private appendAtomic(site: number, access: AtomicAccess<TensorState>): void {
    if (this.log === null) return;
    const { kind, pointer, offsets, mask, expected, value, old } = access;
    const b = (expected ?? mask)?.value ?? NO_VALUE;
    const operands = [old.shape, offsets?.value ?? NO_VALUE, b, pointer.offset, 0, 0, value.value] as const;
    old.value = this.log.append(kind, old.dtype, pointer.index, this.core.rank, site, ...operands);
  }
}

function whole({ tensor }: Pointer): Run[] {
  return [{ offset: 0, count: tensor.elements, stride: 1 }];
}

/**
 * Where each run lies in the tile; null when that is not known: the mask of a tile of several rows may leave away the
 * beginning of each.
 */
function placesOf(runs: readonly Run[], base: number, offsets: Tile, isMasked: boolean): number[] | null {
  const places: number[] = [];
  if (!isMasked) {
    let at = 0;
    for (const { count } of runs) {
      places.push(at);
      at += count;
    }
    return places;
  }
  const form = offsets.index;
  if (form?.kind !== "affine") return null;
  const strides = form.strides.filter((stride) => stride !== 0);
  const [stride] = strides;
  if (strides.length !== 1 || stride === undefined) return null;
  return runs.map(({ offset }) => (offset - base - form.base) / stride);
}
