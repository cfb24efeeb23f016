import { it } from "vitest";
import { globSync } from "node:fs";
import { execSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { compileKernel } from "/work/main/src/compiler/compile.js";
it("sweep", async () => {
  const files = execSync("ls kernels/*.ts tests/*/fixtures/*.ts tests/perf/*/*.ts tests/compiler/fixtures/good/*.ts 2>/dev/null || true", { encoding: "utf8" }).trim().split("\n");
  const out: string[] = [];
  for (const f of files) {
    try { const t0 = performance.now(); const b = await compileKernel(f, { cache: false }); out.push(`${f} ok ${Math.round(performance.now()-t0)}ms ${b.warnings.map(w => w.code + ":" + w.at?.line + " " + w.message)}`); }
    catch (e) { out.push(`${f} ${(e as any).diagnostics ? (e as any).diagnostics.map((d: any) => `${d.code}:${d.at?.line}:${d.at?.column} ${d.message}`).join(" | ") : (e as Error).stack}`); }
  }
  writeFileSync("/tmp/cw/sweep.txt", out.join("\n"));
}, 300000);
