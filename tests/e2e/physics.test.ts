/** Simulated time follows the machine: closed forms, and more where more is to be done. */
import { describe, expect, it } from "vitest";
import { compiledFolderWith, passing, type RunResult } from "./cli.js";

const cwd = compiledFolderWith("arithmetic.ts", "ping.ts", "matmul.ts");

/** Runs that several tests compare with are made once. */
const known = new Map<string, Promise<RunResult>>();
function once(...flags: string[]): Promise<RunResult> {
  const key = flags.join(" ");
  if (!known.has(key)) known.set(key, passing(flags));
  return known.get(key)!;
}

const ring = (world: number, bytes: number, ...settings: string[]): Promise<RunResult> =>
  once(
    ...["--topology", "ring", "--set", `counts.pesPerCube=${world}`, "--bytes", String(bytes)],
    ...settings.flatMap((setting) => ["--set", setting]),
  );

describe.concurrent("a ring of n PEs, 500 ns and 50 GB/s a link", () => {
  it.each([
    [2, 8192],
    [4, 16_384],
    [8, 32_768],
  ])("%i ranks, %i bytes: 2(n − 1) times a hop of one chunk", async (world, bytes) => {
    const { collectiveNs, algbwGBps, busbwGBps } = await ring(world, bytes);
    const chunk = bytes / world;
    const hops = 2 * (world - 1);
    const wireNs = hops * (500 + chunk / 50);
    // Beside the wire, a step reads the chunk from TCM, writes it there, loads its own part from HBM (8 ns + 256 GB/s),
    // adds in 64 lanes, and costs some cycles of dispatch.
    const stepNs = chunk / 512 + chunk / 512 + 8 + chunk / 256 + chunk / 4 / 64 + 10;
    expect(collectiveNs).toBeGreaterThan(wireNs);
    expect(collectiveNs).toBeLessThan(wireNs + (hops + 2) * stepNs);
    // nccl-tests.
    expect(algbwGBps).toBeCloseTo(bytes / collectiveNs, 9);
    expect(busbwGBps).toBeCloseTo((algbwGBps * 2 * (world - 1)) / world, 9);
  });

  it("twice the latency costs exactly 2(n − 1) latencies more", async () => {
    const before = await ring(4, 16_384);
    const after = await ring(4, 16_384, "fabric.direct.latencyNs=1000");
    expect(after.collectiveNs - before.collectiveNs).toBeCloseTo(6 * 500, 2);
    expect(after.simulatedNs - before.simulatedNs).toBeCloseTo(6 * 500, 2);
  });

  it("half the bandwidth costs exactly 2(n − 1) chunks' time more", async () => {
    const before = await ring(4, 16_384);
    const after = await ring(4, 16_384, "fabric.direct.bandwidthGBps=25");
    // A receive includes emitting its credit of 16 bytes.
    expect(after.collectiveNs - before.collectiveNs).toBeCloseTo((6 * (4096 + 16)) / 50, 2);
  });

  it("is limited by the window of its slots where the link is long", async () => {
    // 36,000 bytes are nine slots' worth, east and then back. With one slot, eight pieces wait for a credit, a round
    // trip of 2 × 500 ns and the piece itself; with four slots, two do.
    const trip = (slots: number): Promise<RunResult> => {
      const flags = ["--kernel", "arithmetic.ts#longMessage", "--topology", "ring", "--verify-data"];
      return passing([...flags, "--set", "counts.pesPerCube=2", "--set", `ipcq.slots=${slots}`], { cwd });
    };
    const [one, four] = await Promise.all([trip(1), trip(4)]);
    expect(one.collectiveNs - four.collectiveNs).toBeGreaterThan(2 * 6 * 1000 * 0.95);
    expect(one.collectiveNs - four.collectiveNs).toBeLessThan(2 * 6 * 1000 * 1.25);
  });
});

describe.concurrent("the hierarchy", () => {
  it("takes longer the more of it takes part: cube < sip < host < pod < supernode", async () => {
    const names = ["cube", "sip", "host", "pod", "supernode"];
    const results = await Promise.all(names.map((name) => once("--topology", name)));
    for (let i = 1; i < names.length; i++) {
      expect(results[i].simulatedNs, names[i]).toBeGreaterThan(results[i - 1].simulatedNs);
      expect(results[i].collectiveNs, names[i]).toBeGreaterThan(results[i - 1].collectiveNs);
    }
    expect(results.map(({ ranks }) => ranks)).toEqual([8, 128, 256, 4096, 16_384]);
    for (const { collectiveNs, simulatedNs, bytes, ranks, algbwGBps, busbwGBps, levels } of results) {
      expect(collectiveNs).toBeLessThan(simulatedNs);
      expect(bytes).toBe(4096);
      expect(algbwGBps).toBeCloseTo(4096 / collectiveNs, 9);
      expect(busbwGBps).toBeCloseTo((algbwGBps * 2 * (ranks - 1)) / ranks, 9);
      // Below the top every level is dispatched to by a message, which takes time.
      for (const level of levels.slice(1)) expect(level.dispatchNs).toBeGreaterThan(0);
    }
    // The launch floor of 2 µs; a pod is reached over 1 µs of link and a message's 200 ns.
    for (const { levels } of results) expect(levels.at(-1)!.dispatchNs).toBeGreaterThan(2000);
    const dispatch = (name: string, level: number): number =>
      results[names.indexOf(name)].levels.find((one) => one.level === level)!.dispatchNs;
    expect(dispatch("pod", 3)).toBeGreaterThan(1200);
    expect(dispatch("supernode", 4)).toBeGreaterThan(2200);
  });

  it("grows with the bytes", async () => {
    const sizes = [["--bytes", "4"], [], ["--bytes", "64KiB"]];
    const times = await Promise.all(sizes.map((size) => once("--topology", "sip", ...size)));
    for (let i = 1; i < times.length; i++) {
      expect(times[i].collectiveNs).toBeGreaterThan(times[i - 1].collectiveNs);
      expect(times[i].simulatedNs).toBeGreaterThan(times[i - 1].simulatedNs);
    }
  });

  it.each([
    ["network.pod.latencyNs", "2000", "pod"],
    ["host.pcieNs", "5000", "host"],
    ["runtime.submitNs", "1000", "host"],
    ["ucie.portNs", "80", "sip"],
    ["fabric.nsPerMm", "1", "cube"],
    ["pe.hbm.commitNs", "80", "cube"],
    ["pe.dispatchCycles", "10", "cube"],
    ["runtime.launchFloorNs", "20000", "cube"],
  ])("is slower with %s=%s on %s", async (path, value, topology) => {
    const before = await once("--topology", topology);
    const after = await once("--topology", topology, "--set", `${path}=${value}`);
    expect(after.simulatedNs).toBeGreaterThan(before.simulatedNs);
    expect(after.topology).toBe(before.topology);
  });

  it("measures the same whether values are computed or not", async () => {
    const flags = ["--topology", "host", "--bytes", "9000"];
    const { verify: _off, ...timing } = await passing(flags);
    const { verify: _on, ...values } = await passing([
      ...flags,
      "--verify-data",
      "--seed",
      "4",
      "--data",
      "normal",
    ]);
    expect(values.simulatedNs).toBe(timing.simulatedNs);
    expect(values.collectiveNs).toBe(timing.collectiveNs);
    expect(values.events).toBe(timing.events);
    expect(values.messages).toBe(timing.messages);
  });
});

describe.concurrent("distance", () => {
  it("costs time: same corner, across the cube, next cube, far cube, other SIP, other host", async () => {
    const places: [string, string][] = [
      ["host", "host:0/sip:0/cube:0/pe:0-1"],
      ["host", "host:0/sip:0/cube:0/pe:0,4"],
      ["host", "host:0/sip:0/cube:0-1/pe:0"],
      ["host", "host:0/sip:0/cube:0,15/pe:0"],
      ["host", "host:0/sip:0-1/cube:0/pe:0"],
      ["pod", "host:0-1/sip:0/cube:0/pe:0"],
    ];
    const times = await Promise.all(
      places.map(async ([topology, device]) => {
        const flags = ["--kernel", "ping.ts", "--topology", topology, "--device", device, "--verify-data"];
        const result = await passing(flags, { cwd });
        expect(result).toMatchObject({ ranks: 2, messages: 1, verify: { status: "pass" } });
        return result.collectiveNs;
      }),
    );
    for (let i = 1; i < times.length; i++) expect(times[i], places[i][1]).toBeGreaterThan(times[i - 1]);
    // PE 0 stands at x = 1 mm, its router at 1.5; PE 4 at (17, 13.75), its router at (16.5, 13.75).
    // Manhattan: 0.5 + 0.5 mm against 0.5 + 15 + 12.5 + 0.5 mm, at 0.1 ns a millimetre; and the one flit of 256 bytes
    // crosses ten more links of 256 GB/s.
    expect(times[1] - times[0]).toBeCloseTo(2.75 + 10, 2);
    // The pod's link alone: 1 µs each, up and down or in all; 200 ns for the message.
    expect(times[5]).toBeGreaterThan(1200);
  });

  it("adds up on a GEMM: never faster than the peak of 8 TFLOPS", async () => {
    const result = await passing(["--kernel", "matmul.ts", "--topology", "pe", "--verify-data"], { cwd });
    expect(result.verify.status).toBe("pass");
    // 2 × 64 × 128 × 64 operations at f16, and 32 KiB of operands through 256 GB/s of HBM.
    const peakNs = (2 * 64 * 128 * 64) / 8000;
    const memoryNs = (2 * 64 * 128 * 2) / 256;
    expect(result.collectiveNs).toBeGreaterThan(peakNs + memoryNs);
    expect(result.collectiveNs).toBeLessThan((peakNs + memoryNs) * 1.5 + 200);
  });
});
