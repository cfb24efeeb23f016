import { describe, expect, it } from "vitest";
import { loadTopology } from "../../src/topology/load.js";
import { splitOverride } from "../../src/topology/overrides.js";
import { topologyFields } from "../../src/topology/schema.js";
import { refusal } from "./refusal.js";

describe("--set", () => {
  it("replaces numbers, sizes, flags and lists", () => {
    const topology = loadTopology("host", [
      "runtime.taskRing.capacity=4",
      "runtime.heapRing.capacityBytes=64KiB",
      "fabric.flitTrains=false",
      "cube.withoutRouters=[[2, 2]]",
      "fabric.nsPerMm=0.25",
      "ccl.algorithm=ring",
    ]);
    expect(topology.runtime.taskRing.capacity).toBe(4);
    expect(topology.runtime.heapRing.capacityBytes).toBe(65536);
    expect(topology.fabric.flitTrains).toBe(false);
    expect(topology.cube.withoutRouters).toEqual([[2, 2]]);
    expect(topology.fabric.nsPerMm).toBe(0.25);
    expect(topology.ccl.algorithm).toBe("ring");
  });

  it("lets the last one of a path win", () => {
    expect(loadTopology("host", ["ipcq.slots=2", "ipcq.slots=3"]).ipcq.slots).toBe(3);
  });

  it("resizes the ring, whose PEs have no positions", () => {
    expect(loadTopology("ring", ["counts.pesPerCube=64"]).counts.pesPerCube).toBe(64);
  });

  it.each([
    ["pesPerCube=4", "LQ5010", 3, "did you mean counts.pesPerCube?"],
    ["fabric.nsPermm=1", "LQ5010", 3, "did you mean fabric.nsPerMm?"],
    ["runtime.taskring.capacity=4", "LQ5010", 3, "did you mean runtime.taskRing.capacity?"],
    ["pe.tcm=4", "LQ5010", 3, "valid keys of pe.tcm: readGBps, writeGBps, sizeBytes, reservedBytes"],
    ["extends=pe", "LQ5010", 3, "valid keys: name, description, provenance"],
    ["__proto__.polluted=1", "LQ5010", 3, "valid keys: name"],
    ["counts.sipsPerHost=two", "LQ5011", 3, "counts.sipsPerHost: SIPs in a host"],
    ["counts.sipsPerHost=1.5", "LQ5011", 3, ""],
    ["pe.clockGHz=.nan", "LQ5011", 3, ""],
    ["pe.clockGHz=", "LQ5011", 3, ""],
    ["host.pcieNs=-1", "LQ5011", 3, ""],
    ["ipcq.slotBytes=6", "LQ5011", 3, ""],
    ["cube.withoutRouters=[[1]", "LQ5011", 3, ""],
    ["fabric.flitTrains=yes", "LQ5011", 3, ""],
    ["counts.pesPerCube=4", "LQ5009", 3, "give one position for each PE"],
    ["counts.pesPerCube", "LQ5012", 2, "write a path, `=` and a value"],
    ["=4", "LQ5012", 2, "write a path, `=` and a value"],
  ])("%s is refused with %s, exit %i", (text, code, exitCode, hint) => {
    const refused = refusal(() => loadTopology("host", [text]));
    expect(refused.exitCode).toBe(exitCode);
    expect(refused.problems.map((problem) => problem.code)).toEqual([code]);
    expect(refused.problems[0]!.hint).toContain(hint);
  });

  it("reports every wrong override", () => {
    const { problems } = refusal(() => loadTopology("host", ["ipcq.slots=0", "nope.nope=1", "ipcq.slots=5"]));
    expect(problems.map(({ code }) => code)).toEqual(["LQ5011", "LQ5010"]);
  });

  it("keeps one cube on a ring and bounds the machine", () => {
    expect(refusal(() => loadTopology("ring", ["cubes.columns=2"])).problems[0]).toMatchObject({
      code: "LQ5009",
    });
    const huge = ["counts.supernodes=1024", "counts.podsPerSupernode=1024"];
    expect(refusal(() => loadTopology("cluster", huge)).problems[0]).toMatchObject({ code: "LQ5009" });
  });

  it("is not split into several values without a path=", () => {
    expect(splitOverride("ipcq.slots,")).toEqual(["ipcq.slots,"]);
    expect(splitOverride("ipcq.slotsX")).toEqual(["ipcq.slotsX"]);
    expect(splitOverride("ipcq.slots=1,2")).toEqual(["ipcq.slots=1", "ipcq.slots=2"]);
  });

  it("knows exactly the values of a topology", () => {
    const paths = (value: object, prefix = ""): string[] =>
      Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
        typeof inner === "object" && inner !== null && !Array.isArray(inner)
          ? paths(inner, `${prefix}${key}.`)
          : [prefix + key],
      );
    expect(paths(loadTopology("host", []))).toEqual([...topologyFields.keys()]);
  });
});
