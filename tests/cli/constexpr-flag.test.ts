import { describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { parseConstexpr } from "../../src/cli/constexpr-flag.js";

describe("--constexpr", () => {
  it.each([
    ["BLOCK=64", 64],
    ["BLOCK=-1.5e3", -1500],
    ["BLOCK=0x10", 16],
    ["BLOCK = true", true],
    ["BLOCK=false", false],
    ["BLOCK=relu", "relu"],
    ["BLOCK=a=b", "a=b"],
    ['BLOCK="64"', "64"],
    ['BLOCK=""', ""],
    ["BLOCK=Infinity", "Infinity"],
  ])("%s", (assignment, value) => {
    expect(parseConstexpr([assignment])).toEqual({ BLOCK: value });
  });

  it("takes several names, and the last value of one", () => {
    expect(parseConstexpr(["A=1", "B=2", "A=3"])).toEqual({ A: 3, B: 2 });
  });

  it.each(["BLOCK", "=3", "A=", "A B=1", "1A=2", ""])("refuses %j", (assignment) => {
    expect(() => parseConstexpr([assignment])).toThrow(LinquError);
    expect(() => parseConstexpr([assignment])).toThrow(/is not NAME=VALUE/);
  });
});
