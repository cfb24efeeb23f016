/** Runs operations on tiles of given values and returns what they leave, by way of a log and its replay. */
import type { DTypeName } from "../../src/data/dtypes.js";
import { dtypeByName } from "../../src/data/dtypes.js";
import { Hbm } from "../../src/data/hbm.js";
import type { OpKind } from "../../src/data/op-log.js";
import { replay } from "../../src/data/replay.js";
import { isBig } from "../../src/data/tile-array.js";
import { HandLog, launchOf, tensor, type RowFields } from "./hand-log.js";

export interface Given {
  dtype: DTypeName;
  shape: number[];
  values: readonly (number | bigint)[];
}

/** A tile of one axis. */
export function tile(dtype: DTypeName, ...values: (number | bigint)[]): Given {
  return { dtype, shape: [values.length], values };
}

export function shaped(dtype: DTypeName, shape: number[], ...values: (number | bigint)[]): Given {
  return { dtype, shape, values };
}

export interface Computed {
  values: (number | bigint)[];
  inexact: boolean;
}

/** Sets the elements of a slot. */
export function put(hbm: Hbm, slot: number, values: readonly (number | bigint)[]): void {
  const isBigTensor = isBig(hbm.elements(slot));
  values.forEach((value, i) => hbm.put(slot, i, isBigTensor ? BigInt(value) : Number(value)));
}

/** The elements of a slot as values. */
export function contents(hbm: Hbm, slot: number): (number | bigint)[] {
  return Array.from({ length: hbm.plan(slot).elements }, (_, i) => hbm.at(slot, i));
}

/** One operation on given tiles (a, b, c), whose result has the stated dtype and shape. */
export function compute(
  kind: keyof typeof OpKind,
  operands: readonly Given[],
  out: { dtype?: DTypeName; shape?: number[]; extra?: number } = {},
): Computed {
  const [first] = operands;
  const { dtype = first?.dtype ?? "f32", shape = first?.shape ?? [1], extra = 0 } = out;
  const launch = launchOf(
    1,
    ...operands.map((given, i) => tensor(`x${i}`, "input", given.shape, given.dtype)),
    tensor("y", "output", shape, dtype),
  );
  const hbm = new Hbm(launch);
  operands.forEach(({ values }, i) => put(hbm, i, values));
  const log = new HandLog();
  const rows = operands.map((given, i) =>
    log.row("dmaRead", given.shape, { tensor: i }, dtypeByName(given.dtype)!.name),
  );
  const fields: RowFields = { extra };
  rows.forEach((row, i) => (fields[(["a", "b", "c"] as const)[i]!] = row));
  const result = log.row(kind, shape, fields, dtype);
  log.row("dmaWrite", shape, { tensor: operands.length, a: result }, dtype);
  const { inexact } = replay(log.finish(), hbm, { inject: null, trackMagnitude: true });
  return { values: contents(hbm, operands.length), inexact };
}

/** The values only. */
export function valuesOf(...args: Parameters<typeof compute>): (number | bigint)[] {
  return compute(...args).values;
}
