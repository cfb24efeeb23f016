import { describe, expect, it } from "vitest";
import type { DpPolicy } from "../../../dsl/index.js";
import { RankLayout } from "../../../src/ccl/rank-layout.js";
import type { LaunchArgs, TensorPlan } from "../../../src/data/arguments.js";
import { Placement } from "../../../src/machine/memory/placement.js";
import { selectDevices } from "../../../src/topology/device.js";
import { loadTopology } from "../../../src/topology/load.js";
import { refusal } from "../../topology/refusal.js";
import { tensor } from "./spread-run.js";

const MIB = 2 ** 20;
const BY_PE: DpPolicy = { cube: "row_wise", pe: "row_wise" };

/** @param listOf tensors of a rank; equal ones are to be the same list */
function place(
  preset: string,
  listOf: (rank: number) => readonly TensorPlan[],
  set: string[] = [],
): Placement {
  const topology = loadTopology(preset, set);
  const layout = new RankLayout(topology, selectDevices(topology, "all"), "pe");
  const byRank = Array.from({ length: layout.world }, (_, rank) => ({ tensors: listOf(rank), args: [] }));
  const isSpread = byRank.some(({ tensors }) => tensors.some(({ policy }) => policy));
  const [pesPerCube, cubesPerSip] = layout.sizes as [number, number];
  const launch: LaunchArgs = {
    world: layout.world,
    byRank,
    ...(isSpread && { spread: { pesPerCube, cubesPerSip } }),
  };
  return new Placement(topology, layout, launch);
}

const basesOf = (placement: Placement, rank: number) => placement.of(rank).map(({ base }) => base);

describe("own tensors", () => {
  it("lie one behind the other from bursts of the first channel on, empty ones nowhere", () => {
    const tensors = [tensor("a", "input", [1]), tensor("b", "input", [0]), tensor("c", "input", [600])];
    // 8 channels of 256 B.
    expect(
      basesOf(
        place("cube", () => tensors),
        3,
      ),
    ).toEqual([0, 0, 2048]);
  });

  it("share one answer between ranks with equal tensors, on a machine of any size", () => {
    const [even, odd] = [[tensor("a", "input", [4])], [tensor("a", "input", [8])]];
    const placement = place("cluster", (rank) => (rank % 2 === 0 ? even : odd));
    expect(placement.of(262_142)).toBe(placement.of(0));
    expect(placement.of(1)).not.toBe(placement.of(0));
    expect(placement.hosts).toBeNull();
  });

  it("lie where they do without spread ones beside them", () => {
    const own = [tensor("a", "input", [1000]), tensor("c", "input", [600])];
    const beside = [tensor("w", "input", [4096], BY_PE), ...own];
    expect(
      basesOf(
        place("cube", () => beside),
        5,
      ),
    ).toEqual([
      0,
      ...basesOf(
        place("cube", () => own),
        5,
      ),
    ]);
  });

  it("that do not fit are refused before the launch", () => {
    const tensors = [tensor("a", "input", [MIB / 4]), tensor("big", "output", [MIB])];
    const { exitCode, problems } = refusal(() =>
      place("cube", (rank) => (rank === 3 ? tensors : []), ["pe.hbm.sizeBytes=4MiB"]),
    );
    expect(exitCode).toBe(3);
    expect(problems[0]).toMatchObject({
      code: "LQ6120",
      message:
        "tensor big of rank 3: the HBM of host:0/sip:0/cube:0/pe:3 has no room for 4 MiB: 3 MiB are free, the largest block has 3 MiB",
      hint: expect.stringContaining("pe.hbm.sizeBytes"),
    });
  });
});

describe("spread tensors", () => {
  it("share their addresses between hosts with equal tensors", () => {
    const [plain, other] = [[tensor("w", "input", [4096], BY_PE)], [tensor("w", "input", [8192], BY_PE)]];
    const placement = place("pod", (rank) => (rank >= 256 && rank < 512 ? other : plain));
    const [first, second, third] = placement.hosts!;
    expect(third).toBe(first);
    expect(second).not.toBe(first);
  });

  it("take from each slice what it holds of them", () => {
    const w = [tensor("w", "input", [8 * MIB], BY_PE)];
    expect(place("cube", () => w, ["pe.hbm.sizeBytes=4MiB"]).hosts).toHaveLength(1);
    const { exitCode, problems } = refusal(() => place("cube", () => w, ["pe.hbm.sizeBytes=2MiB"]));
    expect([exitCode, problems[0]!.code]).toEqual([3, "LQ6120"]);
    expect(problems[0]!.message).toContain(
      "tensor w of rank 0: the HBM of sip0.cube0.pe0 has no room for 4 MiB",
    );
  });

  it("with a policy that asks for more PEs than there are are refused with their name", () => {
    const w = [tensor("w", "input", [64], { ...BY_PE, numPes: 9 })];
    expect(refusal(() => place("cube", () => w)).problems[0]).toMatchObject({
      code: "LQ6131",
      message: "tensor w of rank 0: policy: numPes is 9; there are 8",
    });
  });
});
