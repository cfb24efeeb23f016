import { expect, it } from "vitest";
import { diagnostic } from "../../src/base/diagnostics.js";
import { wireBytes } from "../../src/runtime/messages.js";

it("counts a 24-byte header and the payload", () => {
  const work = { inputBytesPerChip: 1, outputBytesPerChip: 1 };
  expect(wireBytes({ kind: "REGISTER", hash: "sha256-x", codeBytes: 5000 })).toBe(24 + 32 + 4 + 5000);
  expect(wireBytes({ kind: "REGISTERED", hash: "sha256-x", callable: 1 })).toBe(24 + 32 + 4);
  expect(wireBytes({ kind: "CALL_TASK", callable: 1, token: 1, submittedPs: 0, work })).toBe(24 + 32);
  expect(wireBytes({ kind: "TASK_COMPLETE", token: 1, failure: null })).toBe(24 + 12);
});

it("counts an error's text in UTF-8", () => {
  const bytes = (message: string): number => {
    const failure = { path: "host0", diagnostic: diagnostic({ code: "LQ6001", message }) };
    return wireBytes({ kind: "TASK_COMPLETE", token: 1, failure });
  };
  expect(bytes("ü") - bytes("u")).toBe(1);
});
