/**
 * The one table of operations. The typings (`tl` and `rt` in index.ts) are checked against it, the compiler
 * colours calls by it, and the machine and the runtime dispatch by it.
 */

/** Which unit of the machine an operation's time is charged to. */
export type CostClass = "control" | "dma" | "math" | "gemm" | "ipcq";

export interface OpSpec {
  /** May the caller have to wait? Then the compiler emits a `yield` point. */
  readonly suspends: boolean;
  readonly cost: CostClass;
  /** The parameters, as the reference page shows them. */
  readonly signature: string;
  readonly doc: string;
}

const op = (suspends: boolean, cost: CostClass, signature: string, doc: string): OpSpec => ({
  suspends,
  cost,
  signature,
  doc,
});

/** Operations of a kernel: `tl.name(…)`. */
export const tlOps = {
  programId: op(
    false,
    "control",
    "(axis: 0 | 1)",
    "Index of this PE in its cube (axis 0), of its cube in the SIP (axis 1).",
  ),
  numPrograms: op(
    false,
    "control",
    "(axis: 0 | 1)",
    "Number of PEs in a cube (axis 0), of cubes in a SIP (axis 1).",
  ),
  rank: op(
    false,
    "control",
    "(axis?)",
    "This rank in the world, or its position on one axis of the machine.",
  ),
  worldSize: op(false, "control", "(axis?)", "Number of ranks in the world, or of members on one axis."),
  load: op(
    true,
    "dma",
    "(pointer, shape)",
    "Copies a contiguous block from HBM into a tile and waits for it.",
  ),
  store: op(true, "dma", "(pointer, tile)", "Writes a tile to HBM; the kernel goes on while the DMA drains."),
  ref: op(
    false,
    "control",
    "(pointer, shape)",
    "Names a block in HBM without loading it: a composite command streams it tile by tile.",
  ),
  zeros: op(false, "math", "(shape, dtype)", "A tile of zeros."),
  full: op(false, "math", "(shape, value, dtype)", "A tile filled with one value."),
  dot: op(false, "gemm", "(a, b)", "Matrix product [M,K] × [K,N]; accumulates and returns f32."),
  maximum: op(false, "math", "(a, b)", "Elementwise maximum."),
  composite: op(
    true,
    "gemm",
    "(command, a, b, out, { epilogue }?)",
    "Hands a whole operation to the PE's scheduler, which cuts it into tiles; goes on at once.",
  ),
  send: op(
    true,
    "ipcq",
    "(direction, tile, { axis }?)",
    "Sends a tile to a neighbour; waits only for a free slot (a credit).",
  ),
  recv: op(
    true,
    "ipcq",
    "(direction, shape, dtype, { axis }?)",
    "Receives a tile from a neighbour; waits until it has arrived.",
  ),
  recvAsync: op(
    true,
    "ipcq",
    "(direction, shape, dtype, { axis }?)",
    "Posts a receive and goes on; tl.wait gives the tile.",
  ),
  recvInto: op(
    true,
    "ipcq",
    "(direction, tile, { axis }?)",
    "Posts a receive straight into a tile, without a slot: the sender waits until it is posted.",
  ),
  wait: op(
    true,
    "control",
    "(future)",
    "Waits for what tl.composite, tl.recvAsync or tl.recvInto has started; returns its tile, if it has one.",
  ),
  cdiv: op(false, "control", "(a, b)", "Ceiling division of two integers."),
  staticAssert: op(
    false,
    "control",
    "(condition, message)",
    "Refuses the launch (LQ2007) when false; for sizes and parameters.",
  ),
  assert: op(
    false,
    "control",
    "(condition, message)",
    "Stops the run (LQ3701) when false; for values known only while running.",
  ),
  print: op(
    false,
    "control",
    "(...values)",
    "Prints scalars, text and tiles, grouped over ranks that print the same.",
  ),
} as const satisfies Record<string, OpSpec>;

/** Operations of an orchestration: `rt.name(…)`. */
export const rtOps = {
  childCount: op(false, "control", "()", "Number of nodes, chips for a host, under this node."),
  submit: op(
    true,
    "control",
    "({ to, reads?, writes?, name? })",
    "Submits the callable to a child or to all children as one group.",
  ),
  alloc: op(
    true,
    "control",
    "(bytes)",
    "Takes a buffer from the heap ring of this scope; waits while the ring is full.",
  ),
  free: op(false, "control", "(buffer)", "Gives a buffer back before its scope ends."),
  scopeBegin: op(false, "control", "()", "Opens a scope: tasks and buffers that follow belong to it."),
  scopeEnd: op(
    false,
    "control",
    "()",
    "Closes the innermost scope; its tasks may retire once their readers are done.",
  ),
  waitAll: op(true, "control", "()", "Waits until every task submitted here has completed."),
} as const satisfies Record<string, OpSpec>;

export type TlOpName = keyof typeof tlOps;
export type RtOpName = keyof typeof rtOps;
