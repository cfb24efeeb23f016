/**
 * NumPy's .npy files, versions 1 to 3, as numpy.lib.format defines them. Reading is strict: the bytes that follow
 * the header must be exactly those of the stated shape.
 */
import ndarray from "ndarray";
import type { NdArray } from "ndarray";
import type { LinquError } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";
import { formatBytes } from "../base/units.js";
import { MAX_DIMENSIONS, NPY_MAGIC, npyError, parseNpyHeader } from "./npy-header.js";

/** Element types, by NumPy's letters: `f2` is kept as its 16 bits, `b1` as bytes 0 and 1. */
export const NPY_DTYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"] as const;
export type NpyDtype = (typeof NPY_DTYPES)[number];

export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array<ArrayBuffer>
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array<ArrayBuffer>;

/** An array to write, in row-major order. */
export interface NpyArray {
  dtype: NpyDtype;
  shape: number[];
  data: NpyData;
}

/** An array that was read: Fortran order shows in the view's strides, nothing is reordered. */
export interface NpyRead {
  dtype: NpyDtype;
  array: NdArray<NpyData>;
}

type ArrayMaker = (buffer: ArrayBuffer, offset: number, length: number) => NpyData;

const MAKERS: Record<NpyDtype, ArrayMaker> = {
  f2: (buffer, offset, length) => new Uint16Array(buffer, offset, length),
  f4: (buffer, offset, length) => new Float32Array(buffer, offset, length),
  f8: (buffer, offset, length) => new Float64Array(buffer, offset, length),
  i1: (buffer, offset, length) => new Int8Array(buffer, offset, length),
  i2: (buffer, offset, length) => new Int16Array(buffer, offset, length),
  i4: (buffer, offset, length) => new Int32Array(buffer, offset, length),
  i8: (buffer, offset, length) => new BigInt64Array(buffer, offset, length),
  u1: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
  u2: (buffer, offset, length) => new Uint16Array(buffer, offset, length),
  u4: (buffer, offset, length) => new Uint32Array(buffer, offset, length),
  u8: (buffer, offset, length) => new BigUint64Array(buffer, offset, length),
  b1: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
};

const HOST_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
/** NumPy aligns the elements to this, so that they can be mapped into memory. */
const ALIGNMENT = 64;

function itemSize(dtype: NpyDtype): number {
  return Number(dtype.slice(1));
}

function product(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((size, length) => size * length, 1);
}

/** Reverses the bytes of every element, in place. */
function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

/** The bytes of an .npy file: version 1.0, little-endian, row-major, elements 64-byte aligned. */
export function writeNpy({ dtype, shape, data }: NpyArray): Uint8Array {
  const size = itemSize(dtype);
  if (shape.length > MAX_DIMENSIONS || product(shape) !== data.length || data.BYTES_PER_ELEMENT !== size) {
    throw new Error(
      `an array of shape (${shape.join()}) and dtype ${dtype} does not fit its ${data.byteLength} bytes`,
    );
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const order = size === 1 ? "|" : "<";
  const literal = `{'descr': '${order}${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const literalOffset = 10;
  const dataOffset = Math.ceil((literalOffset + literal.length + 1) / ALIGNMENT) * ALIGNMENT;

  const bytes = new Uint8Array(dataOffset + data.byteLength);
  bytes.set(NPY_MAGIC);
  bytes.set([1, 0], NPY_MAGIC.length);
  new DataView(bytes.buffer).setUint16(8, dataOffset - literalOffset, true);
  const padded = `${literal.padEnd(dataOffset - literalOffset - 1)}\n`;
  for (let i = 0; i < padded.length; i++) bytes[literalOffset + i] = padded.charCodeAt(i);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataOffset);
  if (!HOST_IS_LITTLE) swapBytes(bytes.subarray(dataOffset), size);
  return bytes;
}

/**
 * Reads the .npy file `name` of at most `limitBytes` of elements. The result may share memory with `bytes`.
 * @throws LQ9201 not an .npy file, LQ9202 version, LQ9203 header, LQ9204 dtype, LQ9205 size, LQ9206 limit, LQ9207 bool
 */
export function readNpy(bytes: Uint8Array, name: string, limitBytes: number): NpyRead {
  const header = parseNpyHeader(bytes, name);
  const { shape, dataOffset } = header;
  const { dtype, swapped } = parseDescr(header.descr, name, header.literalOffset);
  const size = itemSize(dtype);
  const wanted = product(shape) * size;
  const present = bytes.length - dataOffset;
  if (wanted > limitBytes) {
    throw npyError(
      "LQ9206",
      name,
      dataOffset,
      `shape (${shape.join(", ")}) of ${dtype} needs ${formatBytes(wanted)}, more than the limit of ${formatBytes(limitBytes)}`,
      "use a smaller array",
    );
  }
  if (wanted !== present) {
    throw npyError(
      "LQ9205",
      name,
      dataOffset,
      `shape (${shape.join(", ")}) of ${dtype} needs ${wanted} bytes, but ${present} follow the header`,
    );
  }
  const data = arrayOf(bytes, dataOffset, dtype, swapped);
  if (dtype === "b1") checkBooleans(data as Uint8Array, name, dataOffset);
  return { dtype, array: ndarray(data, shape, header.fortranOrder ? fortranStrides(shape) : undefined) };
}

function parseDescr(
  descr: string | null,
  name: string,
  offset: number,
): { dtype: NpyDtype; swapped: boolean } {
  const [, order, letters] = /^([<>|])(\w+)$/.exec(descr ?? "") ?? [];
  const dtype = NPY_DTYPES.find((known) => known === letters);
  if (dtype && (order !== "|" || itemSize(dtype) === 1)) {
    return { dtype, swapped: itemSize(dtype) > 1 && (order === "<") !== HOST_IS_LITTLE };
  }
  const what =
    descr === null ? "a structured dtype" : letters === "O" ? "Python objects" : `dtype '${descr}'`;
  throw unsupported(what, letters, name, offset);
}

function unsupported(what: string, letters: string | undefined, name: string, offset: number): LinquError {
  return npyError("LQ9204", name, offset, `${what} cannot be read`, suggestName(letters ?? "", NPY_DTYPES));
}

function arrayOf(bytes: Uint8Array, dataOffset: number, dtype: NpyDtype, swapped: boolean): NpyData {
  const size = itemSize(dtype);
  const start = bytes.byteOffset + dataOffset;
  const length = (bytes.length - dataOffset) / size;
  const { buffer } = bytes;
  if (!swapped && start % size === 0 && buffer instanceof ArrayBuffer)
    return MAKERS[dtype](buffer, start, length);
  const copy = new Uint8Array(bytes.length - dataOffset);
  copy.set(bytes.subarray(dataOffset));
  if (swapped) swapBytes(copy, size);
  return MAKERS[dtype](copy.buffer, 0, length);
}

function checkBooleans(values: Uint8Array, name: string, dataOffset: number): void {
  const odd = values.findIndex((value) => value > 1);
  if (odd >= 0)
    throw npyError("LQ9207", name, dataOffset + odd, `${values[odd]} is not a boolean; 0 and 1 are`);
}

/** The first index varies fastest. */
function fortranStrides(shape: readonly number[]): number[] {
  let stride = 1;
  return shape.map((length) => {
    const own = stride;
    stride *= length;
    return own;
  });
}
