import { it } from "vitest";
import { readFileSync, writeFileSync, mkdirSync, appendFileSync } from "node:fs";
import { execSync } from "node:child_process";
import { LinquError } from "../../src/base/diagnostics.js";
import { compileKernel } from "../../src/compiler/compile.js";
it("fuzz", async () => {
  let seed = 4242; const rnd = (n: number) => { seed = (seed * 1103515245 + 777) & 0x7fffffff; return seed % n; };
  const files = ["kernels/ring-allreduce.ts","kernels/flash-attention.ts","kernels/softmax.ts","kernels/layer-norm.ts","kernels/gemm.ts","kernels/vector-add.ts"];
  mkdirSync("/tmp/cw/f/lib", { recursive: true });
  writeFileSync("/tmp/cw/fuzz.txt", "");
  const tally: Record<string, number> = {};
  for (let k = 0; k < 120; k++) {
    const src = readFileSync(files[rnd(files.length)]!, "utf8");
    const tokens = src.match(/\s+|[\w$]+|"[^"]*"|=>|[=!<>&|+*\-/%]=?=?|./gs)!;
    for (let m = 0; m < 1 + rnd(2); m++) {
      const i = rnd(tokens.length), j = rnd(tokens.length);
      const kind = rnd(5);
      if (kind === 0) tokens.splice(i, 1);
      else if (kind === 1) tokens.splice(i, 0, tokens[j]!);
      else if (kind === 2) { const t = tokens[i]!; tokens[i] = tokens[j]!; tokens[j] = t; }
      else if (kind === 3) tokens.splice(i, 1 + rnd(4));
      else tokens[i] = ["(", "}", "yield", "class", "0", "=>", "[", "`", "super", "this", "#x", "in", "?.", "await", "new", "@"][rnd(16)]!;
    }
    writeFileSync("/tmp/cw/f/kernel.ts", tokens.join(""));
    try { await compileKernel("/tmp/cw/f/kernel.ts", { cache: false }); tally.ok = (tally.ok ?? 0) + 1; }
    catch (e) { if (e instanceof LinquError) { for (const c of new Set(e.diagnostics.map(d => d.code))) tally[c] = (tally[c] ?? 0) + 1; } else { appendFileSync("/tmp/cw/fuzz.txt", `${k} ${(e as Error).stack?.slice(0, 700)}\n`); writeFileSync(`/tmp/cw/crash${k}.ts`, tokens.join("")); } }
  }
  appendFileSync("/tmp/cw/fuzz.txt", JSON.stringify(tally));
}, 600000);
