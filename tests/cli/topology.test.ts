/** The `topology` commands as a user types them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { envelope, linqu, temporaryFolder } from "./linqu.js";

describe("linqu topology", () => {
  it("alone shows its commands", async () => {
    const { exitCode, stdout } = await linqu(["topology"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/topology check[\s\S]*topology show/);
    expect((await linqu(["help", "topology"])).stdout).toBe(stdout);
  });

  it("suggests the command that is meant", async () => {
    const { exitCode, stderr } = await linqu(["topology", "shwo"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('unknown command "topology shwo"');
    expect(stderr).toContain('did you mean "topology show"?');
  });

  it("shows errors of a file with their lines, and as JSON", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "bad.yaml"), "extends: host\npe: { hbm: { channels: 6 } }\n");
    const text = await linqu(["topology", "check", "bad.yaml"], { cwd });
    expect([text.exitCode, text.stdout]).toEqual([3, ""]);
    expect(text.stderr).toContain("--> bad.yaml:2:24");
    const json = await linqu(["topology", "check", "bad.yaml", "--json"], { cwd });
    expect(json.exitCode).toBe(3);
    expect(envelope(json)).toMatchObject({
      schema: "linqu/topology-check/1",
      result: null,
      error: { code: "LQ5009", at: { line: 2, column: 24 } },
    });
  });

  it("refuses a view that does not exist", async () => {
    const { exitCode, stderr } = await linqu(["topology", "show", "host", "--view", "cubes"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean "cube"?');
  });
});
