import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runSession } from "../../src/session/run.js";
import { RUN_DEFAULTS } from "./harness.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "linqu ways "));
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two PEs at one router; the slice of one is beside it, that of the other two routers away. */
const fabric = (near: 0 | 1) => `
import { defineComponents } from "linqu/dsl";
export default defineComponents({ fabrics: { uneven: (topology, graph) => {
  const link = { bandwidthGBps: 64, lengthUm: 1000 };
  const routers = [0, 1, 2].map((i) => graph.addNode("router", 0, "r" + i));
  graph.join(routers[0], routers[1], link);
  graph.join(routers[1], routers[2], link);
  const pes = [0, 1].map((i) => graph.addNode("pe", 0, "pe" + i));
  const hbm = [0, 1].map((i) => graph.addNode("hbm_ctrl", 0, "hbm" + i));
  const sram = graph.addNode("sram", 0, "sram");
  const mCpu = graph.addNode("m_cpu", 0, "m_cpu");
  const noc = graph.addNode("io_noc", -1, "noc");
  const ioCpu = graph.addNode("io_cpu", -1, "io_cpu");
  const pcie = graph.addNode("pcie_ep", -1, "pcie");
  for (const node of [...pes, sram, mCpu, noc]) graph.join(node, routers[0], link);
  graph.join(hbm[${near}], routers[0], link);
  graph.join(hbm[${1 - near}], routers[2], link);
  for (const node of [ioCpu, pcie]) graph.join(node, noc, link);
  return { cubes: [{ pes, hbm, sram, mCpu }], ioCpu, pcie };
} } });`;

const KERNEL = `
import { defineKernel, input, output, tl, type Ptr } from "linqu/dsl";
export const copy = defineKernel(
  { name: "copy", args: () => [input("x", "f32", [4096]), output("y", "f32", [4096])] },
  (x: Ptr, y: Ptr) => tl.store(y, tl.load(x, [4096])),
);`;

async function collectiveNs(near: 0 | 1, set: string[]): Promise<number> {
  const topology = join(folder, `uneven${near}.yaml`);
  writeFileSync(join(folder, "copy.ts"), KERNEL);
  writeFileSync(join(folder, `uneven${near}.ts`), fabric(near));
  writeFileSync(
    topology,
    `extends: cube\ncomponents: ./uneven${near}.ts\ncounts: { pesPerCube: 2 }\nfabric: { kind: uneven }\n`,
  );
  const outcome = await runSession(
    { ...RUN_DEFAULTS, bench: null, kernel: join(folder, "copy.ts"), topology, set },
    {},
  );
  return outcome.result!.collectiveNs;
}

it("PEs of a user's fabric may be unequally far from their slices", async () => {
  const times = [await collectiveNs(0, []), await collectiveNs(1, [])];
  // Which of the two is far makes no difference, and neither does a bound on buffers that is never reached.
  expect(times[0]).toBe(times[1]);
  expect(await collectiveNs(0, ["fabric.bufferFlits=100000"])).toBeCloseTo(times[0]!, 3);
  // 16 KiB there and back over 64 GB/s.
  expect(times[0]).toBeGreaterThan((2 * 16384) / 64);
});
