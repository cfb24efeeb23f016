import { describe, expect, it } from "vitest";
import { DTYPES, I8, U64, dtypeByName } from "../../src/data/dtypes.js";
import { chooseElement, corruptElement } from "../../src/data/injection.js";
import { newTileArray } from "../../src/data/tile-array.js";

describe("corrupting an element", () => {
  it.each(DTYPES)("changes a %s, whatever it is", (dtype) => {
    const info = dtypeByName(dtype)!;
    const tile = newTileArray(info, 2);
    tile.fill((typeof tile[0] === "bigint" ? 1n : 1) as never);
    corruptElement(tile, 1, info);
    const { class: kind, sizeBytes } = info;
    const expected = { float: -1, signed: -1, unsigned: 2 ** (8 * sizeBytes) - 1, bool: 0 }[kind];
    expect([...tile].map(Number)).toEqual([1, expected]);
  });

  it("takes the lowest bit of an integer without another sign", () => {
    const bytes = Int8Array.of(-128);
    corruptElement(bytes, 0, I8);
    expect([...bytes]).toEqual([-127]);
    const words = BigUint64Array.of(2n ** 63n);
    corruptElement(words, 0, U64);
    expect([...words]).toEqual([2n ** 63n + 1n]);
  });

  it("finds an element that is not zero in a tile of 64-bit integers", () => {
    expect(chooseElement(BigInt64Array.of(0n, 0n, -3n, 0n), 5)).toBe(2);
    expect(chooseElement(new BigInt64Array(3), 5)).toBe(-1);
  });
});
