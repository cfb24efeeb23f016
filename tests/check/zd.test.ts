import { it, vi } from "vitest";
vi.mock("../../src/session/replay.js", async () => {
  const { prepareJudge, replayAndJudge } = await import("../../src/data/judge.js");
  const { loadBundle } = await import("../../src/compiler/load.js");
  const { hostOnlyOps } = await import("../../src/session/host-only-ops.js");
  return {
    ReplayThread: class {
      constructor(readonly input: any) {}
      async finish(log: any) {
        const d = loadBundle(this.input.bundle, hostOnlyOps)[this.input.kernelExport] as any;
        return replayAndJudge(prepareJudge(this.input.request, d.options.expect ?? null), log, () => {});
      }
      async cancel() {}
    },
  };
});
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync, appendFileSync } from "node:fs";
import { join } from "node:path";
import { seededFaults } from "./faults/seeded.js";
import { mutate } from "./faults/mutator.js";
import { reportOf } from "./faults/checked.js";
import { ownCache, run } from "../session/harness.js";
import { compileKernel } from "../../src/compiler/compile.js";
const cache = ownCache();
const LOG = "/tmp/h/faults-diff.txt";
it("t", async () => {
  const dir = join(cache.path, "m");
  mkdirSync(join(dir, "lib"), { recursive: true });
  for (const name of readdirSync("kernels/lib"))
    copyFileSync(join("kernels/lib", name), join(dir, "lib", name));
  const originals: string[] = [];
  for (const n of readdirSync("kernels"))
    if (n.endsWith(".ts") && n !== "two-level.ts") originals.push(readFileSync(`kernels/${n}`, "utf8"));
  const C = "tests/check/faults/correct/fixtures";
  for (const n of readdirSync(C)) originals.push(readFileSync(`${C}/${n}`, "utf8"));
  const [from, to] = process.env.RANGE!.split("-").map(Number);
  for (let i = from!; i < to!; i++) {
    const m = process.env.PLAIN
      ? { source: originals[i]!, edits: ["none"] }
      : mutate(originals[i % originals.length]!, i);
    const file = join(dir, `m${i}.ts`);
    writeFileSync(file, m.source);
    let bundle;
    try {
      bundle = await compileKernel(file);
    } catch {
      continue;
    }
    for (const manifest of bundle.manifest.kernels)
      for (const w of [2, 3, 4]) {
        const show = (ds: readonly any[]) =>
          ds
            .filter((d) => d.severity !== "info")
            .map((d) => `${d.code}:${d.at?.line ?? "-"} ${d.message.slice(0, 110)}`)
            .join("; ");
        let a: string;
        let b: string;
        const set = ["limits.stepBudget=20000"];
        try {
          const f = reportOf(bundle, manifest, { world: w, set, maxOperations: 100000 });
          a = f === null ? "n/a" : show(f.findings);
        } catch (e) {
          a = (e as any).diagnostics ? show((e as any).diagnostics) : "CRASH " + (e as Error).stack;
        }
        const opts = {
          bench: null as never,
          kernel: `${file}#${manifest.export}`,
          topology: "cube",
          device: `cube:0/pe:0-${w - 1}`,
          set: [...set, "limits.maxEvents=300000"],
          verify: true,
          data: "normal" as const,
        };
        const go = async (o: any) => {
          const r = await run(o);
          return r.diagnostics[0]?.code === "LQ3003" ? "n/a" : show(r.diagnostics);
        };
        try {
          b = await go(opts);
        } catch (e) {
          if ((e as any).diagnostics?.[0]?.code === "LQ9107") {
            try {
              b = await go({ ...opts, verify: false });
            } catch (e) {
              b = (e as any).diagnostics ? show((e as any).diagnostics) : "CRASH " + (e as Error).stack;
            }
          } else b = (e as any).diagnostics ? show((e as any).diagnostics) : "CRASH " + (e as Error).stack;
        }
        const ca = [...new Set(a.match(/LQ\d{4}|CRASH|n\/a/g) ?? ["-"])].sort().join();
        const cb = [...new Set(b.match(/LQ\d{4}|CRASH|n\/a/g) ?? ["-"])].sort().join();
        appendFileSync(
          LOG,
          `${ca === cb ? "same" : "DIFF"} ${i}${manifest.export}@${w} [${ca} | ${cb}] ${m.edits.join(",")}${ca === cb ? "" : `\n    check: ${a}\n    machine: ${b}`}\n`,
        );
      }
  }
}, 6000000);
