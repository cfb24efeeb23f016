import { ExitCode, LinquError, diagnostic } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";

/**
 * The op log: every data-carrying operation of a run, in columns, in an order in which replay can make it true.
 *
 * One row is one operation. A row that produces a tile *is* that value: operands name rows, so values are in
 * single-assignment form and a tile received from a queue is simply the row of its `ipcqCopy`. Rows are appended
 * when the operation executes, hence operands always precede their users.
 */

export const OpKind = {
  /** HBM → tile. `tensor`, `extra` = element offset. */
  dmaRead: 0,
  /** Tile `a` → HBM, rounded to the tensor's dtype. `tensor`, `extra` = element offset. Produces no value. */
  dmaWrite: 1,
  /** A tile filled with `extra`. */
  full: 2,
  add: 3,
  sub: 4,
  mul: 5,
  div: 6,
  maximum: 7,
  /** `a` × `b`, k ascending, rounded after every multiplication and addition; `dtype` is the accumulator's. */
  gemm: 8,
  /** Tile `a` travels to the rank in `extra`; recorded when it leaves. */
  ipcqCopy: 9,
  /** Tile `a` is printed. Produces no value. */
  print: 10,
  /** Elements `extra` + `a` (offsets, in elements) of `tensor`, where mask `b` holds or is absent; 0 elsewhere. */
  gather: 11,
  /** Tile `c` → elements `extra` + `a` of `tensor`, where mask `b` holds or is absent. Produces no value. */
  scatter: 12,
  /**
   * Element `extra` (+ `a`, offsets, where present) of `tensor` becomes what the kind makes of it and `c`, where mask
   * `b` holds or is absent; the value is what was there (0 where masked off).
   */
  atomicAdd: 13,
  atomicMax: 14,
  atomicMin: 15,
  atomicXchg: 16,
  /** As above: becomes `c` where it equals `b` (which is no mask here). */
  atomicCas: 17,
  /** `extra`, `extra` + 1, … */
  arange: 18,
  /** Tile `a` in another dtype. */
  cast: 19,
  minimum: 20,
  /** Remainder with the sign of `a`. */
  mod: 21,
  floordiv: 22,
  pow: 23,
  lt: 24,
  le: 25,
  gt: 26,
  ge: 27,
  equal: 28,
  notEqual: 29,
  /** On bool logical, on integers bit by bit. */
  and: 30,
  or: 31,
  xor: 32,
  not: 33,
  abs: 34,
  exp: 35,
  log: 36,
  sqrt: 37,
  rsqrt: 38,
  sigmoid: 39,
  tanh: 40,
  erf: 41,
  gelu: 42,
  silu: 43,
  relu: 44,
  /** `a` (a mask) chooses `b` or `c`. */
  where: 45,
  /** `a` · `b` + `c`, rounded once. */
  fma: 46,
  /** Along axis `extra` of `a`, or over all elements when `extra` is −1; the row's shape may keep the axis as 1. */
  sum: 47,
  prod: 48,
  max: 49,
  min: 50,
  argmax: 51,
  argmin: 52,
  /** The elements of `a` in the row's shape. */
  reshape: 53,
  /** `a` repeated to the row's shape. */
  broadcast: 54,
  /** `a` [M, N] with rows and columns exchanged. */
  transpose: 55,
  /** Bits move; a number of places that is negative, or all there are, leaves copies of the sign, or zeros. */
  shiftLeft: 56,
  shiftRight: 57,
} as const;
export type OpKind = (typeof OpKind)[keyof typeof OpKind];

/** Names of the kinds, as reports show them: `dma_read`. */
export const OP_KIND_NAMES: readonly string[] = Object.keys(OpKind).map((name) =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
);

/** Does a row of this kind change a tensor? */
export function writesTensor(kind: number): boolean {
  return (
    kind === OpKind.dmaWrite ||
    kind === OpKind.scatter ||
    (kind >= OpKind.atomicAdd && kind <= OpKind.atomicCas)
  );
}

/** An operand that is absent. Of an operation with two operands one may be a number: it is in `extra` then. */
export const NO_VALUE = -1;

const CHUNK_BITS = 16;
export const OP_CHUNK_ROWS = 1 << CHUNK_BITS;

/** 2^16 rows; plain typed arrays, so that a chunk can be transferred to another thread. */
export interface OpChunk {
  kind: Uint8Array;
  dtype: Uint8Array;
  tensor: Int16Array;
  rank: Int32Array;
  site: Int32Array;
  /** Id in `OpLogData.shapes`. */
  shape: Int32Array;
  a: Int32Array;
  b: Int32Array;
  c: Int32Array;
  extra: Float64Array;
  startPs: Float64Array;
  endPs: Float64Array;
}

/** A finished log, as replay reads it: row r is chunk r >>> 16, entry r & 65535. */
export interface OpLogData {
  readonly rows: number;
  readonly chunks: readonly OpChunk[];
  readonly shapes: readonly (readonly number[])[];
}

function newChunk(): OpChunk {
  return {
    kind: new Uint8Array(OP_CHUNK_ROWS),
    dtype: new Uint8Array(OP_CHUNK_ROWS),
    tensor: new Int16Array(OP_CHUNK_ROWS),
    rank: new Int32Array(OP_CHUNK_ROWS),
    site: new Int32Array(OP_CHUNK_ROWS),
    shape: new Int32Array(OP_CHUNK_ROWS),
    a: new Int32Array(OP_CHUNK_ROWS),
    b: new Int32Array(OP_CHUNK_ROWS),
    c: new Int32Array(OP_CHUNK_ROWS),
    extra: new Float64Array(OP_CHUNK_ROWS),
    startPs: new Float64Array(OP_CHUNK_ROWS),
    endPs: new Float64Array(OP_CHUNK_ROWS),
  };
}

/** Bytes of one row in all columns. */
const ROW_BYTES = 1 + 1 + 2 + 6 * 4 + 3 * 8;

/** Appends rows, up to a stated size: an endless kernel must not take all memory before it is stopped. */
export class OpLog {
  private readonly chunks: OpChunk[] = [];
  private current: OpChunk = newChunk();
  private rows = 0;

  constructor(private readonly maxBytes: number) {
    this.chunks.push(this.current);
  }

  /** Appends a row and returns its number, which names the value it produces. */
  append(
    kind: OpKind,
    dtype: number,
    tensor: number,
    rank: number,
    site: number,
    shape: number,
    a: number,
    b: number,
    extra: number,
    startPs: number,
    endPs: number,
    c: number = NO_VALUE,
  ): number {
    const row = this.rows++;
    const at = row & (OP_CHUNK_ROWS - 1);
    if (at === 0 && row > 0) {
      if (row * ROW_BYTES > this.maxBytes) throw logTooLarge(row, this.maxBytes);
      this.current = newChunk();
      this.chunks.push(this.current);
    }
    const chunk = this.current;
    chunk.kind[at] = kind;
    chunk.dtype[at] = dtype;
    chunk.tensor[at] = tensor;
    chunk.rank[at] = rank;
    chunk.site[at] = site;
    chunk.shape[at] = shape;
    chunk.a[at] = a;
    chunk.b[at] = b;
    chunk.c[at] = c;
    chunk.extra[at] = extra;
    chunk.startPs[at] = startPs;
    chunk.endPs[at] = endPs;
    return row;
  }

  /** The log so far; `shapes` is the table its shape ids refer to. */
  finish(shapes: readonly (readonly number[])[]): OpLogData {
    return { rows: this.rows, chunks: this.chunks, shapes };
  }
}

function logTooLarge(rows: number, maxBytes: number): Error {
  return new LinquError(
    ExitCode.programFailed,
    diagnostic({
      code: "LQ6005",
      message: `the log of data operations has ${rows.toLocaleString("en")} rows and would take more than ${formatBytes(maxBytes)}`,
      hint: "leave --verify-data and --dump away, choose fewer bytes, or raise --set limits.maxMemoryBytes=SIZE",
    }),
  );
}
