/** The reference pages against the source: neither may know more than the other. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rtOps } from "../../dsl/ops.js";
import { ExitCode } from "../../src/base/diagnostics.js";
import Compile from "../../src/commands/compile.js";
import Profile from "../../src/commands/profile.js";
import Run from "../../src/commands/run.js";
import { loadTopology, presetNames } from "../../src/topology/load.js";
import { peCount } from "../../src/topology/machine-size.js";
import { topologyFields } from "../../src/topology/schema.js";
import { WAIT_CAUSES } from "../../src/record/run-record.js";
import { pagePaths, readPage } from "./pages.js";

/** Rows of all tables of a page, as lists of cells. */
function tableRows(page: string): string[][] {
  return page
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll("\\|", "|")));
}

function section(page: string, heading: string): string {
  return page.split(/^(?=## )/m).find((part) => part.startsWith(`## ${heading}\n`)) ?? "";
}

function sourceText(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
}

it("diagnostics.md has exactly the codes of the source, each once and in order", () => {
  const codes = [...new Set(sourceText("src").match(/\bLQ\d{4}\b/g))].sort();
  const rows = tableRows(readPage("docs/reference/diagnostics.md"));
  expect(rows.map(([code]) => code!.replaceAll("`", "")).filter((code) => code.startsWith("LQ"))).toEqual(
    codes,
  );
});

it("no page names a code that does not exist", () => {
  const known = new Set(sourceText("src").match(/\bLQ\d{4}\b/g));
  for (const path of pagePaths()) {
    const unknown = (readPage(path).match(/\bLQ\d{4}\b/g) ?? []).filter((code) => !known.has(code));
    expect({ path, unknown }).toEqual({ path, unknown: [] });
  }
});

it("exit-codes.md has every exit code", () => {
  const codes = tableRows(readPage("docs/reference/exit-codes.md")).map(([code]) => Number(code));
  expect(codes.filter((code) => !Number.isNaN(code))).toEqual(Object.values(ExitCode));
});

describe("topology.md", () => {
  const page = readPage("docs/reference/topology.md");

  it("has every value of the schema with its default, meaning and range", () => {
    const host = loadTopology("host", []);
    const expected = [...topologyFields].map(([path, field]) => {
      const value = path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], host);
      const reading = field.read({ "not a value": true });
      const accepts = reading.ok ? "" : reading.expected.replace(", such as 4096 or 4KiB", "");
      const shown = typeof value === "object" ? JSON.stringify(value) : String(value);
      return [`\`${path}\``, `\`${shown}\``, field.doc, accepts];
    });
    expect(
      tableRows(section(page, "Values"))
        .slice(1)
        .filter(([path]) => path !== "---"),
    ).toEqual(expected);
  });

  it("has every preset with its description and number of ranks", () => {
    const expected = presetNames().map((name) => {
      const topology = loadTopology(name, []);
      return [`\`${name}\``, topology.description, peCount(topology).toLocaleString("en-US")];
    });
    expect(tableRows(section(page, "Presets")).slice(1)).toEqual(expected);
  });
});

describe("cli.md", () => {
  const page = readPage("docs/reference/cli.md");
  const flagsOf = (text: string): string[] =>
    tableRows(text)
      .map(([cell]) => /^`--([a-z-]+)/.exec(cell!)?.[1])
      .filter((name) => name !== undefined)
      .sort();
  const own = (flags: object): string[] => Object.keys(flags).sort();

  it("has every flag of run and compile", () => {
    expect(flagsOf(section(page, "linqu run"))).toEqual(own({ ...Run.flags, json: true }));
    expect(flagsOf(section(page, "linqu compile"))).toEqual(own({ ...Compile.flags, json: true }));
  });

  it("has the flags that profile adds", () => {
    const added = own(Profile.flags).filter((name) => !(name in Run.flags) && name !== "json");
    expect(flagsOf(section(page, "linqu profile"))).toEqual(added);
  });

  it("states the defaults", () => {
    const rows = [...tableRows(section(page, "linqu run")), ...tableRows(section(page, "linqu profile"))];
    for (const [name, flag] of Object.entries(Profile.flags)) {
      if (!("default" in flag) || typeof flag.default !== "string") continue;
      const row = rows.find(([cell]) => new RegExp(`^\`--${name}[ \`]`).test(cell!));
      expect({ name, default: row?.[1] }).toEqual({ name, default: `\`${flag.default}\`` });
    }
  });

  it("has a section for every command", () => {
    const commands = readdirSync("src/commands").map((name) => name.replace(/\.ts$/, ""));
    for (const command of commands) expect(section(page, `linqu ${command}`)).not.toBe("");
  });
});

it("json.md has every cause of waiting", () => {
  for (const cause of WAIT_CAUSES) expect(readPage("docs/reference/json.md")).toContain(`\`${cause}\``);
});

it("json.md names every field of the result of a run", () => {
  const page = readPage("docs/reference/json.md");
  const declared = readFileSync("src/session/result.ts", "utf8");
  const [, fields] = /export interface RunResult \{([\s\S]*?)\n\}/.exec(declared)!;
  const names = [...fields!.matchAll(/^  (\w+):/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(20);
  const missing = names.filter((name) => !new RegExp(`^\\|.*\`${name}[\`.[]`, "m").test(page));
  expect(missing).toEqual([]);
});

it("the guide to orchestrations has a section for every operation", () => {
  const page = readPage("docs/guide/orchestrations.md");
  const headings = [...page.matchAll(/^#### rt\.(\w+)\(/gm)].map(([, name]) => name!);
  expect(headings.sort()).toEqual(Object.keys(rtOps).sort());
});
