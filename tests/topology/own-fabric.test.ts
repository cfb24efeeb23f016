/** `topology show` and `probe` of a machine whose network comes from a user's module: the torus of the guide. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import probe from "../../src/cli/tasks/probe.js";
import show from "../../src/cli/tasks/topology-show.js";
import type { TopologyShowResult } from "../../src/cli/tasks/topology-show.js";
import type { ProbeResult } from "../../src/probe/result.js";
import { readPage, stepsOf } from "../docs/pages.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "linqu own fabric "));
  for (const step of stepsOf(readPage("docs/guide/components.md")))
    if (step.kind === "file") writeFileSync(join(folder, step.name), step.text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const torus = () => ({ topology: join(folder, "torus.yaml"), set: [] });

describe("the cube of a fabric with routers of its own", () => {
  it("says what hangs at each router and which routers it is joined with, and no places", async () => {
    const { result, report } = await show({ ...torus(), views: ["cube"], svg: null }, {});
    const [view] = (result as TopologyShowResult).views;
    expect(report).toMatch(/^Cube: fabric "torus", 8 routers, 8 PEs, 1 in a SIP\n/);
    // Two rows of four, closed into rings: r4 lies below r0, r1 and r3 beside it.
    expect(report).toMatch(/\n {2}r0 +pe0, hbm_ctrl\.pe0, sram, m_cpu, to r4, r1, r3\n/);
    expect(report).not.toContain("│");
    expect(view!.isToScale).toBe(false);
  });

  it("lays all parts out apart from one another, inside of the drawing", async () => {
    const { result } = await show({ ...torus(), views: ["cube"], svg: null }, {});
    const [view] = (result as TopologyShowResult).views;
    const places = view!.nodes.map(({ xMm, yMm }) => `${xMm} ${yMm}`);
    expect(new Set(places).size).toBe(26); // 8 routers, PEs and controllers each, SRAM and M_CPU
    for (const { xMm, yMm } of view!.nodes)
      for (const place of [xMm, yMm]) expect(place > 0 && place < view!.widthMm).toBe(true);
  });
});

it("a probe of it finds no halves in its cube, and nothing broken", async () => {
  const options = { cases: null, bytes: [4096], hops: false };
  const outcome = await probe({ ...torus(), options, report: { colour: false, width: 100 } }, {});
  const { leftOut } = outcome.result as ProbeResult;
  expect(outcome).toMatchObject({ exitCode: 0, diagnostics: [] });
  expect(leftOut.find(({ case: name }) => name === "read-cross-half")?.reason).toBe(
    "a fabric of its own has no halves",
  );
});
