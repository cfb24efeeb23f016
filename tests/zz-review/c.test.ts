import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "vitest";
import { runSession } from "../../src/session/run.js";
const folder = mkdtempSync(join(tmpdir(), "rev"));
process.env["XDG_CACHE_HOME"] = join(folder, "cache");
const D = { bench: null, kernel: null, set: [], device: "all", bytes: 4096, dtype: "f32", algorithm: null, verify: false, data: "±1", seed: 1, dump: null, inject: null, force: false, trace: null } as const;
const fab = (swap: boolean) => `import { defineComponents } from "linqu/dsl";
export default defineComponents({ fabrics: { mine: (topology, graph) => {
  const link = { bandwidthGBps: 64, lengthUm: 1000 };
  const router = graph.addNode("router", 0, "r");
  const far = graph.addNode("router", 0, "far");
  const farther = graph.addNode("router", 0, "farther");
  graph.join(router, far, link); graph.join(far, farther, link);
  const pes = [0, 1].map((i) => graph.addNode("pe", 0, "pe" + i));
  const hbm = [0, 1].map((i) => graph.addNode("hbm_ctrl", 0, "hbm" + i));
  const sram = graph.addNode("sram", 0, "sram");
  const mCpu = graph.addNode("m_cpu", 0, "m_cpu");
  const noc = graph.addNode("io_noc", -1, "noc");
  const ioCpu = graph.addNode("io_cpu", -1, "io_cpu");
  const pcie = graph.addNode("pcie_ep", -1, "pcie");
  for (const node of [...pes, sram, mCpu, noc]) graph.join(node, router, link);
  graph.join(hbm[${swap ? 1 : 0}], router, link);
  graph.join(hbm[${swap ? 0 : 1}], farther, link);
  for (const node of [ioCpu, pcie]) graph.join(node, noc, link);
  return { cubes: [{ pes, hbm, sram, mCpu }], ioCpu, pcie };
} } });`;
it("E2", async () => {
  const kernel = join(folder, "k.ts");
  writeFileSync(kernel, `import { defineKernel, input, output, tl, type Ptr } from "linqu/dsl";
export const k = defineKernel({ name: "k", args: () => [input("x","f32",[4096]), output("y","f32",[4096])] }, (x: Ptr, y: Ptr) => {
  tl.store(y, tl.load(x, [4096]));
});`);
  for (const swap of [false, true]) {
    writeFileSync(join(folder, `f${swap}.ts`), fab(swap));
    writeFileSync(join(folder, `f${swap}.yaml`), `extends: cube\ncomponents: ./f${swap}.ts\ncounts: { pesPerCube: 2 }\nfabric: { kind: mine }\n`);
    for (const set of [[], ["fabric.bufferFlits=64"]]) {
      try {
        const out = await runSession({ ...D, kernel, topology: join(folder, `f${swap}.yaml`), set }, {});
        console.log("E2", swap, set, out.exitCode, out.result?.collectiveNs, out.result?.simulatedNs, JSON.stringify(out.diagnostics).slice(0, 300));
      } catch (e) { console.log("E2", swap, String(e), (e as Error).stack?.slice(0, 500)); }
    }
  }
});
