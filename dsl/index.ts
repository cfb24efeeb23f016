/**
 * What the author of a kernel or an orchestration imports. Plain typed TypeScript: a tile and a pointer are
 * *flavoured numbers*, so that `a + b` type-checks in any editor; the compiler rewrites the operators.
 */
import type { ComponentsDefinition } from "./components.js";
import type { RtOpName, TlOpName } from "./ops.js";

export type * from "./components.js";

/** Element types of tensors and tiles. */
export type DType =
  | "f64"
  | "f32"
  | "f16"
  | "bf16"
  | "fp8e4m3"
  | "fp8e5m2"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "bool";
export type Shape = readonly number[];
/** Directions of a queue. Rings use E and W; the cube axis and a grid of SIPs also have N and S. */
export type Direction = "E" | "W" | "N" | "S";
/** The wires between the SIPs of a host. */
export type SipWiring = "ring_1d" | "torus_2d" | "mesh_2d_no_wrap";
/** The levels of the machine along which PEs have neighbours. Without an axis, an operation means the world. */
export type Axis = "pe" | "cube" | "sip" | "host" | "pod" | "supernode";

declare const tileDtype: unique symbol;
declare const tileShape: unique symbol;
declare const ptrDtype: unique symbol;
declare const bufferMark: unique symbol;
declare const refMark: unique symbol;
declare const futureMark: unique symbol;

/** A block of values in a PE's TCM. `a + b`, `a - b`, `a * b`, `a / b` and `-a` work elementwise, with tiles or scalars. */
export type Tile<Dt extends DType = DType, Sh extends Shape = Shape> = number & {
  readonly [tileDtype]?: Dt;
  readonly [tileShape]?: Sh;
};
/** A pointer into a tensor in HBM, counted in elements: `x + 16` is 16 elements further on. */
export type Ptr<Dt extends DType = DType> = number & { readonly [ptrDtype]?: Dt };
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
  // After pointer arithmetic the editor no longer knows the dtype: then the tile fits wherever a tile is wanted.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  load<Dt extends DType = any, const Sh extends Shape = Shape>(pointer: Ptr<Dt>, shape: Sh): Tile<Dt, Sh>;
  /** Writes a tile to HBM; the kernel goes on while the DMA drains. @throws LQ3002 out of bounds, LQ2004 other dtype */
  store<Dt extends DType>(pointer: Ptr<Dt>, tile: Tile<NoInfer<Dt>>): void;
  /** Names a block of `shape` in HBM without loading it. @throws LQ3002 out of bounds */
  // As with load: after pointer arithmetic the editor no longer knows the dtype.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  ref<Dt extends DType = any, const Sh extends Shape = Shape>(pointer: Ptr<Dt>, shape: Sh): Ref<Dt, Sh>;
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
  /** Waits for what was started; returns the tile of a receive. */
  wait<T>(future: Future<T>): T;
  /** A tile of zeros. */
  zeros<Dt extends DType, const Sh extends Shape>(shape: Sh, dtype: Dt): Tile<Dt, Sh>;
  /** A tile filled with one value. */
  full<Dt extends DType, const Sh extends Shape>(shape: Sh, value: number, dtype: Dt): Tile<Dt, Sh>;
  /** Matrix product [M,K] × [K,N] → [M,N]; accumulates and returns f32. @throws LQ2001 inner dimensions differ */
  dot<M extends number, K extends number, N extends number>(
    a: Tile<DType, readonly [M, K]>,
    b: Tile<DType, readonly [NoInfer<K>, N]>,
  ): Tile<"f32", [M, N]>;
  dot(a: Tile, b: Tile): Tile<"f32">;
  /** Elementwise maximum of two tiles, or of a tile and a scalar. */
  maximum<T extends Tile>(a: T, b: T | number): T;
  /**
   * Sends a tile to the neighbour in `direction`; waits only for a free slot (a credit). A number is an index into
   * the list that the kernel's `neighbors` returns for this rank.
   */
  send(direction: Direction | number, tile: Tile, options?: QueueOptions): void;
  /** Receives a tile of the stated shape and dtype from the neighbour in `direction`; waits until it has arrived. */
  recv<Dt extends DType, const Sh extends Shape>(
    direction: Direction | number,
    shape: Sh,
    dtype: Dt,
    options?: QueueOptions,
  ): Tile<Dt, Sh>;
  /** Posts a receive and goes on; `tl.wait` gives the tile. Receives of one queue complete in the order of posting. */
  recvAsync<Dt extends DType, const Sh extends Shape>(
    direction: Direction | number,
    shape: Sh,
    dtype: Dt,
    options?: QueueOptions,
  ): Future<Tile<Dt, Sh>>;
  /**
   * Posts a receive straight into `tile`: the message takes no slot and is not copied, and its sender waits until the
   * receive is posted. The tile holds the message once `tl.wait` has returned it. A queue is used either this way
   * or with slots. @throws LQ3303 a queue used both ways
   */
  recvInto<T extends Tile>(direction: Direction | number, tile: T, options?: QueueOptions): Future<T>;
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

/** Bytes of one element. */
export function sizeOf(dtype: DType): number {
  return dtype === "f16" ? 2 : 4;
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
  [I in keyof P]: typeof ptrDtype extends keyof P[I] ? TensorArg : P[I];
};

/** The collective post-condition: what every rank's output must be, given every rank's input. */
export interface CollectiveExpectation {
  readonly kind: "allReduce" | "reduceScatter" | "allGather" | "broadcast";
  readonly reduction: "sum" | "max" | null;
  readonly input: string;
  readonly output: string;
  /** The sending rank of a broadcast. */
  readonly root: number;
}

type CollectiveTensors = { input?: string; output?: string };

/** Every rank's `output` is the elementwise sum (or maximum) of all ranks' `input`. */
export function allReduce(
  reduction: "sum" | "max" = "sum",
  names: CollectiveTensors = {},
): CollectiveExpectation {
  return { kind: "allReduce", reduction, input: names.input ?? "x", output: names.output ?? "y", root: 0 };
}

/** Rank r's `output` is its part of the reduction: elements from ⌊r·n/world⌋ to ⌊(r+1)·n/world⌋. */
export function reduceScatter(
  reduction: "sum" | "max" = "sum",
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
