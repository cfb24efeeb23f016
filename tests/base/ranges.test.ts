import { describe, expect, it } from "vitest";
import { formatRanges } from "../../src/base/ranges.js";

describe("formatRanges", () => {
  it("joins neighbours, keeps single numbers, and writes regular steps", () => {
    expect(formatRanges([])).toBe("");
    expect(formatRanges([7])).toBe("7");
    expect(formatRanges([0, 1, 2, 5])).toBe("0-2,5");
    expect(formatRanges([0, 4, 8, 12])).toBe("0-12 step 4");
    expect(formatRanges([0, 4, 8])).toBe("0,4,8");
    expect(formatRanges([3, 10, 11, 12, 20, 25, 30, 35])).toBe("3,10-12,20-35 step 5");
  });

  it("counts what goes beyond the limit", () => {
    expect(formatRanges([0, 2, 5, 9, 14], 2)).toBe("0,2,and 3 more");
  });
});
