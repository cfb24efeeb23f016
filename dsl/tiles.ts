/** Tiles and pointers as *flavours* of number, and what is refused while typing, with the code of the same error at run time. */
import type { CountsMatch, ShowCount } from "./element-count.js";
import type { Broadcast, Fits, IsMatrix, Meets, Multiplies, Repeats, Shape, ShowShape } from "./shapes.js";

type FloatDType = "f64" | "f32" | "f16" | "bf16" | "fp8e4m3" | "fp8e5m2";
type IntegerDType = "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64";
/** Element types of tensors and tiles. */
export type DType = FloatDType | IntegerDType | "bool";

declare const tileDtype: unique symbol;
declare const tileShape: unique symbol;
declare const ptrDtype: unique symbol;

/** What the type of a tile says besides `number`; optional, so that the result of an operator is a tile again. */
interface TileMarks<Dt extends DType, Sh extends Shape> {
  readonly [tileDtype]?: LooseDType<Dt>;
  readonly [tileShape]?: LooseShape<Sh>;
}
interface PtrMarks<Dt extends DType> {
  readonly [ptrDtype]?: LooseDType<Dt>;
}

// A dtype or a length that is known only while running fits everywhere: `linqu check` decides.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Unknown = any;
type LooseDType<Dt extends DType> = [DType] extends [Dt] ? Unknown : Dt;
type LooseShape<Sh extends Shape> = number extends Sh["length"]
  ? Unknown
  : { -readonly [I in keyof Sh]: number extends Sh[I] ? Unknown : Sh[I] };

/** A block of values in a PE's TCM. `+ - * / % **` and comparisons work elementwise, with tiles or scalars. */
export type Tile<Dt extends DType = DType, Sh extends Shape = Shape> = number & TileMarks<Dt, Sh>;
/** A pointer into a tensor in HBM, counted in elements: `x + 16` is 16 elements further on. */
export type Ptr<Dt extends DType = DType> = number & PtrMarks<Dt>;
/** A tile of truth values. Comparisons of tiles make one, which TypeScript takes for a boolean. */
export type Mask = boolean | Tile<"bool">;

/** Whether a parameter of a kernel is a pointer. */
export type IsPointer<T> = typeof ptrDtype extends keyof T ? true : false;

/** What is known of an operand. A literal is a scalar; a plain number may also be the result of operators on tiles. */
type DTypeOf<V> = V extends TileMarks<infer Dt, Shape> ? Dt : DType;
type ShapeOf<V> =
  IsTile<V> extends true ? TileShape<V> : number extends V ? Shape : V extends number ? [] : Shape;
/** The same where a scalar has no meaning. */
export type TileShape<V> = V extends TileMarks<DType, infer Sh> ? Sh : Shape;
type IsTile<V> = typeof tileShape extends keyof V ? true : false;

/** What `tl.dot` accumulates in. */
export type Accumulator<Dt extends DType> = [DType] extends [Dt]
  ? DType
  : Dt extends "f64"
    ? "f64"
    : Dt extends FloatDType
      ? "f32"
      : "i32";

// A refusal is an object type that no tile is: its property is the message. A text would vanish in the intersection.

/** The second or third operand of an elementwise operation, beside tiles of a dtype and a shape. */
export type Beside<Op extends string, D extends DType, S extends Shape, V> =
  Meets<D, DTypeOf<V>> extends false
    ? { readonly [M in `LQ2003 ${Op}: dtypes ${D} and ${DTypeOf<V>} differ`]: true }
    : Fits<S, ShapeOf<V>> extends false
      ? {
          readonly [
            M in `LQ2002 ${Op}: shapes ${ShowShape<S>} and ${ShowShape<ShapeOf<V>>} do not broadcast`
          ]: true;
        }
      : unknown;

/** The second operand of `tl.dot`. */
export type Multiplier<D extends DType, S extends Shape, V> =
  Meets<D, DTypeOf<V>> extends false
    ? { readonly [M in `LQ2003 dot: dtypes ${D} and ${DTypeOf<V>} differ`]: true }
    : Multiplies<S, TileShape<V>> extends false
      ? {
          readonly [
            M in `LQ2001 dot: inner dimensions differ: ${ShowShape<S>} x ${ShowShape<TileShape<V>>}`
          ]: true;
        }
      : unknown;

/** What is written to memory. */
export type Storable<Op extends string, D extends DType, V> =
  Meets<D, DTypeOf<V>> extends false
    ? { readonly [M in `LQ2004 ${Op}: a tile of ${DTypeOf<V>} into memory that holds ${D}`]: true }
    : unknown;

/** The new shape of `tl.reshape`. */
export type Reshaping<S extends Shape, N extends Shape> =
  CountsMatch<S, N> extends false
    ? {
        readonly [
          M in `LQ2006 reshape: ${ShowShape<S>} has ${ShowCount<S>} elements, ${ShowShape<N>} has ${ShowCount<N>}`
        ]: true;
      }
    : unknown;

/** A plain number is the length of the only axis. */
export type ShapeFrom<N extends Shape | number> = N extends Shape ? N : N extends number ? [N] : Shape;

/** The new shape of `tl.broadcast`. */
export type Repeating<S extends Shape, N extends Shape> =
  Repeats<S, N> extends false
    ? { readonly [M in `LQ2002 broadcast: ${ShowShape<S>} does not broadcast to ${ShowShape<N>}`]: true }
    : unknown;

/** The tile that `tl.transpose` takes. */
export type Matrix<S extends Shape> =
  IsMatrix<S> extends false
    ? { readonly [M in `LQ2006 transpose: needs [rows, columns], not ${ShowShape<S>}`]: true }
    : unknown;

/** The dtype and the shape of what comes of a tile and another operand. */
export type BothDTypes<D extends DType, V> = D & DTypeOf<V>;
export type BothShapes<S extends Shape, V> =
  Broadcast<S, ShapeOf<V>> extends infer Sh extends Shape ? Sh : Shape;
