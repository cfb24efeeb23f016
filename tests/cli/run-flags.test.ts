import { describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { sizeFlag, toRunOptions } from "../../src/cli/run-flags.js";
import type { RunFlagValues } from "../../src/cli/run-flags.js";

/** What oclif hands over for `linqu run` without flags. */
const DEFAULTS = {
  bench: undefined,
  kernel: undefined,
  topology: "host",
  set: undefined,
  device: "all",
  bytes: "4KiB",
  dtype: "f32",
  algorithm: undefined,
  "verify-data": false,
  data: "±1",
  seed: "1",
  inject: undefined,
  dump: undefined,
  check: true,
  force: false,
} as unknown as RunFlagValues;

function refusal(act: () => unknown): { code: string; exitCode: number; hint: string } {
  try {
    act();
  } catch (error) {
    if (!(error instanceof LinquError)) throw error;
    return {
      code: error.diagnostics[0]!.code,
      exitCode: error.exitCode,
      hint: error.diagnostics[0]!.hint ?? "",
    };
  }
  throw new Error("nothing was refused");
}

describe("toRunOptions", () => {
  it("runs the bench allreduce on a host with 4 KiB of f32 when nothing is said", () => {
    expect(toRunOptions(DEFAULTS)).toEqual({
      bench: "allreduce",
      kernel: null,
      topology: "host",
      set: [],
      device: "all",
      bytes: 4096,
      dtype: "f32",
      algorithm: null,
      verify: false,
      data: "±1",
      seed: 1,
      dump: null,
      inject: null,
      constexpr: {},
      check: true,
      force: false,
      trace: null,
    });
  });

  it("runs no bench beside a kernel file", () => {
    const options = toRunOptions({ ...DEFAULTS, kernel: "mine.ts#sum" });
    expect(options).toMatchObject({ bench: null, kernel: "mine.ts#sum" });
  });

  it("takes pm1 for ±1", () => {
    expect(toRunOptions({ ...DEFAULTS, data: "pm1" }).data).toBe("±1");
    expect(toRunOptions({ ...DEFAULTS, data: "normal" }).data).toBe("normal");
  });

  it("refuses a bench together with a kernel", () => {
    const act = (): unknown => toRunOptions({ ...DEFAULTS, bench: "allreduce", kernel: "mine.ts" });
    expect(refusal(act)).toMatchObject({ code: "LQ0007", exitCode: 2 });
  });

  it.each(["", "-1", "1.5", "4294967296", "one", "1e3"])("refuses the seed %j", (seed) => {
    expect(refusal(() => toRunOptions({ ...DEFAULTS, seed }))).toMatchObject({ code: "LQ0003", exitCode: 2 });
  });

  it("takes the largest 32-bit seed", () => {
    expect(toRunOptions({ ...DEFAULTS, seed: "4294967295" }).seed).toBe(4294967295);
  });

  it.each(["capacity", "=4", "a b=4", "path="])("refuses --set %j", (set) => {
    expect(refusal(() => toRunOptions({ ...DEFAULTS, set: [set] }))).toMatchObject({
      code: "LQ0003",
      exitCode: 2,
    });
  });
});

describe("sizeFlag", () => {
  it.each([
    ["4096", 4096],
    ["4K", 4096],
    ["96KiB", 98304],
    ["1.5kb", 1536],
    ["1MB", 1048576],
    ["2GiB", 2147483648],
  ])("reads %s as %d bytes", (typed, bytes) => {
    expect(sizeFlag("bytes", typed)).toBe(bytes);
  });

  it.each(["0", "0KiB", "-4", "1.5", "", "KiB", "4TB", "4 096", "1e6", "NaN", "Infinity", "99999999999GiB"])(
    "refuses %j with a hint",
    (typed) => {
      const { code, exitCode, hint } = refusal(() => sizeFlag("bytes", typed));
      expect({ code, exitCode }).toEqual({ code: "LQ0003", exitCode: 2 });
      expect(hint).toContain("96KiB");
    },
  );
});
