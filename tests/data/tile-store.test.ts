import { expect, it } from "vitest";
import { BOOL, F16, F32, I32 } from "../../src/data/dtypes.js";
import { TileStore } from "../../src/data/tile-store.js";
import { HandLog } from "./hand-log.js";

it("ends the life of every operand after its last use, reshaped or not, and reuses its buffer", () => {
  const log = new HandLog();
  const [a, b, c] = [log.row("full", [4], {}, "bool"), log.row("full", [4], {}), log.row("full", [4], {})];
  const folded = log.row("reshape", [2, 2], { a: c });
  const chosen = log.row("where", [2, 2], { a, b, c: folded });
  log.row("print", [4], { a: chosen });
  const store = new TileStore(log.finish(), new ArrayBuffer(0));
  expect([...store.uses]).toEqual([1, 1, 1, 1, 1, 0]);
  store.create(a, BOOL, 4);
  const [first, last] = [store.create(b, F32, 4), store.create(c, F32, 4)];
  for (const row of [a, b, c]) store.finish(row);
  store.share(folded, c);
  store.finish(folded);
  expect(store.get(c)).toBe(store.get(folded));
  store.create(chosen, F32, 4);
  store.finish(chosen);
  for (const row of [a, b, c, folded]) expect(() => store.get(row)).toThrow(/alive/);
  // Another dtype gets another array; f16 is computed in f32.
  expect(store.borrow(I32, 4)).toBeInstanceOf(Int32Array);
  const borrowed = [store.borrow(F16, 4), store.borrow(F32, 4)];
  expect(borrowed.map((tile) => tile === first || tile === last)).toEqual([true, true]);
});
