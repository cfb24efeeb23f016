import { BOOL, I32, accumulatorOf, dtypeByCode, type DTypeInfo } from "../data/dtypes.js";
import { NO_VALUE, OpKind } from "../data/op-log.js";
import { refuse, type OpsBackend, type Problem } from "./backend.js";
import {
  ALLOWED,
  BINARY,
  CAST_HINTS,
  REDUCTIONS,
  UNARY,
  nameOf,
  type BinaryOp,
  type Classes,
  type ReductionName,
  type UnaryName,
} from "./computations.js";
import { Pointer, PointerBlock, Ref, Tile, describeValue } from "./handles.js";
import { NOWHERE, indexOfResult, padded, reshapedIndex } from "./index-algebra.js";
import { affine, range, type Affine } from "./index-form.js";
import { TileTypes } from "./tile-types.js";

/**
 * Operators on tiles and pointers, and all operations on tiles that never wait: checks what a kernel passes, makes the
 * result's type, and hands the computation to the backend.
 */
export class TileOps {
  readonly types: TileTypes;

  constructor(private readonly backend: OpsBackend) {
    this.types = new TileTypes(backend);
  }

  // --- Operators ------------------------------------------------------------------------------------------------

  add(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a + b;
    if (isPointers(a)) return this.offset(site, a, b, 1);
    if (isPointers(b)) return this.offset(site, b, a, 1);
    if (typeof a === "string" || typeof b === "string") throw this.text(site);
    return this.binary(site, BINARY.add, a, b);
  }

  sub(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (isPointers(a)) return this.offset(site, a, b, -1);
    return this.binary(site, BINARY.sub, a, b);
  }

  mul(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a * b;
    return this.binary(site, BINARY.mul, a, b);
  }

  div(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a / b;
    return this.binary(site, BINARY.div, a, b);
  }

  floordiv(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
    return this.binary(site, BINARY.floordiv, a, b);
  }

  mod(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a % b;
    return this.binary(site, BINARY.mod, a, b);
  }

  pow(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a ** b;
    return this.binary(site, BINARY.pow, a, b);
  }

  neg(site: number, a: unknown): unknown {
    return typeof a === "number" ? -a : this.mul(site, a, -1);
  }

  lt(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a < b;
    return this.binary(site, BINARY.lt, a, b);
  }

  le(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a <= b;
    return this.binary(site, BINARY.le, a, b);
  }

  gt(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a > b;
    return this.binary(site, BINARY.gt, a, b);
  }

  ge(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a >= b;
    return this.binary(site, BINARY.ge, a, b);
  }

  equal(site: number, a: unknown, b: unknown): unknown {
    return a instanceof Tile || b instanceof Tile ? this.binary(site, BINARY.equal, a, b) : a === b;
  }

  notEqual(site: number, a: unknown, b: unknown): unknown {
    return a instanceof Tile || b instanceof Tile ? this.binary(site, BINARY.notEqual, a, b) : a !== b;
  }

  isTile(value: unknown): value is Tile {
    return value instanceof Tile;
  }

  /** What a condition is, given back. @throws LQ1301 when it is a tile, whose values are not known while deciding */
  decides(site: number, value: unknown): unknown {
    if (!(value instanceof Tile)) return value;
    throw refuse(this.backend, site, {
      code: "LQ1301",
      message: `${describeValue(value)} cannot decide which way the kernel goes: its values are not known yet`,
      hint: "choose elementwise with tl.where(mask, a, b), or take one element's value with tl.item(tile)",
    });
  }

  /** `&&` of what did not decide already. */
  and(site: number, a: unknown, b: unknown): unknown {
    if (!(a instanceof Tile)) return b;
    return b === true ? a : this.binary(site, BINARY.and, a, b);
  }

  /** `||` of what did not decide already. */
  or(site: number, a: unknown, b: unknown): unknown {
    if (!(a instanceof Tile)) return b;
    return b === false ? a : this.binary(site, BINARY.or, a, b);
  }

  not(site: number, a: unknown): unknown {
    return a instanceof Tile ? this.inverted(site, "!", a, "mask") : !a;
  }

  bitNot(site: number, a: unknown): unknown {
    return a instanceof Tile ? this.inverted(site, "~", a, "integer") : ~(a as number);
  }

  private inverted(site: number, sign: string, a: Tile, classes: Classes): Tile {
    this.requireClass(site, sign, a, classes);
    const out = this.types.tileOf(site, a.shape, dtypeByCode(a.dtype));
    this.backend.compute(site, OpKind.not, out, a, null, null, 0);
    return out;
  }

  bitAnd(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a & b;
    return this.binary(site, BINARY.bitAnd, a, b);
  }

  bitOr(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a | b;
    return this.binary(site, BINARY.bitOr, a, b);
  }

  bitXor(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a ^ b;
    return this.binary(site, BINARY.bitXor, a, b);
  }

  shiftLeft(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a << b;
    return this.binary(site, BINARY.shiftLeft, a, b);
  }

  shiftRight(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a >> b;
    return this.binary(site, BINARY.shiftRight, a, b);
  }

  // --- Elementwise ----------------------------------------------------------------------------------------------

  maximum(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
    return this.binary(site, BINARY.maximum, a, b);
  }

  minimum(site: number, a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return Math.min(a, b);
    return this.binary(site, BINARY.minimum, a, b);
  }

  unary(site: number, name: UnaryName, a: unknown): Tile {
    const { kind, classes } = UNARY[name];
    const tile = this.types.tile(site, `tl.${name}`, a);
    this.requireClass(site, `tl.${name}`, tile, classes);
    const out = this.types.tileOf(site, tile.shape, dtypeByCode(tile.dtype));
    this.backend.compute(site, kind, out, tile, null, null, 0);
    return out;
  }

  clamp(site: number, a: unknown, low: unknown, high: unknown): unknown {
    return this.minimum(site, this.maximum(site, a, low), high);
  }

  fma(site: number, a: unknown, b: unknown, c: unknown): Tile {
    const tiles = [a, b, c].filter((value) => value instanceof Tile);
    const model = tiles[0] ?? this.types.tile(site, "tl.fma", a);
    this.requireClass(site, "tl.fma", model, "number");
    const [x, y, z] = [a, b, c].map((value) => this.operandLike(site, "tl.fma", value, model));
    const shape = this.broadcastAll(site, "fma", [x!, y!, z!]);
    const out = this.types.tileOf(site, shape, dtypeByCode(model.dtype));
    this.backend.compute(site, OpKind.fma, out, x!, y!, z!, 0);
    return out;
  }

  where(site: number, condition: unknown, a: unknown, b: unknown): unknown {
    if (typeof condition === "boolean") return condition ? a : b;
    const mask = this.types.tile(site, "the condition of tl.where", condition);
    this.requireClass(site, "the condition of tl.where", mask, "mask");
    const model = a instanceof Tile ? a : this.types.tile(site, "tl.where", b);
    const [x, y] = [a, b].map((value) => this.operandLike(site, "tl.where", value, model));
    const shape = this.broadcastAll(site, "where", [mask, x!, y!]);
    const out = this.types.tileOf(site, shape, dtypeByCode(model.dtype));
    this.backend.compute(site, OpKind.where, out, mask, x!, y!, 0);
    return out;
  }

  cast(site: number, a: unknown, dtype: unknown): Tile {
    const tile = this.types.tile(site, "tl.cast", a);
    const to = this.types.dtypeOf(site, dtype);
    if (to.code === tile.dtype) return tile;
    const form = tile.index;
    const index = form?.kind === "affine" ? this.fitting(form, tile.shape, to) : null;
    const out = this.types.tileOf(site, tile.shape, to, index);
    this.backend.compute(site, OpKind.cast, out, tile, null, null, 0);
    return out;
  }

  // --- Creation -------------------------------------------------------------------------------------------------

  /** A tile of one value. */
  full(site: number, shape: unknown, value: unknown, dtype: unknown): Tile {
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw this.scalarExpected(site, "the value of tl.full", value);
    }
    const id = this.types.shapeOf(site, shape);
    return this.filled(site, id, Number(value), this.types.dtypeOf(site, dtype));
  }

  zeros(site: number, shape: unknown, dtype: unknown): Tile {
    return this.filled(site, this.types.shapeOf(site, shape), 0, this.types.dtypeOf(site, dtype));
  }

  /** A mask that holds nowhere. */
  nowhere(site: number): Tile {
    const out = this.types.tileOf(site, this.backend.shapes.idOf([]), BOOL, NOWHERE);
    this.backend.compute(site, OpKind.full, out, null, null, null, 0);
    return out;
  }

  arange(site: number, start: unknown, end: unknown): Tile {
    const isRange =
      Number.isSafeInteger(start) && Number.isSafeInteger(end) && (start as number) <= (end as number);
    const [from, until] = [start as number, end as number];
    if (!isRange || from < I32.min || until - 1 > I32.max) {
      throw refuse(this.backend, site, {
        code: "LQ1304",
        message: `tl.arange goes from a whole number to one that is not smaller, not from ${describeValue(start)} to ${describeValue(end)}`,
        hint: "write tl.arange(0, BLOCK); its elements are i32",
      });
    }
    const shape = this.types.shapeOf(site, [until - from]);
    const out = this.types.tileOf(site, shape, I32, affine(from, [until - from === 1 ? 0 : 1]));
    this.backend.compute(site, OpKind.arange, out, null, null, null, from);
    return out;
  }

  // --- Reductions -----------------------------------------------------------------------------------------------

  reduce(site: number, name: ReductionName, a: unknown, axis: unknown, options: unknown): Tile {
    const { kind, classes } = REDUCTIONS[name];
    const tile = this.types.tile(site, `tl.${name}`, a);
    this.requireClass(site, `tl.${name}`, tile, classes);
    const { shapes } = this.backend;
    const from = shapes.byId[tile.shape]!;
    const index = axis === undefined ? -1 : this.types.axisOf(site, `tl.${name}`, axis, from.length);
    const keeps = (options as { keepDims?: unknown } | undefined)?.keepDims === true;
    const reduced = (each: number): boolean => index === -1 || each === index;
    const to = keeps
      ? from.map((length, each) => (reduced(each) ? 1 : length))
      : from.filter((_, each) => !reduced(each));
    const isEmpty = index === -1 ? tile.elements === 0 : from[index] === 0;
    if (isEmpty && kind !== OpKind.sum && kind !== OpKind.prod) {
      throw refuse(this.backend, site, {
        code: "LQ2006",
        message: `tl.${name} of no elements: the tile is ${this.types.describe(tile)}`,
      });
    }
    const isIndex = kind === OpKind.argmax || kind === OpKind.argmin;
    const dtype = isIndex ? I32 : dtypeByCode(tile.dtype);
    const out = this.types.tileOf(site, shapes.idOf(to), dtype);
    this.backend.compute(site, kind, out, tile, null, null, index);
    return out;
  }

  mean(site: number, a: unknown, axis: unknown, options: unknown): unknown {
    const tile = this.types.tile(site, "tl.mean", a);
    this.requireClass(site, "tl.mean", tile, "float");
    const sum = this.reduce(site, "sum", tile, axis, options);
    return this.div(site, sum, tile.elements / Math.max(1, sum.elements));
  }

  softmax(site: number, a: unknown, axis: unknown = -1): unknown {
    const tile = this.types.tile(site, "tl.softmax", a);
    this.requireClass(site, "tl.softmax", tile, "float");
    const keep = { keepDims: true };
    const shifted = this.sub(site, tile, this.reduce(site, "max", tile, axis, keep));
    const powers = this.unary(site, "exp", shifted);
    return this.div(site, powers, this.reduce(site, "sum", powers, axis, keep));
  }

  // --- Shapes ---------------------------------------------------------------------------------------------------

  reshape(site: number, a: unknown, shape: unknown): Tile {
    const tile = this.types.tile(site, "tl.reshape", a);
    const id = this.types.shapeOf(site, typeof shape === "number" ? [shape] : shape);
    const { shapes } = this.backend;
    if (shapes.elements[id] !== tile.elements) {
      throw refuse(this.backend, site, {
        code: "LQ2006",
        message: `reshape: ${shapes.describe(tile.shape)} has ${tile.elements} elements, ${shapes.describe(id)} has ${shapes.elements[id]}`,
      });
    }
    return this.reshaped(site, tile, id);
  }

  expandDims(site: number, a: unknown, axis: unknown): Tile {
    const tile = this.types.tile(site, "tl.expandDims", a);
    const { shapes } = this.backend;
    const from = shapes.byId[tile.shape]!;
    const at = this.types.axisOf(site, "tl.expandDims (of the result)", axis, from.length + 1);
    return this.reshaped(site, tile, shapes.idOf([...from.slice(0, at), 1, ...from.slice(at)]));
  }

  broadcast(site: number, a: unknown, shape: unknown): Tile {
    const tile = this.types.tile(site, "tl.broadcast", a);
    const id = this.types.shapeOf(site, shape);
    const { shapes } = this.backend;
    if (tile.shape === id) return tile;
    if (shapes.broadcast(tile.shape, id) !== id) {
      throw refuse(this.backend, site, {
        code: "LQ2002",
        message: `broadcast: ${shapes.describe(tile.shape)} does not broadcast to ${shapes.describe(id)}`,
        hint: "axes are aligned from the right, and only length 1 is repeated",
      });
    }
    const out = this.types.tileOf(site, id, dtypeByCode(tile.dtype), tile.index);
    this.backend.compute(site, OpKind.broadcast, out, tile, null, null, 0);
    return out;
  }

  transpose(site: number, a: unknown): Tile {
    const tile = this.types.tile(site, "tl.transpose", a);
    const { shapes } = this.backend;
    const from = shapes.byId[tile.shape]!;
    if (from.length !== 2) {
      throw refuse(this.backend, site, {
        code: "LQ2006",
        message: `transpose: needs [rows, columns], not ${shapes.describe(tile.shape)}`,
      });
    }
    const form = tile.index?.kind === "affine" ? padded(tile.index, 2) : null;
    const index = form && affine(form.base, [form.strides[1]!, form.strides[0]!]);
    const out = this.types.tileOf(site, shapes.idOf([from[1]!, from[0]!]), dtypeByCode(tile.dtype), index);
    this.backend.compute(site, OpKind.transpose, out, tile, null, null, 0);
    return out;
  }

  // --- Matrices -------------------------------------------------------------------------------------------------

  dot(site: number, a: unknown, b: unknown): Tile {
    const left = this.types.tile(site, "tl.dot", a);
    const right = this.types.tile(site, "tl.dot", b);
    const { shapes } = this.backend;
    const rows = shapes.byId[left.shape]!;
    const columns = shapes.byId[right.shape]!;
    if (rows.length !== 2 || columns.length !== 2 || rows[1] !== columns[0]) {
      throw refuse(this.backend, site, {
        code: "LQ2001",
        message: `dot: inner dimensions differ: ${shapes.describe(left.shape)} × ${shapes.describe(right.shape)}`,
        hint: "tl.dot multiplies [M, K] by [K, N]",
      });
    }
    if (left.dtype !== right.dtype) throw this.dtypesDiffer(site, "dot", left, right);
    this.requireClass(site, "tl.dot", left, "number");
    const shape = shapes.idOf([rows[0]!, columns[1]!]);
    const out = this.types.tileOf(site, shape, accumulatorOf(dtypeByCode(left.dtype)));
    this.backend.compute(site, OpKind.gemm, out, left, right, null, 0);
    return out;
  }

  /** The tile of one element that `tl.item` asks for, or the number that a comparison of numbers gave. */
  single(site: number, value: unknown): Tile | number {
    if (typeof value === "boolean") return Number(value);
    const tile = this.types.tile(site, "tl.item", value);
    if (tile.elements === 1) return tile;
    throw refuse(this.backend, site, {
      code: "LQ2006",
      message: `tl.item reads a tile of one element, not ${this.types.describe(tile)}`,
      hint: "reduce it first, as in tl.item(tl.sum(a)), or load one element",
    });
  }

  // --- Shared ---------------------------------------------------------------------------------------------------

  dtypesDiffer(site: number, what: string, a: { dtype: number }, b: { dtype: number }): Error {
    const [left, right] = [dtypeByCode(a.dtype).name, dtypeByCode(b.dtype).name];
    return refuse(this.backend, site, {
      code: "LQ2003",
      message: `${what}: dtypes ${left} and ${right} differ`,
      hint: `cast one of them: tl.cast(a, "${right}")`,
    });
  }

  /** @throws LQ1305 when a tile's dtype is not of the classes that an operation works on */
  requireClass(site: number, what: string, tile: Tile, classes: Classes): void {
    const dtype = dtypeByCode(tile.dtype);
    if (ALLOWED[classes].includes(dtype.class)) return;
    throw refuse(this.backend, site, {
      code: "LQ1305",
      message: `${what} does not work on ${dtype.class === "bool" ? "a mask (bool)" : dtype.name}`,
      hint: CAST_HINTS[classes],
    });
  }

  private binary(site: number, op: BinaryOp, a: unknown, b: unknown): Tile {
    const { backend } = this;
    const { name, kind, classes } = op;
    const left = a instanceof Tile ? a : null;
    const right = b instanceof Tile ? b : null;
    const model = left ?? right;
    if (model === null || (left === null && !isScalar(a)) || (right === null && !isScalar(b))) {
      throw this.scalarExpected(site, `an operand of ${nameOf(name)}`, left === null && !isScalar(a) ? a : b);
    }
    if (op.allows[model.dtype] === 0) this.requireClass(site, nameOf(name), model, classes);
    let shape = model.shape;
    if (left !== null && right !== null) {
      if (left.dtype !== right.dtype) throw this.dtypesDiffer(site, nameOf(name), left, right);
      if (left.shape !== right.shape) shape = this.broadcastOf(site, nameOf(name), left.shape, right.shape);
    }
    const dtype = dtypeByCode(model.dtype);
    let scalar = 0;
    if (left === null || right === null) {
      scalar = Number(left === null ? a : b);
      if (dtype.class !== "float") this.checkScalar(site, nameOf(name), scalar, dtype);
    }
    let out: Tile;
    if ((left !== null && left.index === null) || (right !== null && right.index === null)) {
      // Most tiles are data, of which nothing is known, and give tiles of their own type.
      out =
        shape === model.shape && !op.isComparison
          ? new Tile(model.dtype, shape, model.elements, model.bytes, NO_VALUE)
          : this.types.tileOf(site, shape, op.isComparison ? BOOL : dtype);
    } else {
      const result = op.isComparison ? BOOL : dtype;
      const index = indexOfResult(name, left ?? scalar, right ?? scalar);
      const fits = index?.kind === "affine" ? this.fitting(index, shape, result) : index;
      out = this.types.tileOf(site, shape, result, fits);
    }
    backend.compute(site, kind, out, left, right, null, scalar);
    return out;
  }

  /** @throws LQ2002 */
  private broadcastOf(site: number, what: string, a: number, b: number): number {
    const { shapes } = this.backend;
    const shape = shapes.broadcast(a, b);
    if (shape >= 0) return shape;
    throw refuse(this.backend, site, {
      code: "LQ2002",
      message: `${what}: shapes ${shapes.describe(a)} and ${shapes.describe(b)} do not broadcast`,
      hint: "axes are aligned from the right, and only length 1 is repeated",
    });
  }

  private broadcastAll(site: number, what: string, tiles: readonly Tile[]): number {
    return tiles.map(({ shape }) => shape).reduce((shape, next) => this.broadcastOf(site, what, shape, next));
  }

  /** An operand of an operation with three of them: a number becomes a tile without axes. */
  private operandLike(site: number, what: string, value: unknown, model: Tile): Tile {
    const dtype = dtypeByCode(model.dtype);
    if (value instanceof Tile) {
      if (value.dtype !== model.dtype) throw this.dtypesDiffer(site, what, model, value);
      return value;
    }
    if (!isScalar(value)) throw this.scalarExpected(site, `an operand of ${what}`, value);
    this.checkScalar(site, what, Number(value), dtype);
    return this.filled(site, this.backend.shapes.idOf([]), Number(value), dtype);
  }

  private filled(site: number, shape: number, value: number, dtype: DTypeInfo): Tile {
    this.checkScalar(site, "a fill", value, dtype);
    const isInteger = dtype.class === "signed" || dtype.class === "unsigned";
    const out = this.types.tileOf(site, shape, dtype, isInteger ? affine(value, []) : null);
    this.backend.compute(site, OpKind.full, out, null, null, null, value);
    return out;
  }

  /** A number beside a tile takes the tile's dtype: integers must have it. @throws LQ2003 */
  checkScalar(site: number, what: string, value: number, dtype: DTypeInfo): void {
    if (dtype.class === "float") return;
    if (Number.isSafeInteger(value) && value >= dtype.min && value <= dtype.max) return;
    // −1 multiplies unsigned integers as in C: it wraps.
    if (dtype.class === "unsigned" && value === -1) return;
    throw refuse(this.backend, site, {
      code: "LQ2003",
      message: `${what}: ${value} is no value of ${dtype.name}`,
      hint:
        value % 1 !== 0 && Number.isFinite(value)
          ? 'cast the tile first: tl.cast(a, "f32")'
          : rangeHint(value, dtype),
    });
  }

  private reshaped(site: number, tile: Tile, shape: number): Tile {
    const { byId } = this.backend.shapes;
    const index = tile.index && reshapedIndex(tile.index, byId[tile.shape]!, byId[shape]!);
    const out = this.types.tileOf(site, shape, dtypeByCode(tile.dtype), index);
    this.backend.compute(site, OpKind.reshape, out, tile, null, null, 0);
    return out;
  }

  private offset(site: number, pointers: Pointer | PointerBlock, by: unknown, sign: 1 | -1): unknown {
    const isBlock = pointers instanceof PointerBlock;
    if (typeof by === "number" && Number.isSafeInteger(by)) {
      if (!isBlock) return pointers.at(pointers.offset + sign * by);
      const { pointer, offsets } = pointers;
      return new PointerBlock(pointer.at(pointer.offset + sign * by), offsets);
    }
    if (by instanceof Tile) {
      this.requireClass(site, "an offset of a pointer", by, "integer");
      if (!isBlock) {
        return new PointerBlock(pointers, sign === 1 ? by : (this.neg(site, by) as Tile));
      }
      return new PointerBlock(
        pointers.pointer,
        this.binary(site, sign === 1 ? BINARY.add : BINARY.sub, pointers.offsets, by),
      );
    }
    throw refuse(this.backend, site, {
      code: "LQ2005",
      message: `a pointer moves by a whole number of elements, not by ${describeValue(by)}`,
      hint: "round the offset with Math.floor or tl.cdiv",
    });
  }

  /** An index form whose values the dtype can hold: others wrap. */
  private fitting(form: Affine, shape: number, dtype: DTypeInfo): Affine | null {
    if (dtype.class !== "signed" && dtype.class !== "unsigned") return null;
    const [min, max] = range(form, this.backend.shapes.byId[shape]!);
    return min >= dtype.min && max <= dtype.max ? form : null;
  }

  private scalarExpected(site: number, what: string, value: unknown): Error {
    const isPointer = isPointers(value) || value instanceof Ref;
    return refuse(this.backend, site, {
      code: "LQ1304",
      message: `${what} must be a tile or a number, not ${describeValue(value)}`,
      hint: isPointer ? "load it first: tl.load(pointer, shape)" : null,
    });
  }

  private text(site: number): Error {
    const problem: Problem = {
      code: "LQ1303",
      message: "a tile and text cannot be joined",
      hint: "print tiles with tl.print(tile)",
    };
    return refuse(this.backend, site, problem);
  }
}

/** Which integers a dtype has. JavaScript's numbers are exact up to 2^53 only, which is less than i64 and u64 hold. */
function rangeHint(value: number, { name, class: kind, min, max, sizeBytes }: DTypeInfo): string {
  if (sizeBytes === 8 && value >= min && value < max) {
    return "a number is exact up to 2^53 - 1: make larger values with * and + of tiles";
  }
  const wide = `u${8 * sizeBytes}`;
  const isWithinUnsigned = kind === "signed" && value > 0 && value < 2 ** (8 * sizeBytes);
  const range = sizeBytes === 8 ? (min < 0 ? "-2^63 to 2^63 - 1" : "0 to 2^64 - 1") : `${min} to ${max}`;
  return `${name} goes from ${range}${isWithinUnsigned ? `; ${wide} has it: tl.cast(a, "${wide}")` : ""}`;
}

function isPointers(value: unknown): value is Pointer | PointerBlock {
  return value instanceof Pointer || value instanceof PointerBlock;
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}
