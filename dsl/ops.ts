/**
 * The one table of operations. The typings (`tl` and `rt` in index.ts, methods of tiles in kernel-lib.d.ts) are
 * checked against it, the compiler colours calls by it, the machine, the check and the runtime dispatch by it, and the
 * reference page is written from it.
 */

/** Which unit of the machine an operation's time is charged to. */
export type CostClass = "control" | "dma" | "math" | "gemm" | "ipcq" | "barrier";

/** The chapter of the reference page that an operation stands in. */
export type OpGroup =
  | "program"
  | "memory"
  | "create"
  | "elementwise"
  | "compare"
  | "reduce"
  | "shape"
  | "matrix"
  | "queues"
  | "control"
  | "orchestration";

export interface OpSpec {
  readonly group: OpGroup;
  /** May the caller have to wait? Then the compiler emits a `yield` point. */
  readonly suspends: boolean;
  readonly cost: CostClass;
  /** What one element costs MATH, in passes of its lanes; 0 for operations of other units. */
  readonly weight: number;
  /** Whether `tile.name(…)` is another way to write `tl.name(tile, …)`. */
  readonly method: boolean;
  /** The parameters, as the reference page shows them. */
  readonly signature: string;
  readonly doc: string;
}

type Options = Partial<Pick<OpSpec, "suspends" | "weight" | "method">>;

const op = (
  group: OpGroup,
  cost: CostClass,
  signature: string,
  doc: string,
  { suspends = false, weight = cost === "math" ? 1 : 0, method = false }: Options = {},
): OpSpec => ({ group, suspends, cost, weight, method, signature, doc });

const waits = { suspends: true } as const;
/** Weights are ours, after the usual cost of these functions on vector units (machine model, cost classes). */
const unary = (weight: number, doc: string): OpSpec =>
  op("elementwise", "math", "(a)", doc, { weight, method: true });
const binary = (doc: string, weight = 1): OpSpec => op("elementwise", "math", "(a, b)", doc, { weight });
const comparison = (doc: string): OpSpec => op("compare", "math", "(a, b)", doc);
const reduction = (doc: string): OpSpec =>
  op("reduce", "math", "(a, axis?, { keepDims }?)", doc, { method: true });
const atomic = (doc: string): OpSpec => op("memory", "dma", "(pointer, value, { mask }?)", doc, waits);

/** Operations of a kernel: `tl.name(…)`. */
export const tlOps = {
  programId: op(
    "program",
    "control",
    "(axis: 0 | 1)",
    "Index of this PE in its cube (axis 0), of its cube in the SIP (axis 1).",
  ),
  numPrograms: op(
    "program",
    "control",
    "(axis: 0 | 1)",
    "Number of PEs in a cube (axis 0), of cubes in a SIP (axis 1).",
  ),
  rank: op(
    "program",
    "control",
    "(axis?)",
    "This rank in the world, or its position on one axis of the machine.",
  ),
  worldSize: op(
    "program",
    "control",
    "(axis?)",
    "Number of ranks in the world, or of members on one axis of the machine.",
  ),

  load: op(
    "memory",
    "dma",
    "(pointer, shape) or (pointers, { mask, other }?)",
    "Copies a contiguous block, or the elements that a tile of pointers names, from HBM into a tile and waits for it.",
    waits,
  ),
  store: op(
    "memory",
    "dma",
    "(pointer, tile) or (pointers, tile, { mask }?)",
    "Writes a tile to HBM; the kernel goes on while the DMA drains.",
    waits,
  ),
  ref: op(
    "memory",
    "control",
    "(pointer, shape)",
    "Names a block in HBM without loading it: a composite command streams it tile by tile.",
  ),
  atomicAdd: atomic("Adds to memory in one step that nobody can come between; returns what was there."),
  atomicMax: atomic("Raises memory to a value; returns what was there."),
  atomicMin: atomic("Lowers memory to a value; returns what was there."),
  atomicXchg: atomic("Puts a value into memory; returns what was there."),
  atomicCas: op(
    "memory",
    "dma",
    "(pointer, expected, value)",
    "Puts a value into memory if it holds the expected one; returns what was there. Not for floats.",
    waits,
  ),

  zeros: op("create", "math", "(shape, dtype)", "A tile of zeros."),
  full: op("create", "math", "(shape, value, dtype)", "A tile filled with one value."),
  arange: op("create", "math", "(start, end)", "The integers from start to end − 1, as an i32 tile."),

  add: binary("`a + b` with the shape checked while typing."),
  sub: binary("`a - b` with the shape checked while typing."),
  mul: binary("`a * b` with the shape checked while typing."),
  div: binary("`a / b` with the shape checked while typing; floating-point dtypes only.", 4),
  floordiv: binary("`a / b` rounded down; integer dtypes only.", 4),
  mod: binary("`a % b`: the remainder with the sign of a, as in JavaScript.", 4),
  maximum: binary("The larger of a and b elementwise; NaN when either is NaN. 0 is larger than −0."),
  minimum: binary("The smaller of a and b elementwise; NaN when either is NaN. −0 is smaller than 0."),
  fma: op("elementwise", "math", "(a, b, c)", "a · b + c, rounded once."),
  clamp: op("elementwise", "math", "(a, low, high)", "a, but at least low and at most high.", {
    weight: 2,
    method: true,
  }),
  abs: unary(1, "Absolute value."),
  exp: unary(4, "e to the power of a."),
  log: unary(4, "Natural logarithm."),
  sqrt: unary(4, "Square root."),
  rsqrt: unary(4, "1 / √a, rounded once; f64 twice."),
  sigmoid: unary(8, "1 / (1 + e^−a)."),
  tanh: unary(8, "Hyperbolic tangent."),
  erf: unary(8, "The error function."),
  gelu: unary(10, "a · ½(1 + erf(a / √2)): the exact form, not the one with tanh."),
  silu: unary(10, "a · sigmoid(a)."),
  relu: unary(1, "The larger of a and 0."),
  cast: op(
    "elementwise",
    "math",
    "(a, dtype)",
    "The values in another dtype: floats are rounded to nearest even, and cut towards zero for an integer.",
    { method: true },
  ),

  where: op("compare", "math", "(condition, a, b)", "a where the condition holds, else b."),
  equal: comparison("A mask (bool) of the elements where a is b: `===` on tiles."),
  notEqual: comparison("A mask of the elements where a is not b: `!==` on tiles."),

  sum: reduction("Sum over one axis, or over all elements; left to right in the tile's dtype."),
  prod: reduction("Product over one axis, or over all elements."),
  max: reduction("Largest element along one axis, or of all."),
  min: reduction("Smallest element along one axis, or of all."),
  mean: reduction("Arithmetic mean over one axis, or over all elements."),
  argmax: reduction("Index (i32) of the first largest element along one axis, or in row-major order."),
  argmin: reduction("Index (i32) of the first smallest element along one axis, or in row-major order."),
  softmax: op(
    "reduce",
    "math",
    "(a, axis?)",
    "e^(a − max) / Σ e^(a − max) along one axis, the last by default.",
    // A maximum, a difference, an exponential, a sum, a division.
    { weight: 11, method: true },
  ),

  reshape: op("shape", "control", "(a, shape)", "The same elements in row-major order, in another shape.", {
    method: true,
  }),
  expandDims: op("shape", "control", "(a, axis)", "The same elements with a new axis of length 1.", {
    method: true,
  }),
  broadcast: op("shape", "math", "(a, shape)", "Repeats axes of length 1, and new axes in front.", {
    method: true,
  }),
  transpose: op("shape", "math", "(a)", "Rows become columns: [M, N] → [N, M].", { method: true }),

  dot: op(
    "matrix",
    "gemm",
    "(a, b)",
    "Matrix product [M, K] × [K, N]; accumulates and returns f32, f64 for f64 and i32 for integers.",
  ),
  composite: op(
    "matrix",
    "gemm",
    "(command, a, b, out, { epilogue }?)",
    "Hands a whole operation to the PE's scheduler, which cuts it into tiles; goes on at once.",
    waits,
  ),

  send: op(
    "queues",
    "ipcq",
    "(direction, tile, { axis }?)",
    "Sends a tile to a neighbour; waits only for a free slot (a credit).",
    waits,
  ),
  recv: op(
    "queues",
    "ipcq",
    "(direction, shape, dtype, { axis }?)",
    "Receives a tile from a neighbour; waits until it has arrived.",
    waits,
  ),
  recvAsync: op(
    "queues",
    "ipcq",
    "(direction, shape, dtype, { axis }?)",
    "Posts a receive and goes on; tl.wait gives the tile.",
    waits,
  ),
  recvInto: op(
    "queues",
    "ipcq",
    "(direction, tile, { axis }?)",
    "Posts a receive straight into a tile, without a slot: the sender waits until it is posted.",
    waits,
  ),
  wait: op(
    "queues",
    "control",
    "(future)",
    "Waits for what tl.composite, tl.recvAsync or tl.recvInto has started; returns its tile, if it has one.",
    waits,
  ),
  barrier: op(
    "queues",
    "barrier",
    "({ axis }?)",
    "Waits until all ranks, or all members of one axis, have come to their barrier.",
    waits,
  ),

  item: op(
    "control",
    "control",
    "(tile)",
    "The value of a tile of one element, as a number to decide with. What it depends on is computed at once.",
    waits,
  ),
  cdiv: op("control", "control", "(a, b)", "Ceiling division of two integers."),
  staticAssert: op(
    "control",
    "control",
    "(condition, message)",
    "Refuses the launch (LQ2007) when false; for sizes and parameters.",
  ),
  assert: op(
    "control",
    "control",
    "(condition, message)",
    "Stops the run (LQ3701) when false; for values known only while running.",
  ),
  print: op(
    "control",
    "control",
    "(...values)",
    "Prints scalars, text and tiles, grouped over ranks that print the same.",
  ),
} as const satisfies Record<string, OpSpec>;

/** Operations of an orchestration: `rt.name(…)`. */
export const rtOps = {
  childCount: op("orchestration", "control", "()", "Number of nodes, chips for a host, under this node."),
  submit: op(
    "orchestration",
    "control",
    "({ to, reads?, writes?, name? })",
    "Submits the callable to a child or to all children as one group.",
    waits,
  ),
  alloc: op(
    "orchestration",
    "control",
    "(bytes)",
    "Takes a buffer from the heap ring of this scope; waits while the ring is full.",
    waits,
  ),
  free: op("orchestration", "control", "(buffer)", "Gives a buffer back before its scope ends."),
  scopeBegin: op(
    "orchestration",
    "control",
    "()",
    "Opens a scope: tasks and buffers that follow belong to it.",
  ),
  scopeEnd: op(
    "orchestration",
    "control",
    "()",
    "Closes the innermost scope; its tasks may retire once their readers are done.",
  ),
  waitAll: op(
    "orchestration",
    "control",
    "()",
    "Waits until every task submitted here has completed.",
    waits,
  ),
} as const satisfies Record<string, OpSpec>;

export type TlOpName = keyof typeof tlOps;
export type RtOpName = keyof typeof rtOps;

/** Operators of TypeScript that work on tiles and pointers, by the name of what the compiler puts in their place. */
export const tileOperators = {
  add: { sign: "+", weight: tlOps.add.weight },
  sub: { sign: "-", weight: tlOps.sub.weight },
  mul: { sign: "*", weight: tlOps.mul.weight },
  div: { sign: "/", weight: tlOps.div.weight },
  mod: { sign: "%", weight: tlOps.mod.weight },
  pow: { sign: "**", weight: 8 },
  neg: { sign: "-", weight: 1 },
  lt: { sign: "<", weight: 1 },
  le: { sign: "<=", weight: 1 },
  gt: { sign: ">", weight: 1 },
  ge: { sign: ">=", weight: 1 },
  equal: { sign: "===", weight: 1 },
  notEqual: { sign: "!==", weight: 1 },
  and: { sign: "&&", weight: 1 },
  or: { sign: "||", weight: 1 },
  not: { sign: "!", weight: 1 },
  bitAnd: { sign: "&", weight: 1 },
  bitOr: { sign: "|", weight: 1 },
  bitXor: { sign: "^", weight: 1 },
  bitNot: { sign: "~", weight: 1 },
  shiftLeft: { sign: "<<", weight: 1 },
  shiftRight: { sign: ">>", weight: 1 },
} as const;

export type TileOperator = keyof typeof tileOperators;
