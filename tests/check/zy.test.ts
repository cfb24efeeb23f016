import { it } from "vitest";
import { seededFaults } from "./faults/seeded.js";
import { compileKernel } from "../../src/compiler/compile.js";
it("t", async () => {
  for (let r = 0; r < 3; r++) {
    const t = performance.now(); let n = 0;
    for (const f of seededFaults().slice(11)) { await compileKernel(f.path, { cache: false }); n++; }
    console.log(n, (performance.now() - t) / n);
  }
}, 600000);
