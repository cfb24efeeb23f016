import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, vi } from "vitest";
vi.mock("../../src/session/replay.js", () => import("../kernels/replay-here.js"));
import { runSession } from "../../src/session/run.js";
const folder = mkdtempSync(join(tmpdir(), "rev"));
process.env["XDG_CACHE_HOME"] = join(folder, "cache");
const D = { bench: null, kernel: null, set: [] as string[], device: "all", bytes: 4096, dtype: "f32", algorithm: null, verify: true, data: "±1", seed: 1, dump: null, inject: null, force: false, trace: null } as const;
const go = async (o: Record<string, unknown>) => {
  const label = Object.values(o).join(" ");
  try {
    const out = await runSession({ ...D, ...o } as never, {});
    const bad = out.exitCode !== 0 || out.result === null || out.result.verify.status !== "pass";
    if (bad) console.log("BAD", label, out.exitCode, out.result?.verify?.status, JSON.stringify(out.diagnostics.map((d) => [d.code, d.message])).slice(0, 300));
  } catch (e) {
    const x = e as { diagnostics?: { code: string; message: string }[] };
    console.log("THROW", label, x.diagnostics ? JSON.stringify(x.diagnostics.map((d) => [d.code, d.message])).slice(0, 300) : (e as Error).stack?.slice(0, 400));
  }
};
it("kernels", async () => {
  let n = 0;
  const K = ["allreduce", "binomial-tree", "centre-root", "corner-root", "halving-doubling", "ring-allreduce", "two-level", "vector-add-sharded#vectorAddOwn", "vector-add-sharded#vectorAddNeighbour", "gemm#gemmRefs", "gemm#gemmLoadRef"];
  const machines: [string, string, string[]][] = [
    ["host", "sip:0-1/cube:0-2,5/pe:0-2", []],
    ["kernbench-6sip", "cube:0,1,4,5/pe:0", ["sips.wiring=mesh_2d_no_wrap", "ipcq.slots=1"]],
    ["kernbench-6sip", "sip:0-2,5/cube:3,9/pe:1,4", ["sips.wiring=torus_2d", "ipcq.slotMemory=hbm", "fabric.bufferFlits=4"]],
    ["ring", "all", ["counts.pesPerCube=6", "ipcq.backPressure=poll"]],
    ["ring", "all", ["counts.pesPerCube=2", "fabric.kind=crossbar"]],
    ["pod", "host:1,3/sip:1/cube:0/pe:0,7", ["ipcq.slotBytes=256"]],
    ["pe", "all", []],
  ];
  for (const [topology, device, set] of machines)
    for (const k of K) {
      const [file, exp] = k.split("#");
      for (const [bytes, dtype] of [[4, "f32"], [260, "f16"], [33332, "f32"]] as const) {
        n++;
        await go({ kernel: `kernels/${file}.ts${exp ? `#${exp}` : ""}`, topology, device, set, bytes, dtype });
      }
    }
  console.log("runs", n);
}, 500_000);
