import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { allReduceNs, anchors, deviationPercent, type Anchor } from "./anchors.js";

const oursNs = new Map<Anchor, number>();

function line({ preset, name, publishedNs, unmet }: Anchor, ours: number): string {
  const deviation = deviationPercent(ours, publishedNs);
  const sign = deviation < 0 ? "−" : "+";
  const cells = [
    preset,
    name,
    Math.round(publishedNs).toLocaleString("en"),
    Math.round(ours).toLocaleString("en"),
    `${sign}${Math.abs(deviation).toFixed(1)} %${unmet === undefined ? "" : " (not met)"}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

beforeAll(async () => {
  for (const anchor of anchors) oursNs.set(anchor, await anchor.measureNs());
  console.log([...oursNs].map(([anchor, ours]) => line(anchor, ours)).join("\n"));
}, 120_000);

describe("published results", () => {
  it.each(anchors.filter(({ unmet }) => unmet === undefined).map((anchor) => [anchor.name, anchor] as const))(
    "%s",
    (_name, anchor) => {
      const deviation = deviationPercent(oursNs.get(anchor)!, anchor.publishedNs);
      expect(Math.abs(deviation)).toBeLessThanOrEqual(anchor.tolerancePercent);
    },
  );

  it("slots in HBM are faster than in SRAM at 64 KB, once they pay the way to the memory", () => {
    const of = (memory: string) =>
      oursNs.get(anchors.find(({ name }) => name.includes("centre") && name.endsWith(memory))!)!;
    expect(of("TCM")).toBeLessThan(of("HBM"));
    expect(of("HBM")).toBeLessThan(of("SRAM"));
  });

  it("columns of the April table differ by 24 × (set-up + bytes/bandwidth)", () => {
    const of = (bytes: number, memory: string) =>
      oursNs.get(
        anchors.find(({ name }) => name.includes(`corner root, ${bytes} B`) && name.endsWith(memory))!,
      )!;
    for (const bytes of [256, 2048, 16384, 65536]) {
      expect(of(bytes, "SRAM") - of(bytes, "TCM")).toBeCloseTo(24 * (2 + bytes / 128 - bytes / 512), 1);
      expect(of(bytes, "HBM") - of(bytes, "TCM")).toBeCloseTo(24 * (6 + bytes / 32 - bytes / 512), 1);
    }
  });

  it("a centre root beats a corner root most on a torus (published −22 %), then on a mesh (−12 %) and a ring (−7 %)", async () => {
    const gain = async (...set: string[]): Promise<number> => {
      const centre = await allReduceNs("kernbench-6sip", "centre-root", 98_304, set);
      const corner = await allReduceNs("kernbench-6sip", "corner-root", 98_304, set);
      return deviationPercent(centre, corner);
    };
    const torus = await gain();
    const mesh = await gain("sips.wiring=mesh_2d_no_wrap");
    const ring = await gain("sips.wiring=ring_1d", "sips.columns=6", "sips.rows=1");
    console.log(`centre against corner root: torus ${torus}, mesh ${mesh}, ring ${ring} %`);
    expect(torus).toBeLessThan(mesh);
    expect(mesh).toBeLessThan(ring);
    expect(ring).toBeLessThan(0);
  });
});

describe("what presets say about their own error", () => {
  const shipped = JSON.parse(
    readFileSync(new URL("../../src/topology/presets/calibration.json", import.meta.url), "utf8"),
  ) as Record<string, { anchors: number; meanPercent: number; worstPercent: number }>;

  it("is what the anchors give", () => {
    const expected: typeof shipped = {};
    for (const preset of new Set(anchors.map((anchor) => anchor.preset))) {
      const deviations = anchors
        .filter((anchor) => anchor.preset === preset)
        .map((anchor) => Math.abs(deviationPercent(oursNs.get(anchor)!, anchor.publishedNs)));
      expected[preset] = {
        anchors: deviations.length,
        meanPercent: Number((deviations.reduce((a, b) => a + b, 0) / deviations.length).toFixed(1)),
        worstPercent: Number(Math.max(...deviations).toFixed(1)),
      };
    }
    expect(shipped).toEqual(expected);
  });

  it("stands in docs/calibration.md, line by line", () => {
    const page = readFileSync(new URL("../../docs/calibration.md", import.meta.url), "utf8");
    for (const [anchor, ours] of oursNs) expect(page).toContain(line(anchor, ours));
  });
});
