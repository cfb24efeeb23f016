import { describe, expect, it } from "vitest";
import { ownCache, run } from "../../session/harness.js";

ownCache();

describe("a run through runtime, chips and machine", () => {
  it("takes its copies, its launch and its collective, one after the other", async () => {
    const { result } = await run({ topology: "cube", bytes: 4096 });
    // Legs and ways as in launch.test.ts and copies.test.ts; 8 PEs with 4 KiB in and out, in one piece.
    const [submit, floor, pcie, peCpu, commit] = [100, 2000, 500, 2, 8];
    const launchWay = pcie + 10.2 + 18.6 + 2.275;
    const copyWay = pcie + 17.775;
    const stream = (8 * 4096) / 64;
    const copyIn = submit + stream + copyWay + commit;
    const launch = floor + launchWay + peCpu + result!.collectiveNs + launchWay;
    const copyOut = copyWay + commit + stream + copyWay;
    expect(result!.simulatedNs).toBeCloseTo(copyIn + launch + copyOut, 6);
  });

  it("states what the launch took: the PE that ran longest ran from the common start to the last end", async () => {
    const { result } = await run({ topology: "host", bytes: 4096 });
    const { launches, collectiveNs, allNs } = result!;
    expect(launches).toHaveLength(1);
    const [{ round, peExecNs, dmaNs, computeNs }] = launches as [(typeof launches)[number]];
    expect([round, peExecNs]).toEqual([0, collectiveNs]);
    expect(allNs).toBeLessThanOrEqual(peExecNs);
    // Everybody loads and stores 4 KiB through 256 GB/s.
    expect(dmaNs).toBeGreaterThan((2 * 4096) / 256);
    expect(computeNs).toBeGreaterThan(0);
    expect(computeNs).toBeLessThan(peExecNs);
  });
});
