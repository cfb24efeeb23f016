/** Arithmetic of shapes while typing. A length that is only `number` is not known, and whatever holds it is let pass. */

export type Shape = readonly number[];

/** `16x64`, as messages show a shape. */
export type ShowShape<S extends Shape, Out extends string = ""> = S extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? ShowShape<Rest, Out extends "" ? ShowLength<First> : `${Out}x${ShowLength<First>}`>
  : Out extends ""
    ? "scalar"
    : Out;
type ShowLength<N extends number> = number extends N ? "?" : `${N}`;

// --- Broadcasting ----------------------------------------------------------------------------------------------

// Questions compare pairs `[X, 0]`, and a match means that nothing is wrong: where X depends on a type parameter of a
// user's helper, TypeScript then knows that nothing is refused yet, and accepts the call.

/** The shape of an elementwise result: axes are aligned from the right, and length 1 repeats. */
export type Broadcast<A extends Shape, B extends Shape> = [A] extends [B]
  ? [B] extends [A]
    ? A
    : Mixed<A, B>
  : Mixed<A, B>;
type Mixed<A extends Shape, B extends Shape> = number extends A["length"]
  ? BesideUnknown<B>
  : number extends B["length"]
    ? BesideUnknown<A>
    : Aligned<A, B>;

/** Whether two shapes broadcast, as far as their lengths are known. */
export type Fits<A extends Shape, B extends Shape> = [number, 0] extends [A["length"] | B["length"], 0]
  ? true
  : A extends readonly [...infer X extends Shape, infer M extends number]
    ? B extends readonly [...infer Y extends Shape, infer N extends number]
      ? LengthFits<M, N> extends false
        ? false
        : Fits<X, Y>
      : true
    : true;
type LengthFits<M extends number, N extends number> = [M, 0] extends [N | 1, 0]
  ? true
  : [N, 0] extends [M | 1, 0]
    ? true
    : [1, 0] extends [M | N, 0]
      ? true
      : Meets<M, N>;
/** Whether two types have something in common. */
export type Meets<A, B> = [A, 0] extends [B, 0]
  ? true
  : [B, 0] extends [A, 0]
    ? true
    : [A & B, 0] extends [never, 0]
      ? false
      : true;

type Aligned<A extends Shape, B extends Shape, Out extends Shape = []> = A extends readonly [
  ...infer X extends Shape,
  infer M extends number,
]
  ? B extends readonly [...infer Y extends Shape, infer N extends number]
    ? Aligned<X, Y, [Longer<M, N>, ...Out]>
    : [...A, ...Out]
  : [...B, ...Out];

/** Of two lengths the one that is not 1. */
type Longer<M extends number, N extends number> = [M] extends [1]
  ? N
  : [N] extends [1]
    ? M
    : number extends M
      ? BesideLength<N>
      : number extends N
        ? BesideLength<M>
        : [M & N] extends [never]
          ? number
          : M & N;
/** A length beside one that is not known. */
type BesideLength<N extends number> = 1 extends N ? number : N;

/**
 * Beside a plain number, which may be the result of operators: it is taken to have no more axes than a tile of two or
 * more, but it may lengthen those of length 1.
 */
type BesideUnknown<S extends Shape> = S["length"] extends 0 | 1 ? Shape : Stretched<S>;
type Stretched<S extends Shape> = { [I in keyof S]: S[I] extends 1 ? number : S[I] } extends infer R extends
  Shape
  ? R
  : Shape;

/** Whether a shape can be repeated into another one. */
export type Repeats<From extends Shape, To extends Shape> = [number, 0] extends [
  From["length"] | To["length"],
  0,
]
  ? true
  : From extends readonly [...infer X extends Shape, infer M extends number]
    ? To extends readonly [...infer Y extends Shape, infer N extends number]
      ? Meets<M, N | 1> extends false
        ? false
        : Repeats<X, Y>
      : false
    : true;

// --- Axes ------------------------------------------------------------------------------------------------------

/** What a reduction leaves: without the axis, or with length 1 there; without an axis, all of them. */
export type Reduced<
  S extends Shape,
  Axis extends number | undefined,
  Keep extends boolean,
> = boolean extends Keep
  ? Shape
  : [Axis] extends [undefined]
    ? Keep extends true
      ? { [I in keyof S]: 1 }
      : []
    : Axis extends number
      ? number extends S["length"] | Axis
        ? Shape
        : `${Axis}` extends `-${infer Back extends number}`
          ? WithoutBack<S, Back, Keep extends true ? [1] : []>
          : Without<S, Axis, Keep extends true ? [1] : []>
      : Shape;

type Without<
  S extends Shape,
  Axis extends number,
  Left extends Shape,
  Done extends Shape = [],
> = S extends readonly [infer First extends number, ...infer Rest extends Shape]
  ? Done["length"] extends Axis
    ? [...Done, ...Left, ...Rest]
    : Without<Rest, Axis, Left, [...Done, First]>
  : Shape;

type WithoutBack<
  S extends Shape,
  Back extends number,
  Left extends Shape,
  Done extends Shape = [],
> = S extends readonly [...infer Rest extends Shape, infer Last extends number]
  ? [Last, ...Done]["length"] extends Back
    ? [...Rest, ...Left, ...Done]
    : WithoutBack<Rest, Back, Left, [Last, ...Done]>
  : Shape;

/** With a new axis of length 1. */
export type Expanded<S extends Shape, Axis extends number> = number extends S["length"] | Axis
  ? Shape
  : `${Axis}` extends `-${infer Back extends number}`
    ? InsertedBack<S, Back>
    : Inserted<S, Axis>;

type Inserted<S extends Shape, Axis extends number, Done extends Shape = []> = Done["length"] extends Axis
  ? [...Done, 1, ...S]
  : S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? Inserted<Rest, Axis, [...Done, First]>
    : Shape;

type InsertedBack<S extends Shape, Back extends number, Done extends Shape = []> = [
  1,
  ...Done,
]["length"] extends Back
  ? [...S, 1, ...Done]
  : S extends readonly [...infer Rest extends Shape, infer Last extends number]
    ? InsertedBack<Rest, Back, [Last, ...Done]>
    : Shape;

export type Transposed<S extends Shape> = S["length"] extends 2 ? [S[1], S[0]] : Shape;

// --- Matrices --------------------------------------------------------------------------------------------------

/** The shape of [M, K] × [K, N]. */
export type Product<A extends Shape, B extends Shape> = [A[0], B[1]];

/** Whether two shapes are [M, K] and [K, N]. */
export type Multiplies<A extends Shape, B extends Shape> =
  IsMatrix<A> extends false
    ? false
    : IsMatrix<B> extends false
      ? false
      : [number, 0] extends [A["length"] | B["length"], 0]
        ? true
        : Meets<A[1], B[0]>;
export type IsMatrix<S extends Shape> = [number, 0] extends [S["length"], 0] ? true : Meets<S["length"], 2>;
