/** Every diagnostics page is true: its wrong example gives its code and no other, its right one gives none. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Chalk } from "chalk";
import { describe, expect, it, vi } from "vitest";
import { AREAS, explainedCodes, readDiagnosticPage } from "../../src/cli/diagnostic-page.js";
import { renderPage } from "../../src/cli/page-view.js";
import type { Task } from "../../src/cli/worker-task.js";
import { exampleOf, prepareExamples, readsLike, tryExample } from "./examples.js";
import { readPage } from "./pages.js";

/** Commands do their work on this thread instead of a worker, which could not load TypeScript. */
vi.mock("../../src/cli/worker-task.js", () => ({
  runTask: async (task: string, input: unknown) => {
    const module = (await import(`../../src/cli/tasks/${task}.ts`)) as { default: Task<unknown, unknown> };
    return module.default(input, {});
  },
}));
vi.mock("../../src/session/replay.js", () => import("../kernels/replay-here.js"));
prepareExamples();

const PAGES = explainedCodes().map((code) => ({ code, page: readDiagnosticPage(code) }));
const INDEX = readPage("docs/reference/diagnostics.md");

function codesOfSource(): string[] {
  const text = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join("src", name), "utf8"));
  return [...new Set(text.join("\n").match(/\bLQ\d{4}\b/g))].sort();
}

it("there is a page for every code of the source, and no other", () => {
  expect(explainedCodes()).toEqual(codesOfSource());
});

it("the index leads to every page and has the areas of explain", () => {
  const links = [...INDEX.matchAll(/^\| `(LQ\d{4})` \| \[.+\]\(\.\.\/diagnostics\/(LQ\d{4})\.md\) \|/gm)];
  expect(links.map(([, code]) => code)).toEqual(explainedCodes());
  expect(links.map(([, , page]) => page)).toEqual(explainedCodes());
  const headings = [...INDEX.matchAll(/^## LQ(\d): (.+)$/gm)].map(([, digit, title]) => [digit, title]);
  expect(headings).toEqual(Object.entries(AREAS));
});

describe.each(PAGES)("$code", ({ code, page }) => {
  const wrong = exampleOf(page.wrong, code);
  const right = exampleOf(page.right, code);

  it("has a title, a meaning, and either two examples or how it comes about", () => {
    expect(page.code).toBe(code);
    expect(page.title).not.toBe("");
    expect(page.meaning).not.toBe("");
    if (page.page.includes("\n## How it comes about\n"))
      expect([page.wrong, page.right]).toEqual([null, null]);
    else expect([wrong, right]).not.toContain(null);
  });

  it("fits into 80 columns", () => {
    const lines = renderPage(page.page, 80, new Chalk({ level: 0 })).split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  if (wrong !== null) {
    it(`gives this code only: linqu ${wrong.argv.join(" ")}`, async () => {
      const { diagnostics, exitCode } = await tryExample(wrong);
      expect([...new Set(diagnostics.map((entry) => entry.code))], JSON.stringify(diagnostics)).toEqual([
        code,
      ]);
      const isError = diagnostics.some(({ severity }) => severity === "error");
      expect(exitCode !== 0).toBe(isError);
      const { severity, message, hint } = diagnostics[0]!;
      const reads = wrong.shown !== null && readsLike(diagnostics[0]!, wrong.shown);
      expect(reads, `${wrong.shown}\nis not\n${severity} ${code} ${message} hint ${hint}`).toBe(true);
    });
  }

  if (right !== null) {
    it(`gives nothing: linqu ${right.argv.join(" ")}`, async () => {
      const { diagnostics, exitCode } = await tryExample(right);
      expect({ diagnostics, exitCode }).toEqual({ diagnostics: [], exitCode: 0 });
    });
  }
});
