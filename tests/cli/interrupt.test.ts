import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeFileAtomic } from "../../src/base/files.js";
import { discardTemporaries } from "../../src/cli/interrupt.js";

it("finds the temporary file of an unfinished write by its name, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "linqu-interrupt-"));
  try {
    writeFileSync(join(folder, "kept.json"), "");
    writeFileSync(join(folder, ".other.json.1.tmp"), "");
    const seen: string[][] = [];
    const chunks = function* (): Iterable<string> {
      yield "first";
      seen.push(readdirSync(folder).sort());
      discardTemporaries(folder);
      seen.push(readdirSync(folder).sort());
    };
    expect(() => writeFileAtomic(join(folder, "run.json"), chunks())).toThrow("cannot write");
    expect(seen[0]).toHaveLength(3);
    expect(seen[1]).toEqual([".other.json.1.tmp", "kept.json"]);
    discardTemporaries(join(folder, "never-made"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
