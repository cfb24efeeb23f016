import { describe, expect, it } from "vitest";
import type { DpPolicy } from "../../dsl/index.js";
import { copyOf, type LaunchArgs } from "../../src/data/arguments.js";
import { dumpTensors } from "../../src/data/dump.js";
import { expectGolden } from "../../src/data/golden.js";
import { Hbm } from "../../src/data/hbm.js";
import { fillInputs } from "../../src/data/inputs.js";
import { predictReplayBytes } from "../../src/data/memory.js";
import { launchOf, tensor } from "./hand-log.js";

/** Two SIPs of two cubes with three PEs each. */
const RANKS = { pesPerCube: 3, cubesPerSip: 2 };
const WORLD = 12;

const SHARDED: DpPolicy = { cube: "row_wise", pe: "column_wise" };

function launchWith(policy: DpPolicy | undefined, ...names: string[]): LaunchArgs {
  const plans = names.map((name) => ({
    ...tensor(name, name === "x" ? "input" : "inout", [2, 4]),
    ...(policy && { policy }),
  }));
  return { ...launchOf(WORLD, ...plans), ...(policy && { spread: RANKS }) };
}

const hbmOf = (launch: LaunchArgs): Hbm => {
  const hbm = new Hbm(launch);
  fillInputs(hbm, "normal", 3);
  return hbm;
};

describe("copies of a tensor of a SIP", () => {
  const copies = (policy: DpPolicy) =>
    Array.from({ length: WORLD }, (_, rank) => copyOf(rank, policy, RANKS));

  it.each([
    [SHARDED, [0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6]],
    [{ cube: "replicate", pe: "row_wise" }, [0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9]],
    [{ cube: "row_wise", pe: "replicate" }, [0, 1, 2, 0, 1, 2, 6, 7, 8, 6, 7, 8]],
    [{ cube: "replicate", pe: "replicate" }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    [{ cube: "replicate", pe: "replicate", numCubes: 1 }, [0, 1, 2, 0, 1, 2, 6, 7, 8, 6, 7, 8]],
    [{ cube: "replicate", pe: "replicate", numPes: 2 }, [0, 1, 0, 3, 4, 3, 6, 7, 6, 9, 10, 9]],
  ] satisfies [DpPolicy, number[]][])("%j: each rank sees that of rank", (policy, ranks) => {
    expect(copies(policy)).toEqual(ranks);
  });
});

describe("values of a spread tensor", () => {
  it("are stored once for each copy, and equal in all copies of a SIP", () => {
    const hbm = hbmOf(launchWith({ cube: "replicate", pe: "row_wise" }, "x"));
    // Four copies of 8 elements.
    expect(hbm.f32).toHaveLength(32);
    const values = (rank: number) => [...hbm.values(hbm.slotOf(rank, 0))];
    expect(values(4)).toEqual(values(0));
    expect(values(11)).toEqual(values(6));
    expect(values(6)).not.toEqual(values(0));
    // Of the SIP's first rank, as a tensor of its own would have.
    expect(values(0)).toEqual([...hbmOf(launchWith(undefined, "x")).values(0)]);
  });

  it("are written through the slot that the ranks share", () => {
    const hbm = hbmOf(launchWith(SHARDED, "x", "y"));
    hbm.write(hbm.slotOf(5, 1), 2, Float32Array.of(41, 42));
    expect([...hbm.values(hbm.slotOf(0, 1))].slice(2, 4)).toEqual([41, 42]);
    expect([...hbm.values(hbm.slotOf(6, 1))].slice(2, 4)).not.toEqual([41, 42]);
  });

  it("are whole for a golden, which is asked once for each copy", () => {
    const launch = launchWith(SHARDED, "x", "y");
    const asked: number[] = [];
    const { byRank } = expectGolden(
      ({ rank, input }) => {
        asked.push(rank);
        return { y: input("x") };
      },
      { bytes: 4, dtype: "f32" },
      launch,
      hbmOf(launch),
    );
    expect(asked).toEqual([0, 6]);
    expect(byRank.map((tensors) => tensors.length)).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
    expect(byRank[0]![0]!.values).toHaveLength(8);
  });

  it("are dumped once for each copy, with what was there before", () => {
    const hbm = hbmOf(launchWith(SHARDED, "x", "y"));
    const initial = [...hbm.values(hbm.slotOf(6, 1))];
    hbm.write(hbm.slotOf(8, 1), 0, Float32Array.of(41));
    const arrays = new Map(dumpTensors(hbm, "normal", 3).map(({ name, array }) => [name, array]));
    expect([...arrays.keys()]).toEqual(["x", "y", "y.initial"]);
    expect(arrays.get("y")!.shape).toEqual([2, 2, 4]);
    expect(arrays.get("y")!.data[8]).toBe(41);
    expect([...arrays.get("y.initial")!.data].slice(8)).toEqual(initial);
  });

  it("count once in what a replay needs", () => {
    const bytes = (launch: LaunchArgs) => predictReplayBytes(launch, 0, null);
    // An input of 32 B: stored, and one tile of it.
    expect(bytes(launchWith(SHARDED, "x"))).toBe(2 * 64);
    expect(bytes(launchWith(undefined, "x"))).toBe(12 * 64);
  });
});
