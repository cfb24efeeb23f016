/**
 * The standard library of kernel sources: the part of JavaScript that gives the same result on every rank and in
 * every run. What is missing here (clocks, randomness, timers, promises, the console) is missing on purpose.
 */
/* eslint-disable @typescript-eslint/consistent-type-imports -- what this script declares is global since it imports nothing */

// --- What the type checker itself needs ------------------------------------------------------------------------

interface Object {
  toString(): string;
}
interface Function {
  readonly name: string;
  readonly length: number;
}
interface CallableFunction extends Function {
  toString(): string;
}
interface NewableFunction extends Function {
  toString(): string;
}
interface IArguments {
  readonly length: number;
  [index: number]: unknown;
}
interface RegExp {
  test(text: string): boolean;
}
interface Boolean {
  valueOf(): boolean;
}
interface SymbolConstructor {
  readonly iterator: unique symbol;
}
declare const Symbol: SymbolConstructor;
interface Symbol {
  readonly description: string | undefined;
}
/** Nameable only so that `async` and `await` are reported where they stand. */
interface Promise<T> {
  readonly value: T;
}

type PropertyKey = string | number | symbol;
type Partial<T> = { [K in keyof T]?: T[K] };
type Required<T> = { [K in keyof T]-?: T[K] };
type Readonly<T> = { readonly [K in keyof T]: T[K] };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Record<K extends PropertyKey, T> = { [P in K]: T };
type Exclude<T, U> = T extends U ? never : T;
type Extract<T, U> = T extends U ? T : never;
type Omit<T, K extends PropertyKey> = Pick<T, Exclude<keyof T, K>>;
type NonNullable<T> = T & {};
type Parameters<F extends (...args: never[]) => unknown> = F extends (...args: infer A) => unknown
  ? A
  : never;
type ReturnType<F extends (...args: never[]) => unknown> = F extends (...args: never[]) => infer R
  ? R
  : never;
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- the checker gives it its meaning
type NoInfer<T> = intrinsic;

// --- Iteration -------------------------------------------------------------------------------------------------

interface IteratorYieldResult<T> {
  done?: false;
  value: T;
}
interface IteratorReturnResult<T> {
  done: true;
  value: T;
}
type IteratorResult<T, R = unknown> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = unknown, N = undefined> {
  next(...input: [] | [N]): IteratorResult<T, R>;
}
interface Iterable<T, R = unknown, N = undefined> {
  [Symbol.iterator](): Iterator<T, R, N>;
}
interface IterableIterator<T, R = unknown, N = undefined> extends Iterator<T, R, N> {
  [Symbol.iterator](): IterableIterator<T, R, N>;
}

// --- Arrays ----------------------------------------------------------------------------------------------------

interface ArrayLike<T> {
  readonly length: number;
  readonly [index: number]: T;
}
interface ReadonlyArray<T> {
  readonly length: number;
  readonly [index: number]: T;
  [Symbol.iterator](): IterableIterator<T>;
  entries(): IterableIterator<[number, T]>;
  keys(): IterableIterator<number>;
  values(): IterableIterator<T>;
  at(index: number): T | undefined;
  concat(...items: (T | readonly T[])[]): T[];
  every(test: (value: T, index: number) => boolean): boolean;
  filter(test: (value: T, index: number) => boolean): T[];
  find(test: (value: T, index: number) => boolean): T | undefined;
  findIndex(test: (value: T, index: number) => boolean): number;
  flat<U>(this: readonly (readonly U[])[]): U[];
  flatMap<U>(map: (value: T, index: number) => U | readonly U[]): U[];
  forEach(visit: (value: T, index: number) => void): void;
  includes(value: T): boolean;
  indexOf(value: T): number;
  join(separator?: string): string;
  map<U>(map: (value: T, index: number) => U): U[];
  reduce(combine: (total: T, value: T, index: number) => T): T;
  reduce<U>(combine: (total: U, value: T, index: number) => U, initial: U): U;
  slice(start?: number, end?: number): T[];
  some(test: (value: T, index: number) => boolean): boolean;
}
interface Array<T> extends ReadonlyArray<T> {
  length: number;
  [index: number]: T;
  fill(value: T, start?: number, end?: number): this;
  pop(): T | undefined;
  push(...items: T[]): number;
  reverse(): this;
  shift(): T | undefined;
  sort(compare: (a: T, b: T) => number): this;
  splice(start: number, count?: number, ...items: T[]): T[];
  unshift(...items: T[]): number;
}
interface ArrayConstructor {
  new <T>(length: number): T[];
  <T>(length: number): T[];
  from<T>(source: Iterable<T> | ArrayLike<T>): T[];
  from<T, U>(source: Iterable<T> | ArrayLike<T>, map: (value: T, index: number) => U): U[];
  isArray(value: unknown): value is unknown[];
  of<T>(...items: T[]): T[];
}
declare const Array: ArrayConstructor;

interface TypedArray {
  readonly length: number;
  [index: number]: number;
  [Symbol.iterator](): IterableIterator<number>;
  every(test: (value: number, index: number) => boolean): boolean;
  fill(value: number, start?: number, end?: number): this;
  forEach(visit: (value: number, index: number) => void): void;
  map(map: (value: number, index: number) => number): this;
  reduce(combine: (total: number, value: number, index: number) => number, initial: number): number;
  set(values: ArrayLike<number>, offset?: number): void;
  slice(start?: number, end?: number): this;
  some(test: (value: number, index: number) => boolean): boolean;
  subarray(start?: number, end?: number): this;
}
interface TypedArrayConstructor<A> {
  new (length: number): A;
  new (values: ArrayLike<number> | Iterable<number>): A;
  from(values: ArrayLike<number> | Iterable<number>): A;
  from<T>(values: ArrayLike<T> | Iterable<T>, map: (value: T, index: number) => number): A;
  of(...values: number[]): A;
}
interface Float64Array extends TypedArray {
  readonly BYTES_PER_ELEMENT: 8;
}
interface Float32Array extends TypedArray {
  readonly BYTES_PER_ELEMENT: 4;
}
interface Int32Array extends TypedArray {
  readonly BYTES_PER_ELEMENT: 4;
}
interface Uint32Array extends TypedArray {
  readonly BYTES_PER_ELEMENT: 4;
}
interface Uint8Array extends TypedArray {
  readonly BYTES_PER_ELEMENT: 1;
}
declare const Float64Array: TypedArrayConstructor<Float64Array>;
declare const Float32Array: TypedArrayConstructor<Float32Array>;
declare const Int32Array: TypedArrayConstructor<Int32Array>;
declare const Uint32Array: TypedArrayConstructor<Uint32Array>;
declare const Uint8Array: TypedArrayConstructor<Uint8Array>;

// --- Maps and sets ---------------------------------------------------------------------------------------------

interface Map<K, V> {
  readonly size: number;
  [Symbol.iterator](): IterableIterator<[K, V]>;
  delete(key: K): boolean;
  entries(): IterableIterator<[K, V]>;
  get(key: K): V | undefined;
  has(key: K): boolean;
  keys(): IterableIterator<K>;
  set(key: K, value: V): this;
  values(): IterableIterator<V>;
}
declare const Map: { new <K, V>(entries?: Iterable<readonly [K, V]>): Map<K, V> };
interface Set<T> {
  readonly size: number;
  [Symbol.iterator](): IterableIterator<T>;
  add(value: T): this;
  delete(value: T): boolean;
  has(value: T): boolean;
  values(): IterableIterator<T>;
}
declare const Set: { new <T>(values?: Iterable<T>): Set<T> };

// --- Numbers, text, objects ------------------------------------------------------------------------------------

interface Number {
  toFixed(digits?: number): string;
  toString(radix?: number): string;
}
/** Methods of tiles. They are on all numbers, since the result of `a * a` is one to TypeScript; linqu refuses others. */
interface Number {
  /** `tl.clamp`: at least `low` and at most `high`. */
  clamp<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    V extends number,
    W extends number,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    low: V & import("./tiles.js").Beside<"clamp", Dt, Sh, V>,
    high: W &
      import("./tiles.js").Beside<
        "clamp",
        import("./tiles.js").BothDTypes<Dt, V>,
        import("./tiles.js").BothShapes<Sh, V>,
        W
      >,
  ): import("./tiles.js").Tile<
    import("./tiles.js").BothDTypes<import("./tiles.js").BothDTypes<Dt, V>, W>,
    import("./tiles.js").BothShapes<import("./tiles.js").BothShapes<Sh, V>, W>
  >;
  /** `tl.abs` of a tile. */
  abs<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.exp` of a tile. */
  exp<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.log` of a tile. */
  log<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.sqrt` of a tile. */
  sqrt<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.rsqrt` of a tile. */
  rsqrt<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.sigmoid` of a tile. */
  sigmoid<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.tanh` of a tile. */
  tanh<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.erf` of a tile. */
  erf<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.gelu` of a tile. */
  gelu<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.silu` of a tile. */
  silu<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.relu` of a tile. */
  relu<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.cast`: the values in another dtype. */
  cast<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<import("./tiles.js").DType, Sh>,
    dtype: Dt,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.sum` over one axis, or over all elements. */
  sum<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    axis?: Ax,
    options?: import("./index.js").ReduceOptions<Keep>,
  ): import("./tiles.js").Tile<Dt, import("./shapes.js").Reduced<Sh, Ax, Keep>>;
  /** `tl.prod` over one axis, or over all elements. */
  prod<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    axis?: Ax,
    options?: import("./index.js").ReduceOptions<Keep>,
  ): import("./tiles.js").Tile<Dt, import("./shapes.js").Reduced<Sh, Ax, Keep>>;
  /** `tl.max` over one axis, or over all elements. */
  max<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    axis?: Ax,
    options?: import("./index.js").ReduceOptions<Keep>,
  ): import("./tiles.js").Tile<Dt, import("./shapes.js").Reduced<Sh, Ax, Keep>>;
  /** `tl.min` over one axis, or over all elements. */
  min<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    axis?: Ax,
    options?: import("./index.js").ReduceOptions<Keep>,
  ): import("./tiles.js").Tile<Dt, import("./shapes.js").Reduced<Sh, Ax, Keep>>;
  /** `tl.mean` over one axis, or over all elements. */
  mean<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    axis?: Ax,
    options?: import("./index.js").ReduceOptions<Keep>,
  ): import("./tiles.js").Tile<Dt, import("./shapes.js").Reduced<Sh, Ax, Keep>>;
  /** `tl.argmax` over one axis, or over all elements. */
  argmax<
    Sh extends import("./shapes.js").Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    this: import("./tiles.js").Tile<import("./tiles.js").DType, Sh>,
    axis?: Ax,
    options?: import("./index.js").ReduceOptions<Keep>,
  ): import("./tiles.js").Tile<"i32", import("./shapes.js").Reduced<Sh, Ax, Keep>>;
  /** `tl.argmin` over one axis, or over all elements. */
  argmin<
    Sh extends import("./shapes.js").Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    this: import("./tiles.js").Tile<import("./tiles.js").DType, Sh>,
    axis?: Ax,
    options?: import("./index.js").ReduceOptions<Keep>,
  ): import("./tiles.js").Tile<"i32", import("./shapes.js").Reduced<Sh, Ax, Keep>>;
  /** `tl.softmax` along one axis, the last by default. */
  softmax<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh>,
    axis?: number,
  ): import("./tiles.js").Tile<Dt, Sh>;
  /** `tl.reshape`: the same elements in another shape. */
  reshape<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    const N extends import("./shapes.js").Shape | number,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    shape: N & import("./tiles.js").Reshaping<Sh, import("./tiles.js").ShapeFrom<N>>,
  ): import("./tiles.js").Tile<Dt, import("./tiles.js").ShapeFrom<N>>;
  /** `tl.expandDims`: a new axis of length 1. */
  expandDims<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    Ax extends number,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    axis: Ax,
  ): import("./tiles.js").Tile<Dt, import("./shapes.js").Expanded<Sh, Ax>>;
  /** `tl.broadcast`: repeats axes of length 1, and new axes in front. */
  broadcast<
    Dt extends import("./tiles.js").DType,
    Sh extends import("./shapes.js").Shape,
    const N extends import("./shapes.js").Shape,
  >(
    this: import("./tiles.js").Tile<Dt, Sh>,
    shape: N & import("./tiles.js").Repeating<Sh, N>,
  ): import("./tiles.js").Tile<Dt, N>;
  /** `tl.transpose`: rows become columns. */
  transpose<Dt extends import("./tiles.js").DType, Sh extends import("./shapes.js").Shape>(
    this: import("./tiles.js").Tile<Dt, Sh> & import("./tiles.js").Matrix<Sh>,
  ): import("./tiles.js").Tile<Dt, import("./shapes.js").Transposed<Sh>>;
}
/** Methods of masks: a comparison of tiles is a boolean to TypeScript. */
interface Boolean {
  /** `tl.cast`: 1 where the mask holds, else 0. */
  cast<Dt extends import("./tiles.js").DType>(dtype: Dt): import("./tiles.js").Tile<Dt>;
  /** `tl.reshape`: the same elements in another shape. */
  reshape<const N extends import("./shapes.js").Shape | number>(
    shape: N,
  ): import("./tiles.js").Tile<"bool", import("./tiles.js").ShapeFrom<N>>;
  /** `tl.expandDims`: a new axis of length 1. */
  expandDims(axis: number): import("./tiles.js").Tile<"bool">;
  /** `tl.broadcast`: repeats axes of length 1, and new axes in front. */
  broadcast<const N extends import("./shapes.js").Shape>(shape: N): import("./tiles.js").Tile<"bool", N>;
  /** `tl.transpose`: rows become columns. */
  transpose(): import("./tiles.js").Tile<"bool">;
}
interface NumberConstructor {
  (value: unknown): number;
  readonly EPSILON: number;
  readonly MAX_SAFE_INTEGER: number;
  readonly MIN_SAFE_INTEGER: number;
  readonly MAX_VALUE: number;
  isFinite(value: unknown): boolean;
  isInteger(value: unknown): boolean;
  isNaN(value: unknown): boolean;
  isSafeInteger(value: unknown): boolean;
}
declare const Number: NumberConstructor;
declare const NaN: number;
declare const Infinity: number;

/** Without `random`: a run is repeatable. */
interface Math {
  readonly E: number;
  readonly LN2: number;
  readonly LN10: number;
  readonly LOG2E: number;
  readonly LOG10E: number;
  readonly PI: number;
  readonly SQRT1_2: number;
  readonly SQRT2: number;
  abs(x: number): number;
  cbrt(x: number): number;
  ceil(x: number): number;
  clz32(x: number): number;
  cos(x: number): number;
  exp(x: number): number;
  expm1(x: number): number;
  floor(x: number): number;
  fround(x: number): number;
  hypot(...values: number[]): number;
  imul(a: number, b: number): number;
  log(x: number): number;
  log10(x: number): number;
  log1p(x: number): number;
  log2(x: number): number;
  max(...values: number[]): number;
  min(...values: number[]): number;
  pow(base: number, exponent: number): number;
  round(x: number): number;
  sign(x: number): number;
  sin(x: number): number;
  sqrt(x: number): number;
  tanh(x: number): number;
  trunc(x: number): number;
}
declare const Math: Math;

interface String {
  readonly length: number;
  readonly [index: number]: string;
  [Symbol.iterator](): IterableIterator<string>;
  endsWith(text: string): boolean;
  includes(text: string): boolean;
  indexOf(text: string): number;
  padEnd(length: number, fill?: string): string;
  padStart(length: number, fill?: string): string;
  repeat(count: number): string;
  slice(start?: number, end?: number): string;
  split(separator: string): string[];
  startsWith(text: string): boolean;
  toLowerCase(): string;
  toUpperCase(): string;
  trim(): string;
}
declare const String: { (value: unknown): string };

interface ObjectConstructor {
  assign<T, U>(target: T, source: U): T & U;
  entries<T>(object: Readonly<Record<string, T>>): [string, T][];
  freeze<T>(object: T): Readonly<T>;
  fromEntries<T>(entries: Iterable<readonly [string, T]>): Record<string, T>;
  keys(object: object): string[];
  values<T>(object: Readonly<Record<string, T>>): T[];
}
declare const Object: ObjectConstructor;

interface Error {
  readonly name: string;
  readonly message: string;
}
interface ErrorConstructor {
  new (message?: string): Error;
  (message?: string): Error;
}
declare const Error: ErrorConstructor;
declare const RangeError: ErrorConstructor;

/** Used by linqu/dsl itself. */
declare const Proxy: { new <T extends object>(target: T, handler: { get(): unknown }): T };
