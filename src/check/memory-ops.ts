import { diagnostic, type Diagnostic } from "../base/diagnostics.js";
import type { OpLog } from "../data/op-log.js";
import { NO_VALUE, OpKind } from "../data/op-log.js";
import { PointerBlock, type Pointer, type Ref, type Tile } from "../ops/handles.js";
import type { Run } from "../ops/index-form.js";
import type { AtomicAccess, AtomicName, IndexedAccess, MemoryArgs } from "../ops/memory-args.js";
import { NeedsData, type CheckCore } from "./check-core.js";
import type { Clocks } from "./clocks.js";
import type { CommandsUnderWay } from "./commands-under-way.js";
import { formOf } from "./fingerprints.js";
import type { Access } from "./races.js";
import type { TensorState } from "./tensors.js";

const WHOLE = 0x0d;
/** What images hold beside data, where nobody reads them. */
const BLANK = 0;

/** `load`, `store`, `ref` and atomics: what is read and written where, without time. */
export class MemoryOps {
  private readonly gathers = new Set<number>();

  constructor(
    private readonly core: CheckCore,
    private readonly args: MemoryArgs<TensorState>,
    private readonly clocks: Clocks | null,
    private readonly commands: CommandsUnderWay,
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
    this.commands.loaded(core.rank, from.place);
    this.note(site, from, block(from, tile.elements), false);
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
    this.written(site, to, block(to, tile.elements), false);
    this.put(site, to, tile);
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

  /** A tile becomes what is at a place. */
  put(site: number, to: Pointer<TensorState>, tile: Tile): void {
    this.append(OpKind.dmaWrite, site, to, tile, tile.value, NO_VALUE);
    const value = this.log === null ? tile.value : BLANK;
    to.place.image?.write(to.offset, tile.elements, value, site);
  }

  /** A write of the kernel's own. A store waits for no command. */
  private written(
    site: number,
    pointer: Pointer<TensorState>,
    runs: readonly Run[] | null,
    isAtomic: boolean,
  ): void {
    // An atomic reads first.
    if (isAtomic) this.commands.loaded(this.core.rank, pointer.place);
    this.commands.requireOver(this.core, site, pointer, runs ?? []);
    this.note(site, pointer, runs, true, isAtomic);
  }

  /** Remembers an access where ranks share a tensor; of a gather only that what follows an atomic comes after it. */
  note(
    site: number,
    { tensor, place: { shared } }: Pointer<TensorState>,
    runs: readonly Run[] | null,
    isWrite: boolean,
    isAtomic = false,
  ): Access | null {
    const { rank } = this.core;
    const isVague = runs === null;
    if (shared === null || this.clocks === null || (isVague && !isAtomic)) return null;
    const access: Access = {
      rank,
      count: this.clocks.now(rank),
      site,
      isWrite,
      isAtomic,
      isVague,
      known: null,
    };
    for (const { offset, count, stride } of runs ?? [{ offset: 0, count: tensor.elements, stride: 1 }]) {
      if (stride === 1) shared.note(offset, count, access);
      else for (let i = 0; i < count; i++) shared.note(offset + i * stride, 1, access);
    }
    if (isAtomic) access.known = this.clocks.release(rank);
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
    this.written(site, pointer, runs, true);
    this.appendAtomic(site, access);
    this.mark(site, pointer, runs);
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
    this.commands.loaded(core.rank, pointer.place);
    if (access.runs === null) this.noteGather(site, pointer);
    this.note(site, pointer, access.runs, false);
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
    this.written(site, pointer, access.runs, false);
    if (this.log !== null) {
      this.appendIndexed(OpKind.scatter, site, access, tile.value);
      this.mark(site, pointer, access.runs);
    } else if (core.values !== null) this.scattered(site, access, tile);
    core.results.out = undefined;
    return true;
  }

  /** The stretches that runs of elements make; what the mask leaves away is zero. */
  private gathered(access: IndexedAccess<TensorState>, tile: Tile): number {
    const values = this.core.values!;
    const { algebra } = values;
    const { pointer, offsets } = access.block;
    const image = pointer.place.image!;
    const runs = this.args.placed(access);
    if (runs === null) {
      const operands = [offsets, access.mask, wholeOf(pointer)].filter((operand) => operand !== null);
      return values.mixed(formOf(WHOLE, offsets.shape), operands, pointer.offset);
    }
    const [lengths, stretches]: [number[], number[]] = [[], []];
    const add = (value: number, length: number): void => {
      lengths.push(length);
      stretches.push(value);
    };
    let at = 0;
    for (const { offset, count, stride, place } of runs) {
      add(algebra.zero, place - at);
      at = place + count;
      if (stride === 1) values.each(image.read(offset, count), count, add);
      else for (let i = 0; i < count; i++) add(image.read(offset + i * stride, 1), 1);
    }
    add(algebra.zero, tile.elements - at);
    return values.joined(lengths, stretches);
  }

  private scattered(site: number, access: IndexedAccess<TensorState>, tile: Tile): void {
    const values = this.core.values!;
    const { block, mask } = access;
    const { pointer, offsets } = block;
    const image = pointer.place.image!;
    const runs = this.args.placed(access);
    const stored = values.aligned(tile, offsets.elements);
    if (runs === null || stored === null) {
      const operands = [tile, offsets, mask, wholeOf(pointer)].filter((operand) => operand !== null);
      image.scatter(values.mixed(formOf(WHOLE, image.elements), operands, pointer.offset), site);
      return;
    }
    for (const { offset, count, stride, place } of runs) {
      if (stride === 1) image.write(offset, count, values.slice(stored, place, count), site);
      else
        for (let i = 0; i < count; i++)
          image.write(offset + i * stride, 1, values.slice(stored, place + i, 1), site);
    }
  }

  /** With data, only who has written where is kept beside the log. */
  private mark(site: number, { place }: Pointer<TensorState>, runs: readonly Run[] | null): void {
    const { image } = place;
    if (image === null) return;
    if (runs === null) return image.scatter(BLANK, site);
    for (const { offset, count, stride } of runs) {
      if (stride === 1) image.write(offset, count, BLANK, site);
      else for (let i = 0; i < count; i++) image.write(offset + i * stride, 1, BLANK, site);
    }
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

/** So many elements from a pointer on. */
export function block({ offset }: Pointer, count: number): Run[] {
  return [{ offset, count, stride: 1 }];
}

/** All that the tensor of a pointer holds. */
function wholeOf({ tensor: { elements }, place }: Pointer<TensorState>): { value: number; elements: number } {
  return { value: place.image!.read(0, elements), elements };
}
