import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { linqu, temporaryFolder } from "./linqu.js";

it("builds completion for the commands and their flags, without a network", async () => {
  const cache = temporaryFolder();
  const ended = await linqu(["autocomplete", "bash"], { env: { XDG_CACHE_HOME: cache } });
  expect(ended.exitCode).toBe(0);
  expect(ended.stdout).toContain("linqu autocomplete script bash");
  const script = readFileSync(join(cache, "linqu/autocomplete/functions/bash/linqu.bash"), "utf8");
  expect(script).toMatch(/^run .*--topology.*--verify-data/m);
  expect(script).toMatch(/^profile .*--trace/m);
});
