import { afterEach, describe, expect, it, vi } from "vitest";
import { diagnostic, invalidInput } from "../../src/base/diagnostics.js";
import { envelopeOf, failureOf } from "../../src/cli/outcome.js";

afterEach(() => vi.unstubAllEnvs());

describe("envelopeOf", () => {
  it("names the command, and the first error among other diagnostics", () => {
    const warning = diagnostic({ code: "LQ3001", severity: "warning", message: "slow" });
    const error = diagnostic({ code: "LQ3002", message: "wrong" });
    const outcome = {
      exitCode: 4 as const,
      result: { ranks: 8 },
      diagnostics: [warning, error],
      report: "text",
    };
    expect(envelopeOf("run", outcome)).toEqual({
      schema: "linqu/run/1",
      status: "failed",
      exitCode: 4,
      result: { ranks: 8 },
      diagnostics: [warning, error],
      error,
    });
  });

  it("has no error when all is well", () => {
    const envelope = envelopeOf("list", { exitCode: 0, result: {}, diagnostics: [], report: null });
    expect(envelope).toMatchObject({ status: "ok", error: null });
  });
});

describe("failureOf", () => {
  it("says that the current folder is gone", () => {
    const cause = Object.assign(new Error("ENOENT: no such file or directory, uv_cwd"), {
      syscall: "uv_cwd",
    });
    expect(failureOf(cause)).toMatchObject({ exitCode: 3, diagnostics: [{ code: "LQ9001" }] });
  });

  it("keeps the exit code and the diagnostics of a LinquError", () => {
    vi.stubEnv("DEBUG", "");
    const outcome = failureOf(invalidInput({ code: "LQ5001", message: "unknown topology" }));
    expect(outcome).toMatchObject({
      exitCode: 3,
      result: null,
      diagnostics: [{ code: "LQ5001", detail: [] }],
    });
  });

  it("calls anything else a bug, without a stack trace", () => {
    vi.stubEnv("DEBUG", "");
    const outcome = failureOf(new TypeError("x is undefined"));
    expect(outcome.exitCode).toBe(1);
    expect(outcome.diagnostics[0]!.message).toBe("this is a bug in linqu: x is undefined");
    expect(outcome.diagnostics[0]!.detail).toEqual([]);
  });

  it("shows the stack and its causes when DEBUG asks", () => {
    vi.stubEnv("DEBUG", "1");
    const outcome = failureOf(new Error("outer", { cause: new RangeError("inner") }));
    const text = outcome.diagnostics[0]!.detail.join("\n");
    expect(text).toContain("Error: outer\n    at ");
    expect(text).toContain("caused by:\nRangeError: inner");
  });
});
