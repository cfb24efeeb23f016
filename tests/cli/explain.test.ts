import { Config } from "@oclif/core";
import { Chalk } from "chalk";
import { beforeAll, describe, expect, it } from "vitest";
import { LinquError, diagnostic } from "../../src/base/diagnostics.js";
import { AREAS, explainedCodes } from "../../src/cli/diagnostic-page.js";
import type { DiagnosticPage } from "../../src/cli/diagnostic-page.js";
import type { CommandOutcome } from "../../src/cli/outcome.js";
import { renderPage } from "../../src/cli/page-view.js";
import { renderPointer } from "../../src/cli/render.js";
import Explain from "../../src/commands/explain.js";
import { envelope, linqu, temporaryFolder } from "./linqu.js";

const plain = new Chalk({ level: 0 });
const coloured = new Chalk({ level: 1 });

let config: Config;
beforeAll(async () => void (config = await Config.load({ root: process.cwd() })));

const explain = async (...argv: string[]): Promise<CommandOutcome> => Explain.run(argv, config);

async function refusal(code: string): Promise<LinquError> {
  const error: unknown = await explain(code).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LinquError);
  return error as LinquError;
}

describe("linqu explain CODE", () => {
  it("prints the page: meaning, wrong example with its message, right example", async () => {
    const { exitCode, report } = await explain("LQ1301");
    expect(exitCode).toBe(0);
    const order = [
      "LQ1301: a tile as a condition",
      "\nWrong\n",
      "    error LQ1301  ",
      "\nRight\n",
      "tl.store(y, tl.where(",
    ];
    const places = order.map((text) => report!.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(report).not.toContain("```");
  });

  it.each(["lq1301", "1301", " LQ1301 "])("takes %j for LQ1301", async (typed) => {
    expect(await explain(typed)).toEqual(await explain("LQ1301"));
  });

  it("has the parts of the page as data", async () => {
    const { code, title, meaning, wrong, right, page } = (await explain("LQ1301")).result as DiagnosticPage;
    expect({ code, title }).toEqual({ code: "LQ1301", title: "a tile as a condition" });
    expect(meaning).not.toContain("#");
    expect(wrong).toMatch(/^```ts\n[\s\S]*if \(t > 0\)[\s\S]*```text\nerror LQ1301 /);
    expect(right).toMatch(/^```ts\n/);
    for (const part of [title, meaning, wrong!, right!]) expect(page).toContain(part);
  });

  it("has no examples where no input shows the code", async () => {
    expect((await explain("LQ0900")).result).toMatchObject({ wrong: null, right: null });
  });

  it.each([
    ["LQ1391", "LQ1301"],
    ["LQ31011", "LQ3101"],
    ["deadlock", null],
    ["", null],
  ])("refuses %j and names the nearest code", async (typed, near) => {
    const { exitCode, diagnostics } = await refusal(typed);
    expect([exitCode, diagnostics.map(({ code }) => code)]).toEqual([2, ["LQ0015"]]);
    expect(diagnostics[0]!.message).toContain(JSON.stringify(typed));
    expect(diagnostics[0]!.hint).toContain(near === null ? "lists the areas" : `did you mean ${near}`);
  });
});

describe("the index", () => {
  it("without an argument counts the codes of every area", async () => {
    const { result, report } = await explain();
    const { areas } = result as { areas: { area: string; title: string; codes: number }[] };
    expect(areas.map(({ area, title }) => [area, title])).toEqual(
      Object.entries(AREAS).map(([digit, title]) => [`LQ${digit}`, title]),
    );
    expect(areas.reduce((sum, { codes }) => sum + codes, 0)).toBe(explainedCodes().length);
    expect(areas.every(({ codes }) => codes > 5)).toBe(true);
    for (const { area, codes } of areas) expect(report).toMatch(new RegExp(`${area} .* ${codes} codes`));
  });

  it.each(["LQ7", "lq7", "7"])("with %s lists the codes of an area", async (typed) => {
    const { result, report } = await explain(typed);
    const { area, codes } = result as { area: string; codes: { code: string; title: string }[] };
    expect(area).toBe("LQ7");
    expect(codes.map(({ code }) => code)).toEqual(explainedCodes().filter((code) => /^LQ7/.test(code)));
    expect(codes).toContainEqual({ code: "LQ7012", title: "two orchestrations for one level" });
    expect(report!.split("\n")).toHaveLength(1 + codes.length);
  });
});

describe("a page on a terminal", () => {
  const PAGE = [
    "# LQ0000: a title",
    "",
    "Words `with code` and **weight** that go on and on until they need",
    "another line ([see](../guide/kernels.md#rules)).",
    "",
    "## Wrong",
    "",
    "```ts",
    "if (a) {",
    "",
    "  # `b`",
    "}",
    "```",
    "",
    "- [one](LQ1301.md): first",
    "- two",
  ].join("\n");

  it("wraps prose, indents code and leaves it as it is", () => {
    expect(renderPage(PAGE, 40, plain).split("\n")).toEqual([
      "LQ0000: a title",
      "",
      "Words with code and weight that go on",
      "and on until they need another line (see",
      "(docs/guide/kernels.md)).",
      "",
      "Wrong",
      "",
      "    if (a) {",
      "",
      "      # `b`",
      "    }",
      "",
      "- one: first",
      "- two",
    ]);
  });

  it("colours headings and code words, and nothing else changes", () => {
    const text = renderPage(PAGE, 40, coloured);
    expect(text).toContain("\u001b[1mLQ0000: a title\u001b[22m");
    expect(text).toContain("\u001b[36mwith\u001b[39m \u001b[36mcode\u001b[39m");
    expect(text.replace(/\u001b\[\d+m/g, "")).toBe(renderPage(PAGE, 40, plain));
  });
});

describe("the line below errors", () => {
  const problem = (code: `LQ${string}`, severity: "error" | "warning") =>
    diagnostic({ code, severity, message: "m" });

  it("names the first error, once", () => {
    const problems = [problem("LQ3202", "warning"), problem("LQ1301", "error"), problem("LQ1302", "error")];
    expect(renderPointer(problems, plain)).toBe("linqu explain LQ1301 says more");
    expect(renderPointer(problems, coloured)).toMatch(/^\u001b\[2m.*\u001b\[22m$/);
  });

  it("is left out for warnings and for the command line's own mistakes", () => {
    expect(renderPointer([problem("LQ3202", "warning")], plain)).toBeNull();
    expect(renderPointer([problem("LQ0002", "error")], plain)).toBeNull();
    expect(renderPointer([], plain)).toBeNull();
  });
});

it("works from any folder, through the built command line", async () => {
  const cwd = temporaryFolder();
  const [json, text, wrong] = await Promise.all([
    linqu(["explain", "3101", "--json"], { cwd }),
    linqu(["explain", "3101"], { cwd }),
    linqu(["run", "--kernel", "gone.ts"], { cwd }),
  ]);
  expect(envelope(json)).toMatchObject({ schema: "linqu/explain/1", result: { code: "LQ3101" } });
  expect(text).toMatchObject({ exitCode: 0, stderr: "" });
  expect(text.stdout.startsWith("LQ3101: deadlock\n")).toBe(true);
  expect(text.stdout).not.toContain("\u001b");
  expect(text.stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
  // Off a terminal nothing is added to an error.
  expect(wrong.stderr).not.toContain("linqu explain");
});
