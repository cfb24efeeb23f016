import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chalk } from "chalk";
import { afterAll, expect, it } from "vitest";
import { diagnostic } from "../../src/base/diagnostics.js";
import { renderDiagnostics } from "../../src/cli/render.js";

const plain = new Chalk({ level: 0 });
const folder = mkdtempSync(join(tmpdir(), "linqu-render-"));
afterAll(() => rmSync(folder, { recursive: true }));

function source(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

it("shows what, where with carets, why and what to do", () => {
  const file = source("kernel.ts", 'const a = 1;\nconst t = tl.recv("W", [n]);\n');
  const entry = diagnostic({
    code: "LQ3101",
    message: "every rank waits",
    at: { file, line: 2, column: 11, endColumn: 18 },
    detail: ["ranks 0-7 wait in recv"],
    related: [{ at: { file, line: 1, column: 7, endColumn: 8 }, message: "n comes from here" }],
    hint: "send before you receive",
  });
  expect(renderDiagnostics([entry], plain)).toBe(
    [
      "error LQ3101  every rank waits",
      `  --> ${file}:2:11`,
      '  2 │ const t = tl.recv("W", [n]);',
      "    │           ^^^^^^^",
      "  ranks 0-7 wait in recv",
      "  note n comes from here",
      `    --> ${file}:1:7`,
      "    1 │ const a = 1;",
      "      │       ^",
      "  hint send before you receive",
    ].join("\n"),
  );
});

it("keeps tabs under the line, so that the caret stands right", () => {
  const at = { file: source("tab.ts", "\tlet b = c;\n"), line: 1, column: 10, endColumn: 11 };
  const lines = renderDiagnostics([diagnostic({ code: "LQ1001", message: "m", at })], plain).split("\n");
  expect(lines[3]).toBe("    │ \t        ^");
});

it("cuts a very long line around the place", () => {
  const text = `${"x".repeat(5000)}HERE${"y".repeat(5000)}`;
  const at = { file: source("long.ts", text), line: 1, column: 5001, endColumn: 5005 };
  const [, , frame, carets] = renderDiagnostics(
    [diagnostic({ code: "LQ1001", message: "m", at })],
    plain,
  ).split("\n");
  expect(frame!.length).toBeLessThan(160);
  expect(carets!.indexOf("^^^^")).toBe(frame!.indexOf("HERE"));
});

it("shows the place alone when the file is gone or shorter", () => {
  const gone = { file: "no/such.ts", line: 3, column: 1, endColumn: 2 };
  const short = { file: source("short.ts", "one line\n"), line: 9, column: 1, endColumn: 2 };
  for (const at of [gone, short]) {
    const text = renderDiagnostics([diagnostic({ code: "LQ1001", message: "m", at })], plain);
    expect(text).toBe(`error LQ1001  m\n  --> ${at.file}:${at.line}:1`);
  }
});

it("puts errors first, shows twenty and counts them all", () => {
  const warning = diagnostic({ code: "LQ0000", severity: "warning", message: "careful" });
  const errors = Array.from({ length: 33 }, (_, i) => diagnostic({ code: "LQ1001", message: `wrong ${i}` }));
  const text = renderDiagnostics([warning, ...errors], plain);
  expect(text.startsWith("error LQ1001  wrong 0\n")).toBe(true);
  expect(text.match(/wrong \d+/g)).toHaveLength(20);
  expect(text).toContain("… and 14 more; --json lists all of them");
  expect(text.endsWith("33 errors, 1 warning")).toBe(true);
});

it("passes no control character on to the terminal", () => {
  const text = renderDiagnostics([diagnostic({ code: "LQ1001", message: "a\u001b[2Jb" })], plain);
  expect(text).toBe("error LQ1001  a\u{FFFD}[2Jb");
});

it("colours only when told to", () => {
  const entry = diagnostic({ code: "LQ1001", message: "m" });
  expect(renderDiagnostics([entry], new Chalk({ level: 1 }))).toContain("\u001b[31m");
  expect(renderDiagnostics([entry], plain)).not.toContain("\u001b");
});
