import { dtypeByCode, type DTypeInfo } from "../data/dtypes.js";
import { OpKind } from "../data/op-log.js";
import type { Tile } from "../ops/handles.js";
import type { Shapes } from "../ops/shapes.js";
import type { Algebra, Comparison } from "./algebra.js";
import { formOf } from "./fingerprints.js";

/** Numbers from here down are lists of stretches. */
const LISTS = -(2 ** 40);
/** Stretches in all lists together; beyond, lists are no longer told apart. */
const MAX_STRETCHES = 2 ** 24;

interface Stretches {
  lengths: number[];
  values: number[];
}

/** What tiles hold: one stretch, or several one after the other. */
export class TileValues {
  private readonly lists: Stretches[] = [];
  private stretches = 0;

  constructor(
    readonly algebra: Algebra,
    private readonly shapes: Shapes,
  ) {}

  /** Calls `use` for every stretch of a value. */
  each(value: number, length: number, use: (value: number, length: number) => void): void {
    if (value > LISTS) return use(value, length);
    const { lengths, values } = this.listOf(value);
    for (let i = 0; i < lengths.length; i++) use(values[i]!, lengths[i]!);
  }

  /** Stretches one after the other; those that continue each other become one. */
  joined(lengths: readonly number[], values: readonly number[]): number {
    const list: Stretches = { lengths: [], values: [] };
    let start = 0;
    for (let i = 0; i < lengths.length; i++) {
      const [length, value] = [lengths[i]!, values[i]!];
      if (length === 0) continue;
      const last = list.values.length - 1;
      if (last >= 0 && this.continues(list.values[last]!, list.lengths[last]!, value, length)) {
        list.lengths[last]! += length;
      } else {
        list.lengths.push(length);
        list.values.push(value);
      }
      start += length;
    }
    if (start === 0) return this.algebra.zero;
    if (list.values.length === 1) return list.values[0]!;
    this.stretches += list.values.length;
    if (this.stretches > MAX_STRETCHES) {
      const form = list.lengths.reduce(formOf, formOf(0x71, start));
      return this.algebra.opaque(form, list.values, 0);
    }
    return LISTS - (this.lists.push(list) - 1);
  }

  /** Does a stretch go on as another one begins? */
  continues(value: number, length: number, next: number, nextLength: number): boolean {
    return (
      this.algebra.compared(this.algebra.shifted(value, length), next, Math.max(2, nextLength)) === "same"
    );
  }

  /** `length` elements from `start` on. */
  slice(value: number, start: number, length: number): number {
    if (value > LISTS) return this.algebra.shifted(value, start);
    const [lengths, values]: [number[], number[]] = [[], []];
    let at = 0;
    this.each(value, 0, (stretch, size) => {
      const from = Math.max(start, at);
      const until = Math.min(start + length, at + size);
      if (from < until) {
        lengths.push(until - from);
        values.push(this.algebra.shifted(stretch, from - at));
      }
      at += size;
    });
    return this.joined(lengths, values);
  }

  compared(a: number, b: number, length: number): Comparison {
    if (a > LISTS && b > LISTS) return this.algebra.compared(a, b, length);
    let result: Comparison = "same";
    this.zip(a, b, length, (x, y, size) => {
      const part = this.algebra.compared(x, y, size);
      if (part === "different" || result === "same") result = part;
      return 0;
    });
    return result;
  }

  /** What a computation gives, whose arguments are as a `TileBackend` gets them. */
  compute(kind: OpKind, out: Tile, a: Tile | null, b: Tile | null, c: Tile | null, scalar: number): number {
    const { algebra } = this;
    const n = out.elements;
    switch (kind) {
      case OpKind.full:
        return algebra.constant(scalar);
      case OpKind.add:
      case OpKind.sub: {
        const sign = kind === OpKind.add ? 1 : -1;
        const left = a === null ? algebra.constant(scalar) : this.aligned(a, n);
        const right = b === null ? algebra.constant(scalar) : this.aligned(b, n);
        if (left === null || right === null) break;
        if (left > LISTS && right > LISTS) return algebra.sum(left, right, sign);
        return this.zip(left, right, n, (x, y) => algebra.sum(x, y, sign));
      }
      case OpKind.mul:
      case OpKind.div: {
        if (b === null && a !== null) {
          const how = kind === OpKind.mul ? "times" : "over";
          return this.map(a.value, n, (x) => algebra.scaled(x, scalar, how));
        }
        if (kind === OpKind.div) break;
        if (a === null && b !== null) return this.map(b.value, n, (x) => algebra.scaled(x, scalar, "times"));
        const left = this.aligned(a!, n);
        const right = this.aligned(b!, n);
        if (left === null || right === null) break;
        return this.zip(left, right, n, (x, y, size) => algebra.product(x, y, size));
      }
      case OpKind.fma: {
        const [x, y, z] = [this.aligned(a!, n), this.aligned(b!, n), this.aligned(c!, n)];
        if (x === null || y === null || z === null) break;
        const product = this.zip(x, y, n, (u, v, size) => algebra.product(u, v, size));
        return this.zip(product, z, n, (u, v) => algebra.sum(u, v, 1));
      }
      case OpKind.maximum:
        if (a === null || b === null || a.elements !== n || b.elements !== n) break;
        return this.zip(a.value, b.value, n, (x, y, size) => algebra.maximum(x, y, size));
      case OpKind.reshape:
        return a!.value;
      case OpKind.cast:
        // Rounding is left out of account, but what is cut off or wraps is not.
        if (!holdsAll(dtypeByCode(out.dtype), dtypeByCode(a!.dtype))) break;
        return a!.value;
      case OpKind.broadcast: {
        const repeated = this.aligned(a!, n);
        if (repeated === null) break;
        return repeated;
      }
      case OpKind.transpose:
        if (this.shapes.byId[a!.shape]!.every((length) => length !== a!.elements)) break;
        return a!.value;
      case OpKind.sum: {
        const shape = this.shapes.byId[a!.shape]!;
        const outer = shape.slice(0, Math.max(0, scalar)).reduce((product, length) => product * length, 1);
        if (a!.value <= LISTS || outer !== 1) break;
        const members = scalar < 0 ? a!.elements : shape[scalar]!;
        return algebra.folded(a!.value, members, n);
      }
      default:
    }
    return this.opaque(kind, out, a, b, c, scalar);
  }

  /** What an operation gives that cannot be said in another way. */
  opaque(kind: number, out: Tile, a: Tile | null, b: Tile | null, c: Tile | null, scalar: number): number {
    const operands = [a, b, c].filter((operand) => operand !== null);
    // What is cut off or wraps depends on the dtype.
    const operation = kind === OpKind.cast ? formOf(kind, out.dtype) : kind;
    const isElementwise = operands.every(({ elements }) => elements === out.elements);
    if (isElementwise && operands.length === 1) {
      return this.map(a === null ? operands[0]!.value : a.value, out.elements, (x, size) =>
        this.algebra.opaque(formOf(operation, size), a === null ? [this.algebra.zero, x] : [x], scalar),
      );
    }
    let form = formOf(operation, out.shape);
    for (const { shape } of operands) form = formOf(form, shape);
    return this.mixed(form, operands, scalar);
  }

  /** One stretch that depends on all elements of operands. */
  mixed(form: number, operands: readonly { value: number; elements: number }[], scalar: number): number {
    const all: number[] = [];
    let lengths = form;
    for (const { value, elements } of operands) {
      this.each(value, elements, (stretch, length) => {
        all.push(stretch);
        lengths = formOf(lengths, length);
      });
    }
    return this.algebra.opaque(lengths, all, scalar);
  }

  /** An operand of as many elements as the result, or of one; null when it is repeated in another way. */
  aligned(tile: Tile, elements: number): number | null {
    if (tile.elements === elements) return tile.value;
    return tile.elements === 1 ? this.algebra.repeated(tile.value) : null;
  }

  private map(value: number, length: number, make: (value: number, length: number) => number): number {
    if (value > LISTS) return make(value, length);
    const { lengths, values } = this.listOf(value);
    return this.joined(
      lengths,
      values.map((stretch, i) => make(stretch, lengths[i]!)),
    );
  }

  /** Combines two values stretch by stretch. */
  private zip(
    a: number,
    b: number,
    length: number,
    combine: (a: number, b: number, length: number) => number,
  ): number {
    if (a > LISTS && b > LISTS) return combine(a, b, length);
    const [left, right] = [this.stretchesOf(a, length), this.stretchesOf(b, length)];
    const [lengths, values]: [number[], number[]] = [[], []];
    let [i, j, usedLeft, usedRight] = [0, 0, 0, 0];
    while (i < left.lengths.length && j < right.lengths.length) {
      const size = Math.min(left.lengths[i]! - usedLeft, right.lengths[j]! - usedRight);
      const x = this.algebra.shifted(left.values[i]!, usedLeft);
      values.push(combine(x, this.algebra.shifted(right.values[j]!, usedRight), size));
      lengths.push(size);
      usedLeft += size;
      usedRight += size;
      if (usedLeft === left.lengths[i]) [i, usedLeft] = [i + 1, 0];
      if (usedRight === right.lengths[j]) [j, usedRight] = [j + 1, 0];
    }
    return this.joined(lengths, values);
  }

  private stretchesOf(value: number, length: number): Stretches {
    return value > LISTS ? { lengths: [length], values: [value] } : this.listOf(value);
  }

  private listOf(value: number): Stretches {
    return this.lists[LISTS - value]!;
  }
}

/** Are all values of one dtype values of another, but for rounding? */
function holdsAll(to: DTypeInfo, from: DTypeInfo): boolean {
  if (to.class === "float") return true;
  return from.class !== "float" && to.class !== "bool" && to.min <= from.min && to.max >= from.max;
}
