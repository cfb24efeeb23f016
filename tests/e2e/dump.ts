/** A reader of .npz files, written from NumPy's description of the format and shared with no product code. */
import { readFileSync } from "node:fs";
import { unzipSync } from "fflate";

export interface Dumped {
  dtype: string;
  shape: number[];
  values: Float64Array;
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function array(bytes: Uint8Array): Dumped {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (Buffer.from(bytes.subarray(0, 6)).toString("latin1") !== "\u0093NUMPY")
    throw new Error("not an npy file");
  const headerLength = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = (bytes[6] === 1 ? 10 : 12) + headerLength;
  const header = Buffer.from(bytes.subarray(start - headerLength, start)).toString("latin1");
  const dtype = /'descr': '([^']+)'/.exec(header)![1];
  if (!/'fortran_order': False/.test(header)) throw new Error("not in C order");
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)![1]
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const sizeBytes = dtype === "<f2" ? 2 : dtype === "<f4" ? 4 : 8;
  if (start + count * sizeBytes !== bytes.length)
    throw new Error(`${dtype} ${shape.join("×")}: ${bytes.length} bytes`);
  const values = Float64Array.from({ length: count }, (_, i) =>
    dtype === "<f2"
      ? half(view.getUint16(start + 2 * i, true))
      : dtype === "<f4"
        ? view.getFloat32(start + 4 * i, true)
        : view.getFloat64(start + 8 * i, true),
  );
  return { dtype, shape, values };
}

export function readDump(path: string): Record<string, Dumped> {
  const entries = Object.entries(unzipSync(readFileSync(path)));
  return Object.fromEntries(entries.map(([name, bytes]) => [name.replace(/\.npy$/, ""), array(bytes)]));
}

/** The elements of one rank: arrays are dumped with the rank as the first dimension. */
export function ofRank(dumped: Dumped, rank: number): Float64Array {
  const n = dumped.values.length / dumped.shape[0];
  return dumped.values.subarray(rank * n, (rank + 1) * n);
}

/** Sums over ranks, element by element, in float64. */
export function sumOverRanks(dumped: Dumped): Float64Array {
  const sum = new Float64Array(dumped.values.length / dumped.shape[0]);
  for (let rank = 0; rank < dumped.shape[0]; rank++) {
    ofRank(dumped, rank).forEach((value, i) => (sum[i] += value));
  }
  return sum;
}
