/**
 * What the author of a kernel or an orchestration imports. Plain typed TypeScript: a tile and a pointer are
 * *flavoured numbers*, so that `a + b` type-checks in any editor; the compiler rewrites the operators.
 */
import type { ComponentsDefinition } from "./components.js";
import type { RtOpName, TlOpName } from "./ops.js";
import type { Expanded, Product, Reduced, Shape, Transposed } from "./shapes.js";
import type {
  Accumulator,
  Beside,
  BothDTypes,
  BothShapes,
  DType,
  IsPointer,
  Mask,
  Matrix,
  Multiplier,
  Ptr,
  Repeating,
  Reshaping,
  ShapeFrom,
  Storable,
  Tile,
  TileShape,
} from "./tiles.js";

export type * from "./components.js";
export type { Shape } from "./shapes.js";
export type { DType, Mask, Ptr, Tile } from "./tiles.js";

/** Directions of a queue. Rings use E and W; the cube axis and a grid of SIPs also have N and S. */
export type Direction = "E" | "W" | "N" | "S";
/** The wires between the SIPs of a host. */
export type SipWiring = "ring_1d" | "torus_2d" | "mesh_2d_no_wrap";
/** The levels of the machine along which PEs have neighbours. Without an axis, an operation means the world. */
export type Axis = "pe" | "cube" | "sip" | "host" | "pod" | "supernode";

declare const bufferMark: unique symbol;
declare const refMark: unique symbol;
declare const futureMark: unique symbol;

/** A block in HBM that was named, not loaded: `tl.composite` streams it tile by tile. */
export interface Ref<Dt extends DType = DType, Sh extends Shape = Shape> {
  readonly [refMark]: { dtype: Dt; shape: Sh };
}
/** Something that was started and not waited for yet; `tl.wait` returns its `T`. */
export interface Future<T = void> {
  readonly [futureMark]: T;
}
/** A buffer of an orchestration, taken from the heap ring of its scope. */
export type RtBuffer = number & { readonly [bufferMark]?: true };

export interface QueueOptions {
  /** Which axis of the machine the neighbour is on; the world's ring when absent. */
  axis?: Axis;
}

/** What MATH does to every tile of a composite command's result before it is written: `result op with`. */
export interface EpilogueStep {
  op: "add" | "sub" | "mul" | "div" | "maximum";
  /** A scalar, or a tile of the result's shape. */
  with: number | Tile;
}

export interface CompositeOptions {
  epilogue?: readonly EpilogueStep[];
}

export interface LoadOptions {
  /** Which elements are read. */
  mask?: Mask;
  /** What the others are; 0 when absent. */
  other?: number;
}

export interface MaskOptions {
  /** Which elements are written. */
  mask?: Mask;
}

export interface ReduceOptions<Keep extends boolean = boolean> {
  /** Leaves length 1 where the axis was, so that the result broadcasts against the tile. */
  keepDims?: Keep;
}

/** The shape of `tl.arange`, known where it starts at 0. */
type Counted<Start extends number, End extends number> = Start extends 0 ? [End] : [number];
export interface Tl {
  /** Index of this PE in its cube (axis 0), or of its cube in the SIP (axis 1). */
  programId(axis: 0 | 1): number;
  /** Number of PEs in a cube (axis 0), or of cubes in a SIP (axis 1). */
  numPrograms(axis: 0 | 1): number;
  /** This rank in the world, or its position on one axis of the machine. */
  rank(axis?: Axis): number;
  /** Number of ranks in the world, or of members on one axis of the machine. */
  worldSize(axis?: Axis): number;

  /** Copies a contiguous block of `shape` from HBM into a tile and waits for it. @throws LQ3002 out of bounds */
  load<Dt extends DType, const Sh extends Shape>(pointer: Ptr<Dt>, shape: Sh): Tile<Dt, Sh>;
  /**
   * Copies the elements that a tile of pointers names, such as `x + tl.arange(0, 16)`; masked ones are not touched.
   * @throws LQ3002 out of bounds
   */
  load<Dt extends DType>(pointers: Ptr<Dt>, options?: LoadOptions): Tile<Dt>;
  /**
   * Writes a tile to HBM, to a block or where a tile of pointers says; the kernel goes on while the DMA drains.
   * @throws LQ3002 out of bounds, LQ2004 other dtype
   */
  store<Dt extends DType, V extends number | boolean>(
    pointer: Ptr<Dt>,
    tile: V & Storable<"store", Dt, V>,
    options?: MaskOptions,
  ): void;
  /** Names a block of `shape` in HBM without loading it. @throws LQ3002 out of bounds */
  ref<Dt extends DType, const Sh extends Shape>(pointer: Ptr<Dt>, shape: Sh): Ref<Dt, Sh>;
  /** Adds to memory in one step that nobody can come between; returns what was there. */
  atomicAdd<Dt extends DType, V extends number>(
    pointer: Ptr<Dt>,
    value: V & Storable<"atomicAdd", Dt, V>,
    options?: MaskOptions,
  ): Tile<Dt>;
  /** Raises memory to a value; returns what was there. */
  atomicMax<Dt extends DType, V extends number>(
    pointer: Ptr<Dt>,
    value: V & Storable<"atomicMax", Dt, V>,
    options?: MaskOptions,
  ): Tile<Dt>;
  /** Lowers memory to a value; returns what was there. */
  atomicMin<Dt extends DType, V extends number>(
    pointer: Ptr<Dt>,
    value: V & Storable<"atomicMin", Dt, V>,
    options?: MaskOptions,
  ): Tile<Dt>;
  /** Puts a value into memory; returns what was there. */
  atomicXchg<Dt extends DType, V extends number>(
    pointer: Ptr<Dt>,
    value: V & Storable<"atomicXchg", Dt, V>,
    options?: MaskOptions,
  ): Tile<Dt>;
  /** Puts a value into memory if it holds the expected one; returns what was there. Not for floats. */
  atomicCas<Dt extends DType, V extends number, W extends number>(
    pointer: Ptr<Dt>,
    expected: V & Storable<"atomicCas", Dt, V>,
    value: W & Storable<"atomicCas", Dt, W>,
  ): Tile<Dt>;

  /** A tile of zeros. */
  zeros<Dt extends DType, const Sh extends Shape>(shape: Sh, dtype: Dt): Tile<Dt, Sh>;
  /** A tile filled with one value. */
  full<Dt extends DType, const Sh extends Shape>(shape: Sh, value: number | boolean, dtype: Dt): Tile<Dt, Sh>;
  /** The integers from `start` to `end` − 1. */
  arange<Start extends number, End extends number>(start: Start, end: End): Tile<"i32", Counted<Start, End>>;

  /** `a + b` with the shape checked while typing. @throws LQ2002, LQ2003 */
  add<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"add", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<Sh, V>>;
  /** `a - b` with the shape checked while typing. @throws LQ2002, LQ2003 */
  sub<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"sub", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<Sh, V>>;
  /** `a * b` with the shape checked while typing. @throws LQ2002, LQ2003 */
  mul<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"mul", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<Sh, V>>;
  /** `a / b` with the shape checked while typing; floating-point dtypes only. @throws LQ2002, LQ2003 */
  div<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"div", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<Sh, V>>;
  /** `a / b` rounded down; integer dtypes only. @throws LQ2002, LQ2003 */
  floordiv<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"floordiv", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<Sh, V>>;
  /** `a % b`: the remainder with the sign of a, as in JavaScript. @throws LQ2002, LQ2003 */
  mod<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"mod", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<Sh, V>>;
  /** The larger of a and b elementwise; NaN when either is NaN. 0 is larger than −0. @throws LQ2002, LQ2003 */
  maximum<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"maximum", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<Sh, V>>;
  /** The smaller of a and b elementwise; NaN when either is NaN. −0 is smaller than 0. @throws LQ2002, LQ2003 */
  minimum<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"minimum", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<Sh, V>>;
  /** a · b + c, rounded once. @throws LQ2002, LQ2003 */
  fma<Dt extends DType, Sh extends Shape, V extends number, W extends number>(
    a: Tile<Dt, Sh>,
    b: V & Beside<"fma", Dt, Sh, V>,
    c: W & Beside<"fma", BothDTypes<Dt, V>, BothShapes<Sh, V>, W>,
  ): Tile<BothDTypes<BothDTypes<Dt, V>, W>, BothShapes<BothShapes<Sh, V>, W>>;
  /** `a`, but at least `low` and at most `high`. @throws LQ2002, LQ2003 */
  clamp<Dt extends DType, Sh extends Shape, V extends number, W extends number>(
    a: Tile<Dt, Sh>,
    low: V & Beside<"clamp", Dt, Sh, V>,
    high: W & Beside<"clamp", BothDTypes<Dt, V>, BothShapes<Sh, V>, W>,
  ): Tile<BothDTypes<BothDTypes<Dt, V>, W>, BothShapes<BothShapes<Sh, V>, W>>;
  /** Absolute value. */
  abs<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** e to the power of a. */
  exp<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** Natural logarithm. */
  log<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** Square root. */
  sqrt<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** 1 / √a, rounded once; f64 twice. */
  rsqrt<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** 1 / (1 + e^−a). */
  sigmoid<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** Hyperbolic tangent. */
  tanh<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** The error function. */
  erf<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** a · ½(1 + erf(a / √2)): the exact form, not the one with tanh. */
  gelu<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** a · sigmoid(a). */
  silu<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** The larger of a and 0. */
  relu<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>): Tile<Dt, Sh>;
  /** The values in another dtype: floats are rounded to nearest even, and cut towards zero for an integer. */
  cast<Dt extends DType, Sh extends Shape>(a: Tile<DType, Sh> | boolean, dtype: Dt): Tile<Dt, Sh>;

  /** `a` where the condition holds, else `b`. @throws LQ2002, LQ2003 */
  where<C extends Mask, Dt extends DType, Sh extends Shape, V extends number>(
    condition: C,
    a: Tile<Dt, Sh>,
    b: V & Beside<"where", Dt, Sh, V>,
  ): Tile<BothDTypes<Dt, V>, BothShapes<BothShapes<Sh, V>, C>>;
  /** A mask of the elements where a is b: `===` on tiles. @throws LQ2002, LQ2003 */
  equal<Dt extends DType, Sh extends Shape, V extends number | boolean>(
    a: Tile<Dt, Sh> | boolean,
    b: V & Beside<"equal", Dt, Sh, V>,
  ): Tile<"bool", BothShapes<Sh, V>>;
  /** A mask of the elements where a is not b: `!==` on tiles. @throws LQ2002, LQ2003 */
  notEqual<Dt extends DType, Sh extends Shape, V extends number | boolean>(
    a: Tile<Dt, Sh> | boolean,
    b: V & Beside<"notEqual", Dt, Sh, V>,
  ): Tile<"bool", BothShapes<Sh, V>>;

  /** Sum over one axis, or over all elements; left to right in the tile's dtype. */
  sum<
    Dt extends DType,
    Sh extends Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    a: Tile<Dt, Sh>,
    axis?: Ax,
    options?: ReduceOptions<Keep>,
  ): Tile<Dt, Reduced<Sh, Ax, Keep>>;
  /** Product over one axis, or over all elements. */
  prod<
    Dt extends DType,
    Sh extends Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    a: Tile<Dt, Sh>,
    axis?: Ax,
    options?: ReduceOptions<Keep>,
  ): Tile<Dt, Reduced<Sh, Ax, Keep>>;
  /** Largest element along one axis, or of all. */
  max<
    Dt extends DType,
    Sh extends Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    a: Tile<Dt, Sh>,
    axis?: Ax,
    options?: ReduceOptions<Keep>,
  ): Tile<Dt, Reduced<Sh, Ax, Keep>>;
  /** Smallest element along one axis, or of all. */
  min<
    Dt extends DType,
    Sh extends Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    a: Tile<Dt, Sh>,
    axis?: Ax,
    options?: ReduceOptions<Keep>,
  ): Tile<Dt, Reduced<Sh, Ax, Keep>>;
  /** Arithmetic mean over one axis, or over all elements. */
  mean<
    Dt extends DType,
    Sh extends Shape,
    Ax extends number | undefined = undefined,
    Keep extends boolean = false,
  >(
    a: Tile<Dt, Sh>,
    axis?: Ax,
    options?: ReduceOptions<Keep>,
  ): Tile<Dt, Reduced<Sh, Ax, Keep>>;
  /** Index (i32) of the first largest element along one axis, or in row-major order. */
  argmax<Sh extends Shape, Ax extends number | undefined = undefined, Keep extends boolean = false>(
    a: Tile<DType, Sh>,
    axis?: Ax,
    options?: ReduceOptions<Keep>,
  ): Tile<"i32", Reduced<Sh, Ax, Keep>>;
  /** Index (i32) of the first smallest element along one axis, or in row-major order. */
  argmin<Sh extends Shape, Ax extends number | undefined = undefined, Keep extends boolean = false>(
    a: Tile<DType, Sh>,
    axis?: Ax,
    options?: ReduceOptions<Keep>,
  ): Tile<"i32", Reduced<Sh, Ax, Keep>>;
  /** e^(a − max) / Σ e^(a − max) along one axis, the last by default. */
  softmax<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh>, axis?: number): Tile<Dt, Sh>;

  /** The same elements in row-major order, in another shape. @throws LQ2006 another number of elements */
  reshape<Dt extends DType, Sh extends Shape, const N extends Shape | number>(
    a: Tile<Dt, Sh> | boolean,
    shape: N & Reshaping<Sh, ShapeFrom<N>>,
  ): Tile<Dt, ShapeFrom<N>>;
  /** The same elements with a new axis of length 1. */
  expandDims<Dt extends DType, Sh extends Shape, Ax extends number>(
    a: Tile<Dt, Sh> | boolean,
    axis: Ax,
  ): Tile<Dt, Expanded<Sh, Ax>>;
  /** Repeats axes of length 1, and new axes in front. @throws LQ2002 */
  broadcast<Dt extends DType, Sh extends Shape, const N extends Shape>(
    a: Tile<Dt, Sh> | boolean,
    shape: N & Repeating<Sh, N>,
  ): Tile<Dt, N>;
  /** Rows become columns: [M, N] → [N, M]. @throws LQ2006 other than two axes */
  transpose<Dt extends DType, Sh extends Shape>(a: Tile<Dt, Sh> & Matrix<Sh>): Tile<Dt, Transposed<Sh>>;

  /**
   * Matrix product [M, K] × [K, N] → [M, N]; accumulates and returns f32, f64 for f64 and i32 for integers.
   * @throws LQ2001 inner dimensions differ, LQ2003
   */
  dot<Dt extends DType, Sh extends Shape, V extends number>(
    a: Tile<Dt, Sh>,
    b: V & Multiplier<Dt, Sh, V>,
  ): Tile<Accumulator<BothDTypes<Dt, V>>, Product<Sh, TileShape<V>>>;
  /**
   * Hands a whole operation to the PE's scheduler, which cuts it into tiles and sends them through DMA, FETCH, GEMM
   * or MATH, and STORE; the kernel goes on. `gemm` multiplies [M,K] by [K,N] and accumulates in f32; `add`, `mul`
   * and `maximum` work elementwise. A loaded tile is read from TCM, a ref is streamed from HBM. The result is rounded
   * to the dtype of `out` when it is written. @throws LQ2001 inner dimensions differ
   */
  composite(
    command: "gemm" | "add" | "mul" | "maximum",
    a: Tile | Ref,
    b: Tile | Ref,
    out: Ptr,
    options?: CompositeOptions,
  ): Future;

  /**
   * Sends a tile to the neighbour in `direction`; waits only for a free slot (a credit). A number is an index into
   * the list that the kernel's `neighbors` returns for this rank.
   */
  send(direction: "E" | "W" | "N" | "S" | number, tile: Tile, options?: QueueOptions): void;
  /** Receives a tile of the stated shape and dtype from the neighbour in `direction`; waits until it has arrived. */
  recv<Dt extends DType, const Sh extends Shape>(
    direction: "E" | "W" | "N" | "S" | number,
    shape: Sh,
    dtype: Dt,
    options?: QueueOptions,
  ): Tile<Dt, Sh>;
  /** Posts a receive and goes on; `tl.wait` gives the tile. Receives of one queue complete in the order of posting. */
  recvAsync<Dt extends DType, const Sh extends Shape>(
    direction: "E" | "W" | "N" | "S" | number,
    shape: Sh,
    dtype: Dt,
    options?: QueueOptions,
  ): Future<Tile<Dt, Sh>>;
  /**
   * Posts a receive straight into `tile`: the message takes no slot and is not copied, and its sender waits until the
   * receive is posted. The tile holds the message once `tl.wait` has returned it. A queue is used either this way
   * or with slots. @throws LQ3303 a queue used both ways
   */
  recvInto<T extends Tile>(
    direction: "E" | "W" | "N" | "S" | number,
    tile: T,
    options?: QueueOptions,
  ): Future<T>;
  /** Waits for what was started; returns the tile of a receive. */
  wait<T>(future: Future<T>): T;
  /** Waits until all ranks, or all members of one axis, have come to their barrier. */
  barrier(options?: QueueOptions): void;

  /** The value of a tile of one element, as a number to decide with. What it depends on is computed at once. */
  item(tile: Tile | boolean): number;
  /** Ceiling division of two integers. */
  cdiv(a: number, b: number): number;
  /** Refuses the launch (LQ2007) when false: for sizes and parameters. */
  staticAssert(condition: boolean, message: string): void;
  /** Stops the run (LQ3701) when false. */
  assert(condition: boolean, message: string): void;
  /** Prints scalars, text and tiles; ranks that print the same are grouped. */
  print(...values: unknown[]): void;
}

/** The child or children a task is submitted to: one index, or all as one group that starts together. */
export interface SubmitOptions {
  to: number | "all";
  /** Buffers that the task reads: it waits for the tasks that write them. */
  reads?: readonly RtBuffer[];
  /** Buffers that the task writes. */
  writes?: readonly RtBuffer[];
  /** Shown in reports and traces. */
  name?: string;
}

export interface Rt {
  /** Number of nodes (chips, for a host) under this node. */
  childCount(): number;
  /** Submits the program's callable to a child or to all children; waits while the task ring is full. */
  submit(options: SubmitOptions): void;
  /** Takes `bytes` from the heap ring of this scope; waits while the ring is full. */
  alloc(bytes: number): RtBuffer;
  /** Gives a buffer back before its scope ends; doing it twice is harmless. */
  free(buffer: RtBuffer): void;
  /** Opens a scope: tasks and buffers that follow belong to it. */
  scopeBegin(): void;
  /** Closes the innermost scope: its tasks may retire. */
  scopeEnd(): void;
  /** Waits until every task submitted by this orchestration has completed. */
  waitAll(): void;
}

// Each namespace has exactly the operations of the table.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
const tlMatchesTable: Same<keyof Tl, TlOpName> = true;
const rtMatchesTable: Same<keyof Rt, RtOpName> = true;
void tlMatchesTable;
void rtMatchesTable;

function outsideKernel(namespace: string): never {
  throw new Error(`${namespace}.* works only in a compiled kernel or orchestration: run it with linqu run`);
}

/** Operations of a kernel. The compiler replaces every call; outside a compiled kernel there is nothing to call. */
export const tl: Tl = new Proxy({} as Tl, { get: () => outsideKernel("tl") });
/** Operations of an orchestration. */
export const rt: Rt = new Proxy({} as Rt, { get: () => outsideKernel("rt") });

const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  fp8e4m3: 1,
  fp8e5m2: 1,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  bool: 1,
};

/** Bytes of one element. */
export function sizeOf(dtype: DType): number {
  return ELEMENT_BYTES[dtype];
}

/** Numbers stay literal, so that shapes made of them are checked while typing. */
export type Constexpr<C> = {
  readonly [K in keyof C]: C[K] extends boolean ? boolean : C[K] extends string ? string : C[K];
};

/**
 * Compile-time parameters with their defaults: `export const { BLOCK } = constexpr({ BLOCK: 128 })`.
 * `--constexpr BLOCK=64` chooses another value, and the kernel is compiled for it.
 */
export function constexpr<const C extends Readonly<Record<string, number | boolean | string>>>(
  values: C,
): Constexpr<C> {
  return Object.freeze(values) as Constexpr<C>;
}

// --- What a kernel says about itself ---------------------------------------------------------------------------

/** The machine a kernel is launched on, as far as a kernel may know it. Positions on an axis count from 0. */
export interface TopologyInfo {
  name: string;
  /** Number of members on each axis (of the selected devices). */
  size: Readonly<Record<Axis, number>>;
  /** The mesh of cubes inside a SIP: `columns × rows`, and the position of the leader cube. */
  cubes: { columns: number; rows: number; leaderColumn: number; leaderRow: number };
  /** The grid of SIPs in a host; a ring is one row. SIP s is in column s mod `columns`. */
  sips: { wiring: SipWiring; columns: number; rows: number };
  /** Queue slots between two neighbours, and bytes of one slot. */
  queue: { slots: number; slotBytes: number };
}

export interface ArgsContext {
  rank: number;
  world: number;
  /** `--bytes`: bytes per rank, as nccl-tests counts them. */
  bytes: number;
  /** `--dtype`. */
  dtype: DType;
  topology: TopologyInfo;
}

/** What becomes of a tensor, or of its part in a cube: copied to all, or cut into blocks of columns or rows. */
export type Spread = "replicate" | "column_wise" | "row_wise";

/** How a tensor is spread over a SIP: first over the cubes, then each cube's part over its PEs. */
export interface DpPolicy {
  cube: Spread;
  pe: Spread;
  /** Use only so many of the PEs of a cube, from the first one on. */
  numPes?: number;
  /** Use only so many of the cubes, from the first one on. */
  numCubes?: number;
}

/** A tensor in the HBM of one rank, or spread over those of a SIP; the kernel sees it as a `Ptr`. */
export interface TensorArg<Dt extends DType = DType> {
  readonly kind: "tensor";
  readonly name: string;
  readonly role: "input" | "output" | "inout";
  readonly dtype: Dt;
  readonly shape: Shape;
  /** Absent: the tensor is the rank's own. Else all ranks of a SIP name the same tensor. */
  readonly policy?: DpPolicy;
}

/** A tensor that the run fills with seeded values before the launch. */
export function input<Dt extends DType>(
  name: string,
  dtype: Dt,
  shape: Shape,
  policy?: DpPolicy,
): TensorArg<Dt> {
  return tensorArg(name, "input", dtype, shape, policy);
}

/** A tensor of zeros that the kernel writes; `expect` says what it must hold. */
export function output<Dt extends DType>(
  name: string,
  dtype: Dt,
  shape: Shape,
  policy?: DpPolicy,
): TensorArg<Dt> {
  return tensorArg(name, "output", dtype, shape, policy);
}

/** A tensor with seeded values that the kernel overwrites. */
export function inout<Dt extends DType>(
  name: string,
  dtype: Dt,
  shape: Shape,
  policy?: DpPolicy,
): TensorArg<Dt> {
  return tensorArg(name, "inout", dtype, shape, policy);
}

function tensorArg<Dt extends DType>(
  name: string,
  role: TensorArg["role"],
  dtype: Dt,
  shape: Shape,
  policy: DpPolicy | undefined,
): TensorArg<Dt> {
  const own = { kind: "tensor", name, role, dtype, shape } as const;
  return policy === undefined ? own : { ...own, policy };
}

/** Maps a kernel's parameters to what `args` returns: a tensor for a pointer, the value itself for the rest. */
export type ArgsOf<P extends readonly unknown[]> = {
  [I in keyof P]: IsPointer<P[I]> extends true ? TensorArg : P[I];
};

/** The collective post-condition: what every rank's output must be, given every rank's input. */
export interface CollectiveExpectation {
  readonly kind: "allReduce" | "reduceScatter" | "allGather" | "broadcast";
  readonly reduction: "sum" | "avg" | "max" | null;
  readonly input: string;
  readonly output: string;
  /** The sending rank of a broadcast. */
  readonly root: number;
}

type CollectiveTensors = { input?: string; output?: string };

/** Every rank's `output` is the elementwise sum (or average, or maximum) of all ranks' `input`. */
export function allReduce(
  reduction: "sum" | "avg" | "max" = "sum",
  names: CollectiveTensors = {},
): CollectiveExpectation {
  return { kind: "allReduce", reduction, input: names.input ?? "x", output: names.output ?? "y", root: 0 };
}

/** Rank r's `output` is its part of the reduction: elements from ⌊r·n/world⌋ to ⌊(r+1)·n/world⌋. */
export function reduceScatter(
  reduction: "sum" | "avg" | "max" = "sum",
  names: CollectiveTensors = {},
): CollectiveExpectation {
  return {
    kind: "reduceScatter",
    reduction,
    input: names.input ?? "x",
    output: names.output ?? "y",
    root: 0,
  };
}

/** Every rank's `output` is all ranks' `input` one after the other, in rank order. */
export function allGather(names: CollectiveTensors = {}): CollectiveExpectation {
  return {
    kind: "allGather",
    reduction: null,
    input: names.input ?? "x",
    output: names.output ?? "y",
    root: 0,
  };
}

/** Every rank's `output` is the root's `input`. */
export function broadcast(root = 0, names: CollectiveTensors = {}): CollectiveExpectation {
  return { kind: "broadcast", reduction: null, input: names.input ?? "x", output: names.output ?? "y", root };
}

export interface GoldenContext {
  rank: number;
  world: number;
  bytes: number;
  dtype: DType;
  /** The seeded values of an input of this rank, or of another, flat and in float64. */
  input(name: string, rank?: number): Float64Array;
}

/** Computes what each output of one rank must hold, in float64, flat and in row-major order. */
export type Golden = (context: GoldenContext) => Record<string, ArrayLike<number>>;

export interface NeighborsContext {
  rank: number;
  world: number;
  topology: TopologyInfo;
}

export interface KernelOptions<P extends readonly unknown[]> {
  /** Shown in reports and `linqu list`; lower case with dashes. */
  name: string;
  /** Which world sizes the kernel admits; all when absent. */
  worlds?: (world: number) => boolean;
  /** One rank's arguments, in the order of the kernel's parameters. */
  args: (context: ArgsContext) => ArgsOf<P>;
  /** The golden, or the collective post-condition. */
  expect?: CollectiveExpectation | Golden;
  /** Outputs that every rank must hold alike. */
  replicated?: readonly string[];
  /** What one rank is: every PE (the default), or the leader PE of every cube or SIP. */
  rankUnit?: "pe" | "cube" | "sip";
  /** Which cube leads its SIP and has the queues above the cube axis: the middle one (the default) or cube 0. */
  leaderCube?: "centre" | "corner";
  /**
   * Neighbours of a rank's own choosing: `tl.send(k, …)` goes to the rank in entry k, −1 for none. Both ranks must
   * name each other; where several entries join the same two, opposite ones (0 and 1, 2 and 3, …) belong together,
   * then equal ones. @throws LQ2104, LQ2105
   */
  neighbors?: (context: NeighborsContext) => readonly number[];
}

/** A kernel that explains itself: `run`, `check` and tests need nothing else to launch and judge it. */
export interface KernelDefinition<P extends readonly unknown[] = readonly unknown[]> {
  readonly kind: "kernel";
  readonly options: KernelOptions<P>;
  readonly body: (...args: P) => void;
}

/** Declares a kernel together with its arguments and its expected result. */
export function defineKernel<P extends readonly unknown[]>(
  options: KernelOptions<P>,
  body: (...args: P) => void,
): KernelDefinition<P> {
  return { kind: "kernel", options, body };
}

// --- Orchestrations and benches --------------------------------------------------------------------------------

/** Levels that run an orchestration; a HOST's children are chips. */
export type OrchestrationLevel = "HOST" | "POD" | "CLOS1" | "CLOS2";

/** What an orchestration is told about the task that its node received. */
export interface OrchestrationTask {
  /** Bytes of input and of output that all ranks under one child hold together. */
  inputBytesPerChild: number;
  outputBytesPerChild: number;
}

export interface OrchestrationDefinition {
  readonly kind: "orchestration";
  readonly options: { level: OrchestrationLevel };
  readonly body: (task: OrchestrationTask) => void;
}

/** Declares how a node of one level hands its task to its children, in place of the default fan-out. */
export function defineOrchestration(
  options: { level: OrchestrationLevel },
  body: (task: OrchestrationTask) => void,
): OrchestrationDefinition {
  return { kind: "orchestration", options, body };
}

export interface BenchDefinition {
  readonly kind: "bench";
  readonly name: string;
  readonly description: string;
  /** Kernels by algorithm name; paths relative to the bench's file, `file.ts#export`. */
  readonly algorithms: Readonly<Record<string, string>>;
  /** The algorithm used when `--algorithm` is absent and the topology names none of `algorithms`. */
  readonly defaultAlgorithm: string;
  /** Orchestrations in place of the default fan-out; paths relative to the bench's file, `file.ts#export`. */
  readonly orchestrations?: readonly string[];
}

/** Declares a bench: a named program that `linqu run --bench` starts and `linqu list` shows. */
export function defineBench(bench: Omit<BenchDefinition, "kind">): BenchDefinition {
  return { kind: "bench", ...bench };
}

/** Declares implementations of components; a topology names their module by `components` and chooses one by name. */
export function defineComponents(components: Omit<ComponentsDefinition, "kind">): ComponentsDefinition {
  return { kind: "components", ...components };
}
