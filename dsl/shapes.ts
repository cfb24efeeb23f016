/** Arithmetic of shapes while typing. A length that is only `number` is not known, and whatever holds it is let pass. */

export type Shape = readonly number[];

/** `16x64`, as messages show a shape. */
export type ShowShape<S extends Shape> = S extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? Rest extends readonly []
    ? ShowLength<First>
    : `${ShowLength<First>}x${ShowShape<Rest>}`
  : "scalar";
type ShowLength<N extends number> = number extends N ? "?" : `${N}`;

// --- Broadcasting ----------------------------------------------------------------------------------------------

/** The shape of an elementwise result: axes are aligned from the right, and length 1 repeats. */
export type Broadcast<A extends Shape, B extends Shape> = number extends A["length"]
  ? BesideUnknown<B>
  : number extends B["length"]
    ? BesideUnknown<A>
    : Aligned<A, B>;

/** Whether two shapes cannot broadcast, as far as their lengths are known. */
export type Clashes<A extends Shape, B extends Shape> = number extends A["length"] | B["length"]
  ? false
  : HasNever<Aligned<A, B>>;

type Aligned<A extends Shape, B extends Shape> = A extends readonly [
  ...infer X extends Shape,
  infer M extends number,
]
  ? B extends readonly [...infer Y extends Shape, infer N extends number]
    ? [...Aligned<X, Y>, Longer<M, N>]
    : A
  : B;

/** Of two lengths the one that is not 1; `never` when they clash. */
type Longer<M extends number, N extends number> = [M] extends [1]
  ? N
  : [N] extends [1]
    ? M
    : number extends M
      ? 1 extends N
        ? number
        : N
      : number extends N
        ? 1 extends M
          ? number
          : M
        : [M & N] extends [never]
          ? 1 extends M | N
            ? number
            : never
          : M & N;

type HasNever<S extends Shape> = S extends readonly [...infer Rest extends Shape, infer N]
  ? [N] extends [never]
    ? true
    : HasNever<Rest>
  : false;

/**
 * Beside a plain number, which may be the result of operators: it is taken to have no more axes than a tile of two or
 * more, but it may lengthen those of length 1.
 */
type BesideUnknown<S extends Shape> = number extends S["length"]
  ? Shape
  : S["length"] extends 0 | 1
    ? Shape
    : { [I in keyof S]: S[I] extends 1 ? number : S[I] };

/** Whether a shape cannot be repeated into another one. */
export type CannotRepeat<From extends Shape, To extends Shape> = number extends From["length"] | To["length"]
  ? false
  : From extends readonly [...infer X extends Shape, infer M extends number]
    ? To extends readonly [...infer Y extends Shape, infer N extends number]
      ? [M] extends [1]
        ? CannotRepeat<X, Y>
        : [M & N] extends [never]
          ? 1 extends M
            ? CannotRepeat<X, Y>
            : true
          : CannotRepeat<X, Y>
      : true
    : false;

// --- Axes ------------------------------------------------------------------------------------------------------

/** What a reduction leaves: without the axis, or with length 1 there; without an axis, all of them. */
export type Reduced<S extends Shape, Axis extends number | undefined, Keep extends boolean> = boolean extends Keep
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

type Without<S extends Shape, Axis extends number, Left extends Shape, Passed extends 0[] = []> = S extends readonly [
  infer First extends number,
  ...infer Rest extends Shape,
]
  ? Passed["length"] extends Axis
    ? [...Left, ...Rest]
    : [First, ...Without<Rest, Axis, Left, [...Passed, 0]>]
  : Shape;

type WithoutBack<S extends Shape, Back extends number, Left extends Shape, Passed extends 0[] = [0]> = S extends readonly [
  ...infer Rest extends Shape,
  infer Last extends number,
]
  ? Passed["length"] extends Back
    ? [...Rest, ...Left]
    : [...WithoutBack<Rest, Back, Left, [...Passed, 0]>, Last]
  : Shape;

/** With a new axis of length 1. */
export type Expanded<S extends Shape, Axis extends number> = number extends S["length"] | Axis
  ? Shape
  : `${Axis}` extends `-${infer Back extends number}`
    ? InsertedBack<S, Back>
    : Inserted<S, Axis>;

type Inserted<S extends Shape, Axis extends number, Passed extends 0[] = []> = Passed["length"] extends Axis
  ? [1, ...S]
  : S extends readonly [infer First extends number, ...infer Rest extends Shape]
    ? [First, ...Inserted<Rest, Axis, [...Passed, 0]>]
    : Shape;

type InsertedBack<S extends Shape, Back extends number, Passed extends 0[] = [0]> = Passed["length"] extends Back
  ? [...S, 1]
  : S extends readonly [...infer Rest extends Shape, infer Last extends number]
    ? [...InsertedBack<Rest, Back, [...Passed, 0]>, Last]
    : Shape;

export type Transposed<S extends Shape> = S extends readonly [infer M extends number, infer N extends number]
  ? [N, M]
  : Shape;

// --- Matrices --------------------------------------------------------------------------------------------------

/** The shape of [M, K] × [K, N]. */
export type Product<A extends Shape, B extends Shape> = [RowsOf<A>, ColumnsOf<B>];
type RowsOf<S extends Shape> = S extends readonly [infer M extends number, number] ? M : number;
type ColumnsOf<S extends Shape> = S extends readonly [number, infer N extends number] ? N : number;

/** Whether two shapes are not [M, K] and [K, N]. */
export type CannotMultiply<A extends Shape, B extends Shape> = number extends A["length"] | B["length"]
  ? NotMatrix<A> | NotMatrix<B> extends false
    ? false
    : true
  : A extends readonly [number, infer K extends number]
    ? B extends readonly [infer L extends number, number]
      ? [K] extends [L]
        ? false
        : [K & L] extends [never]
          ? true
          : false
      : true
    : true;
type NotMatrix<S extends Shape> = number extends S["length"] ? false : S["length"] extends 2 ? false : true;
