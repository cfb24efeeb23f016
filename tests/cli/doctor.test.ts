import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { envelope, linqu, temporaryFolder } from "./linqu.js";

interface Doctor {
  checks: { name: string; status: string; value: string; fix: string | null }[];
}

it("reports each check with its status, value and fix", async () => {
  const { schema, result } = envelope(await linqu(["doctor", "--json"]));
  expect(schema).toBe("linqu/doctor/1");
  const { checks } = result as Doctor;
  const names = ["Node.js", "cores", "memory", "temp folder", "compile cache", "python3", "g++", "git"];
  expect(checks.map((check) => check.name)).toEqual(names);
  expect(checks[0]).toEqual({ name: "Node.js", status: "ok", value: process.version, fix: null });
});

it("calls a tool that is not on the PATH optional", async () => {
  const PATH = join(temporaryFolder(), "empty");
  mkdirSync(PATH);
  const ended = await linqu(["doctor"], { env: { PATH } });
  expect(ended.exitCode).toBe(0);
  expect(ended.stdout).toMatch(/^warn {2}python3 +not found\n +optional: install python3/m);
});

it("fails without a temporary folder", async () => {
  const TMPDIR = join(temporaryFolder(), "missing");
  const ended = await linqu(["doctor", "--json"], { env: { TMPDIR } });
  expect(ended.exitCode).toBe(3);
  expect(envelope(ended).error).toMatchObject({
    code: "LQ0020",
    hint: expect.stringContaining("TMPDIR") as string,
  });
});
