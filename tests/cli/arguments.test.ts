import { expect, it } from "vitest";
import { commandWords, wantsHelp, wantsJson } from "../../src/cli/arguments.js";

const IDS = ["run", "autocomplete", "autocomplete:script"];

it("finds --json anywhere before --", () => {
  expect(wantsJson(["run", "--topology", "pe", "--json"])).toBe(true);
  expect(wantsJson(["run", "--json=yes"])).toBe(true);
  expect(wantsJson(["run", "--", "--json"])).toBe(false);
  expect(wantsJson(["run", "--jsonl"])).toBe(false);
});

it("finds a call for help", () => {
  expect(wantsHelp(["run", "-h"])).toBe(true);
  expect(wantsHelp(["--help"])).toBe(true);
  expect(wantsHelp(["run", "--", "--help"])).toBe(false);
});

it.each([
  [["run", "extra", "--json"], ["run"]],
  [
    ["autocomplete", "script", "bash"],
    ["autocomplete", "script"],
  ],
  [["autocomplete", "bash"], ["autocomplete"]],
  [["rnu"], []],
  [["--json", "run"], []],
  [[], []],
])("names the command of %j", (argv, words) => {
  expect(commandWords(argv, IDS)).toEqual(words);
});
