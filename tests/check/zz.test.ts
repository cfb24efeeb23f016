import { it, vi } from "vitest";
vi.mock("../../src/session/replay.js", async () => {
  const { prepareJudge, replayAndJudge } = await import("../../src/data/judge.js");
  const { loadBundle } = await import("../../src/compiler/load.js");
  const { hostOnlyOps } = await import("../../src/session/host-only-ops.js");
  return { ReplayThread: class {
    constructor(readonly input: any) {}
    async finish(log: any) { const d = loadBundle(this.input.bundle, hostOnlyOps)[this.input.kernelExport] as any;
      return replayAndJudge(prepareJudge(this.input.request, d.options.expect ?? null), log, () => {}); }
    async cancel() {}
  } };
});
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededFaults } from "./faults/seeded.js";
import { ownCache, run } from "../session/harness.js";
import { compileKernel } from "../../src/compiler/compile.js";
const cache = ownCache();
it("t", async () => {
  for (const f of seededFaults()) {
    if (process.env.ONLY && !f.name.startsWith(process.env.ONLY)) continue;
    const dir = join(cache.path, "fix"); mkdirSync(dir, { recursive: true });
    const twin = join(dir, f.name + ".ts");
    writeFileSync(twin, f.corrected);
    for (const [kind, path] of [["fault", f.path], ["twin", twin]] as const) {
      const out: string[] = [];
      for (const w of f.worlds) {
        let r: string;
        const show = (ds: readonly any[]) => ds.map((d) => `${d.code} ${d.at?.line ?? "-"} [${d.related.map((x: any) => x.at.line)}] ${d.severity==='error'?'':d.severity}` + (kind === "twin" || process.env.ONLY ? " " + d.message : "")).join("; ");
        const opts = { bench: null as never, kernel: path, topology: "cube", device: `cube:0/pe:0-${w - 1}`, set: f.set, verify: true, force: true };
        try { r = show((await run(opts)).diagnostics); }
        catch (e) {
          if ((e as any).diagnostics?.[0]?.code === "LQ9107") { try { r = show((await run({ ...opts, verify: false })).diagnostics); } catch (e) { r = "THROW " + ((e as any).diagnostics ? show((e as any).diagnostics) : (e as Error).stack); } }
          else r = "THROW " + ((e as any).diagnostics ? show((e as any).diagnostics) : (e as Error).stack); }
        out.push(`${w}: ${r}`);
      }
      const same = kind === "twin" && out.every((l) => /^\d+: $/.test(l));
      console.log(f.name, kind, kind === "fault" ? JSON.stringify(f.fault) + f.related + " failing " + f.failing : "", same ? "clean" : "\n   " + out.join("\n   "));
    }
  }
}, 600000);
