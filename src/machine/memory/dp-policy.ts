/**
 * How a tensor is spread over the cubes and PEs of one SIP: first over cubes, then each cube's part over its PEs.
 */
import type { DpPolicy, Spread } from "../../../dsl/index.js";
import { assert } from "../../base/assert.js";
import { invalidInput } from "../../base/diagnostics.js";
import type { LinquError } from "../../base/diagnostics.js";
import { suggestName } from "../../base/nearest.js";

export type { DpPolicy } from "../../../dsl/index.js";

const SPREADS = ["replicate", "column_wise", "row_wise"] as const satisfies readonly Spread[];

const FIELDS = ["cube", "pe", "numCubes", "numPes"] as const;

/** Indices from `start` up to, but without, `end`. */
export interface IndexRange {
  start: number;
  end: number;
}

/** The part of a tensor that one PE holds; a replicated part has one shard for each PE that holds a copy. */
export interface Shard {
  sip: number;
  cube: number;
  pe: number;
  rows: IndexRange;
  columns: IndexRange;
  /**
   * Where the part begins in the tensor's virtual range. Parts lie there one behind the other, each row by row, so
   * that a shard is contiguous even if it has only some of the columns.
   */
  byteOffset: number;
  sizeBytes: number;
}

/** The devices over which a tensor may be spread: cubes of one SIP, the same PEs in each. */
export interface SpreadDevices {
  sip: number;
  cubes: readonly number[];
  pes: readonly number[];
}

/**
 * A policy as a program wrote it, checked.
 * @throws LQ6130 for something else than a policy, an unknown field or an unknown word
 */
export function readDpPolicy(value: unknown): DpPolicy {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidPolicy("it is not an object", `write { cube: "row_wise", pe: "replicate" }`);
  }
  const unknown = Object.keys(value).find((key) => !FIELDS.some((field) => field === key));
  if (unknown !== undefined) {
    const ofSip = /sip/i.test(unknown) ? "; the SIP is that of the current device" : "";
    throw invalidPolicy(`there is no field "${unknown}"`, suggestName(unknown, FIELDS) + ofSip);
  }
  const fields: Partial<Record<(typeof FIELDS)[number], unknown>> = value;
  const policy: DpPolicy = { cube: readSpread("cube", fields.cube), pe: readSpread("pe", fields.pe) };
  for (const field of ["numCubes", "numPes"] as const) {
    const count = fields[field];
    if (count === undefined) continue;
    if (typeof count !== "number")
      throw invalidPolicy(`${field} is not a number`, "leave it away to use all");
    policy[field] = count;
  }
  return policy;
}

/**
 * The shards of a tensor with one or two dimensions, by cube, then PE. The i-th of k parts of n rows or columns begins
 * at ⌊i·n/k⌋; parts without elements are left out. The only dimension of a vector is both its rows and its columns.
 * @param elementBytes size of one element
 * @throws LQ6131 when numCubes or numPes is more than there are, LQ6132 for a shape that cannot be spread
 * @example resolveShards([5], 4, { cube: "replicate", pe: "row_wise" }, { sip: 0, cubes: [0], pes: [0, 1] })
 *   // byteOffset 0, sizeBytes 8 and byteOffset 8, sizeBytes 12
 */
export function resolveShards(
  shape: readonly number[],
  elementBytes: number,
  policy: DpPolicy,
  devices: SpreadDevices,
): Shard[] {
  tensorBytes(shape, elementBytes);
  const whole = wholeTensor(shape);
  const cubes = firstOf("numCubes", policy.numCubes, devices.cubes);
  const pes = firstOf("numPes", policy.numPes, devices.pes);
  const isVector = shape.length === 1;
  const shards: Shard[] = [];
  let endBytes = 0;
  split(whole, policy.cube, cubes.length, isVector).forEach((cubePart, cubeIndex) => {
    if (policy.cube === "replicate") endBytes = 0;
    const partBytes = elements(cubePart) * elementBytes;
    let byteOffset = endBytes;
    for (const [peIndex, part] of split(cubePart, policy.pe, pes.length, isVector).entries()) {
      const sizeBytes = elements(part) * elementBytes;
      const place = { sip: devices.sip, cube: cubes[cubeIndex]!, pe: pes[peIndex]! };
      if (sizeBytes > 0) shards.push({ ...place, ...part, byteOffset, sizeBytes });
      if (policy.pe !== "replicate") byteOffset += sizeBytes;
    }
    endBytes += partBytes;
  });
  return shards;
}

/** A rectangle of elements. */
interface Part {
  rows: IndexRange;
  columns: IndexRange;
}

const elements = ({ rows, columns }: Part): number => (rows.end - rows.start) * (columns.end - columns.start);

/** Bytes of a tensor, at most what a number holds exactly. @throws LQ6132 for a dimension that is no integer ≥ 1 */
export function tensorBytes(shape: readonly number[], elementBytes: number): number {
  const bytes = shape.reduce((product, size) => product * size, elementBytes);
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 1) && Number.isSafeInteger(bytes))
    return bytes;
  throw invalidShape(
    shape,
    "cannot be allocated",
    "give it whole dimensions of at least 1, and fewer than 2^53 bytes",
  );
}

function wholeTensor(shape: readonly number[]): Part {
  if (shape.length < 1 || shape.length > 2) {
    throw invalidShape(shape, "cannot be spread over cubes and PEs", "give it one or two dimensions");
  }
  const [rows, columns] = shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
  return { rows: { start: 0, end: rows }, columns: { start: 0, end: columns } };
}

function invalidShape(shape: readonly number[], what: string, hint: string): LinquError {
  return invalidInput({ code: "LQ6132", message: `a tensor of shape [${shape.join(", ")}] ${what}`, hint });
}

function split(part: Part, spread: Spread, count: number, isVector: boolean): Part[] {
  switch (spread) {
    case "replicate":
      return Array.from({ length: count }, () => part);
    case "column_wise":
      return splitRange(part.columns, count).map((columns) => ({ rows: part.rows, columns }));
    case "row_wise":
      if (isVector) return split(part, "column_wise", count, isVector);
      return splitRange(part.rows, count).map((rows) => ({ rows, columns: part.columns }));
  }
}

function splitRange({ start, end }: IndexRange, count: number): IndexRange[] {
  const size = end - start;
  const border = (index: number) => start + Math.floor((index * size) / count);
  return Array.from({ length: count }, (_, index) => ({ start: border(index), end: border(index + 1) }));
}

function firstOf(
  field: "numCubes" | "numPes",
  count: number | undefined,
  devices: readonly number[],
): readonly number[] {
  assert(devices.length > 0, "a tensor is spread over at least one cube and one PE");
  if (count === undefined) return devices;
  if (Number.isInteger(count) && count >= 1 && count <= devices.length) return devices.slice(0, count);
  throw invalidInput({
    code: "LQ6131",
    message: `policy: ${field} is ${count}; there are ${devices.length}`,
    hint: `choose 1 to ${devices.length}, or leave it away to use all`,
  });
}

function readSpread(field: "cube" | "pe", value: unknown): Spread {
  const spread = SPREADS.find((each) => each === value);
  if (spread) return spread;
  if (value === undefined) throw invalidPolicy(`${field} is missing`, `valid words: ${SPREADS.join(", ")}`);
  const hint = typeof value === "string" ? suggestName(value, SPREADS) : `valid words: ${SPREADS.join(", ")}`;
  throw invalidPolicy(`${field} is ${JSON.stringify(value)}`, hint);
}

function invalidPolicy(why: string, hint: string): LinquError {
  return invalidInput({ code: "LQ6130", message: `policy: ${why}`, hint });
}
