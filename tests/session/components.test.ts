import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import type { Diagnostic } from "../../src/base/diagnostics.js";
import { createKernelProgram } from "../../src/compiler/program.js";
import { chooseComponents } from "../../src/session/components.js";
import type { RunOptions } from "../../src/session/options.js";
import { runSession } from "../../src/session/run.js";
import { readTopology } from "../../src/topology/load.js";
import { Router } from "../../src/topology/routes.js";
import { readPage, stepsOf } from "../docs/pages.js";
import { RUN_DEFAULTS } from "./harness.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "linqu components "));
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
  for (const step of stepsOf(readPage("docs/guide/components.md")))
    if (step.kind === "file") write(step.name, step.text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const DEFAULTS: RunOptions = { ...RUN_DEFAULTS, bench: null };

const run = (options: Partial<RunOptions>) => runSession({ ...DEFAULTS, ...options }, {});

async function choose(topology: string, set: string[] = []) {
  return (await chooseComponents(readTopology(topology, set))).graph;
}

let count = 0;
/** What a module that holds `text` is refused with, when `cube` takes the fabric "mine" from it. */
async function refusalOf(text: string, extended = "cube"): Promise<Diagnostic> {
  const module = `module${count++}.ts`;
  write(module, `import { defineComponents } from "linqu/dsl";\n${text}\n`);
  const file = write(
    "mine.yaml",
    `extends: ${extended}\ncomponents: ./${module}\ncounts: { pesPerCube: 2 }\nfabric: { kind: mine }\n`,
  );
  return refused(choose(file));
}

async function refused(promise: Promise<unknown>): Promise<Diagnostic> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LinquError);
  expect((error as LinquError).exitCode).toBe(3);
  return (error as LinquError).diagnostics[0]!;
}

const fabric = (body: string) =>
  `export default defineComponents({ fabrics: { mine: (topology, graph) => { ${body} } } });`;

/** A whole cube of two PEs behind one router, without `left` when that is a link. */
const tiny = (left = "", result = "{ cubes: [{ pes, hbm, sram, mCpu }], ioCpu, pcie }") =>
  fabric(`
  const link = { bandwidthGBps: 64, lengthUm: 1000 };
  const router = graph.addNode("router", 0, "r");
  const pes = [0, 1].map((i) => graph.addNode("pe", 0, "pe" + i));
  const hbm = [0, 1].map((i) => graph.addNode("hbm_ctrl", 0, "hbm" + i));
  const sram = graph.addNode("sram", 0, "sram");
  const mCpu = graph.addNode("m_cpu", 0, "m_cpu");
  const noc = graph.addNode("io_noc", -1, "noc");
  const ioCpu = graph.addNode("io_cpu", -1, "io_cpu");
  const pcie = graph.addNode("pcie_ep", -1, "pcie");
  const named = { pe1: pes[1], hbm1: hbm[1], sram, mCpu, noc };
  for (const node of [...pes, ...hbm, sram, mCpu, noc]) {
    if (node === named["${left}"]) graph.addLink(node, router, link);
    else graph.join(node, router, link);
  }
  for (const node of [ioCpu, pcie]) graph.join(node, noc, link);
  return ${result};`);

describe("the guide's fabric", () => {
  const torus = () => join(folder, "torus.yaml");

  it("type-checks as a kernel does in an editor", () => {
    const program = createKernelProgram(join(folder, "torus.ts"));
    expect(program.typeErrors(program.entry).map(({ messageText }) => messageText)).toEqual([]);
  });

  it("closes its rows as a torus only", async () => {
    const hops = async (kind: string, from: number, to: number) => {
      const graph = await choose(torus(), [`fabric.kind=${kind}`]);
      const route = [...new Router(graph).route(graph.peNode(0, from), graph.peNode(0, to))];
      return route.filter((link) => graph.links[link]!.kind === "router").length;
    };
    expect([await hops("torus", 3, 4), await hops("mesh", 3, 4)]).toEqual([2, 4]);
    expect([await hops("torus", 0, 3), await hops("mesh", 0, 3)]).toEqual([1, 3]);
    expect([await hops("torus", 1, 6), await hops("mesh", 1, 6)]).toEqual([2, 2]);
  });

  const collectiveNs = async (kind: string, program: Partial<RunOptions>) => {
    const { exitCode, result } = await run({ topology: torus(), set: [`fabric.kind=${kind}`], ...program });
    expect(exitCode).toBe(0);
    return result!.collectiveNs;
  };

  it("makes a shift by one faster by two links: a flit time and 3 mm of wire each", async () => {
    const kernel = write(
      "shift.ts",
      `import { defineKernel, tl } from "linqu/dsl";
export const shift = defineKernel({ name: "shift", args: () => [] }, () => {
  tl.send("E", tl.full([64], 1, "f32"));
  tl.recv("W", [64], "f32");
});
`,
    );
    const gained = (await collectiveNs("mesh", { kernel })) - (await collectiveNs("torus", { kernel }));
    expect(gained).toBeCloseTo(2 * (256 / 256 + 3 * 0.1), 6);
  });

  it("makes the ring all-reduce faster", async () => {
    const ring = { algorithm: "ring" };
    expect(await collectiveNs("torus", ring)).toBeLessThan(await collectiveNs("mesh", ring));
  });
});

describe("the guide's scheduler", () => {
  it("type-checks as a kernel does in an editor", () => {
    const program = createKernelProgram(join(folder, "whole.ts"));
    expect(program.typeErrors(program.entry).map(({ messageText }) => messageText)).toEqual([]);
  });

  const topology = () =>
    write("whole.yaml", "extends: pe\ncomponents: whole.ts\npe: { scheduler: { kind: whole } }\n");

  it("is chosen by name", async () => {
    const { scheduler } = await chooseComponents(readTopology(topology(), []));
    const sizes = { tileM: 32, tileK: 64, tileN: 32 };
    const gemm = { kind: "gemm", m: 64, k: 64, n: 64, streamsA: true, streamsB: true } as const;
    const plan = scheduler({ ...gemm, elementBytes: 2, outElementBytes: 4, epilogueSteps: 0 }, sizes);
    expect(plan.tokens).toBe(1);
    const problem = await refused(chooseComponents(readTopology(topology(), ["pe.scheduler.kind=hole"])));
    expect(problem).toMatchObject({ code: "LQ5030", message: 'unknown pe.scheduler.kind "hole"' });
    expect(problem.hint).toContain('"whole"');
  });

  it("does not overlap reading, multiplying and writing, so a large product takes longer", async () => {
    const time = async (kind: string) => {
      const set = [`pe.scheduler.kind=${kind}`];
      const { exitCode, result } = await run({
        topology: topology(),
        set,
        bench: "gemm-single-pe",
        bytes: 65536,
      });
      expect(exitCode).toBe(0);
      return result!.collectiveNs;
    };
    expect(await time("whole")).toBeGreaterThan(await time("tiled"));
  });
});

describe("a module of components", () => {
  it("gives a whole machine when nothing is missing, and is found under a path with a space", async () => {
    write("tiny fabric.ts", `import { defineComponents } from "linqu/dsl";\n${tiny()}`);
    const file = write(
      "tiny.yaml",
      "extends: cube\ncomponents: tiny fabric.ts\ncounts: { pesPerCube: 2 }\nfabric: { kind: mine }\n",
    );
    const graph = await choose(file);
    const route = [...new Router(graph).route(graph.peNode(0, 0), graph.hbmNode(0, 1))];
    expect(route.map((link) => graph.nodes[graph.links[link]!.to]!.name)).toEqual(["r", "hbm1"]);
    // 1 mm at 0.1 ns/mm.
    expect(graph.links[route[0]!]).toMatchObject({ latencyPs: 100, psPerByte: 1000 / 64 });
  });

  it("describes every cube, which need not be alike", async () => {
    const body = `
  const link = { bandwidthGBps: 64, lengthUm: 1000 };
  const noc = graph.addNode("io_noc", -1, "noc");
  const ioCpu = graph.addNode("io_cpu", -1, "io_cpu");
  const pcie = graph.addNode("pcie_ep", -1, "pcie");
  for (const node of [ioCpu, pcie]) graph.join(node, noc, link);
  let last = noc;
  const cubes = [0, 1].map((cube) => {
    const port = graph.addNode("ucie", cube, "ucie" + cube);
    const router = graph.addNode("router", cube, "r" + cube);
    graph.join(last, port, link);
    graph.join(port, router, link);
    last = port;
    if (cube === 1) graph.addNode("router", cube, "unused");
    const add = (kind, name) => {
      const node = graph.addNode(kind, cube, name + cube);
      graph.join(node, router, link);
      return node;
    };
    return { pes: [add("pe", "pe")], hbm: [add("hbm_ctrl", "hbm")], sram: add("sram", "s"), mCpu: add("m_cpu", "m") };
  });
  return { cubes, ioCpu, pcie };`;
    write("chain.ts", `import { defineComponents } from "linqu/dsl";\n${fabric(body)}`);
    const file = write(
      "chain.yaml",
      "extends: sip\ncomponents: chain.ts\ncubes: { columns: 2, rows: 1 }\ncounts: { pesPerCube: 1 }\nfabric: { kind: mine }\n",
    );
    const graph = await choose(file);
    const router = new Router(graph);
    const names = (from: number, to: number) =>
      [...router.route(from, to)].map((link) => graph.nodes[graph.links[link]!.to]!.name);
    expect(names(graph.peNode(1, 0), graph.sramNode(1))).toEqual(["r1", "s1"]);
    expect(names(graph.peNode(0, 0), graph.hbmNode(1, 0))).toEqual(["r0", "ucie0", "ucie1", "r1", "hbm1"]);
    expect(names(graph.pcieNode, graph.peNode(1, 0))).toEqual(["noc", "ucie0", "ucie1", "r1", "pe1"]);
    const { result, exitCode } = await run({ topology: file, bench: "allreduce" });
    expect([exitCode, result?.ranks, result?.messages]).toEqual([0, 2, 2]);
  });

  it("is missing: the line that names it is shown", async () => {
    write("torsu.ts", "");
    const file = write("lost.yaml", "extends: cube\n\ncomponents: ./torsus.ts\n");
    expect(await refused(choose(file))).toMatchObject({
      code: "LQ9001",
      message: expect.stringMatching(/torsus\.ts: no such file$/) as string,
      at: { file, line: 3, column: 13 },
      hint: expect.stringContaining("torsu.ts") as string,
    });
  });

  it("names an unknown fabric: the line that names it is shown", async () => {
    const file = write("typo.yaml", "extends: cube\ncomponents: torus.ts\nfabric: { kind: tours }\n");
    expect(await refused(choose(file))).toMatchObject({
      code: "LQ5030",
      message: 'unknown fabric.kind "tours"',
      at: { file, line: 3, column: 17, endColumn: 22 },
      hint: expect.stringContaining('"torus"') as string,
    });
  });

  it.each([
    ["no default export", "export const a = 1;", "LQ1003", /no default export/],
    ["a syntax error", "export default {;", "LQ1001", /Expected/],
    ["an error while it is loaded", 'throw new Error("not today"); export default 1;', "LQ1006", /not today/],
    ["another default export", "export default { fabrics: {} };", "LQ5031", /does not export components/],
    ["null", "export default null;", "LQ5031", /does not export components/],
    ["fabrics that are none", "export default defineComponents({ fabrics: 7 });", "LQ5031", /not a mapping/],
    [
      "no function",
      "export default defineComponents({ fabrics: { mine: {} } });",
      "LQ5031",
      /mine is not a function/,
    ],
    [
      "a built-in name",
      "export default defineComponents({ fabrics: { noc() {} } });",
      "LQ5031",
      /noc is built in/,
    ],
    [
      "an error in the fabric",
      fabric('throw new Error("half a chip");'),
      "LQ5032",
      /"mine" of .*half a chip$/,
    ],
    ["no result", fabric(""), "LQ5033", /cubes of its result is no list: expected 1$/],
    [
      "a missing PE",
      tiny("", "{ cubes: [{ pes: [pes[0]], hbm, sram, mCpu }], ioCpu, pcie }"),
      "LQ5033",
      /cubes\[0\]\.pes of its result has 1 members: expected 2$/,
    ],
    [
      "a PE named twice",
      tiny("", "{ cubes: [{ pes: [pes[0], pes[0]], hbm, sram, mCpu }], ioCpu, pcie }"),
      "LQ5033",
      /cubes\[0\]\.pes\[1\] of its result is pe0, and so is cubes\[0\]\.pes\[0\]$/,
    ],
    [
      "a node of the wrong kind",
      tiny("", "{ cubes: [{ pes, hbm, sram: mCpu, mCpu }], ioCpu, pcie }"),
      "LQ5033",
      /sram of its result is m_cpu, a m_cpu of cube 0: expected a node of kind sram of cube 0$/,
    ],
    [
      "a name that moves the cursor",
      fabric('graph.addNode("router", 0, "r\\u001b[2J");'),
      "LQ5033",
      /expected a name of 1 to 60 characters without spaces$/,
    ],
    [
      "an unknown kind",
      fabric('graph.addNode("switch", 0, "s");'),
      "LQ5033",
      /node s: expected a kind, one of router, /,
    ],
    [
      "a cube that is not there",
      fabric('graph.addNode("router", 1, "r");'),
      "LQ5033",
      /node r: expected a cube from 0 to 0, or -1$/,
    ],
    [
      "two nodes of one name",
      fabric('graph.addNode("router", 0, "r"); graph.addNode("router", 0, "r");'),
      "LQ5033",
      /node r: expected a name of its own$/,
    ],
    [
      "a link to nowhere",
      fabric('graph.addLink(graph.addNode("router", 0, "r"), 7, { bandwidthGBps: 1, lengthUm: 1 });'),
      "LQ5033",
      /link r → 7: expected two numbers/,
    ],
    [
      "a link without bandwidth",
      fabric('graph.join(graph.addNode("router", 0, "r"), graph.addNode("pe", 0, "p"), { lengthUm: 1 });'),
      "LQ5033",
      /link r → p: expected bandwidthGBps from 0\.001/,
    ],
    ["a way that leads one way only", tiny("hbm1"), "LQ5034", /"mine" of .* has no way from pe0 to hbm1$/],
    ["a chip that the host cannot reach", tiny("noc"), "LQ5034", /has no way from \w+ to pcie$/],
    // 22,000 links of 100 mm; distances are kept in micrometres and 31 bits: 2,147,483.646 mm.
    [
      "a way that is too long",
      tiny()
        .replace(
          'graph.addNode("io_noc", -1, "noc")',
          `Array.from({ length: 22000 }, (_, i) => graph.addNode("io_noc", -1, "noc" + i))
          .reduce((a, b) => (graph.join(a, b, { bandwidthGBps: 64, lengthUm: 100000 }), b))`,
        )
        .replace("[ioCpu, pcie]) graph.join(node, noc, link)", "[ioCpu, pcie]) graph.join(node, 7, link)"),
      "LQ5034",
      /has no way from \w+ to pcie that is not longer than 2147483 mm$/,
    ],
  ])("is refused for %s", async (_, text, code, message) => {
    const problem = await refusalOf(text);
    expect(problem).toMatchObject({ code, message: expect.stringMatching(message) as string });
    if (code !== "LQ1001") expect(problem.message).toMatch(/module\d+\.ts/);
  });
});
