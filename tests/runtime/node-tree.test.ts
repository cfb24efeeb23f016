import { describe, expect, it } from "vitest";
import { LEVEL_NAMES } from "../../src/runtime/levels.js";
import { nodeTree } from "../../src/runtime/node-tree.js";

const cluster = { supernodes: 16, podsPerSupernode: 4, hostsPerPod: 16, sipsPerHost: 2, pesPerCube: 8 };
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("node tree", () => {
  it("has 1 + 16 + 64 + 1,024 nodes at cluster scale, and 2 chips under each host", () => {
    const tree = nodeTree(cluster, range(1024), 2);
    expect([6, 5, 4, 3].map((level) => tree.filter((node) => node.level === level).length)).toEqual([
      1, 16, 64, 1024,
    ]);
    expect(tree[0]).toMatchObject({ path: "cluster", parent: null, chips: 2048, chipsPerChild: 128 });
    expect(new Set(tree.map(({ path }) => path)).size).toBe(1105);
  });

  it("numbers hosts through supernodes and pods: host 231 is host 7 of pod 2 of supernode 3", () => {
    const tree = nodeTree(cluster, [231, 1023], 2);
    expect(tree.map(({ path }) => path)).toEqual([
      "cluster",
      "supernode3",
      "supernode15",
      "supernode3/pod2",
      "supernode15/pod3",
      "supernode3/pod2/host7",
      "supernode15/pod3/host15",
    ]);
    expect(tree.map(({ parent }) => parent)).toEqual([null, 0, 0, 1, 2, 3, 4]);
    expect(tree[6]).toMatchObject({ host: 1, children: [], chipsPerChild: 1 });
  });

  it.each([
    [{ supernodes: 1 }, "supernode0/pod1/host2", 5],
    [{ supernodes: 1, podsPerSupernode: 1 }, "pod0/host2", 4],
    [{ supernodes: 1, podsPerSupernode: 1, hostsPerPod: 1 }, "host0", 3],
  ])("starts at the machine's top level: %o", (counts, path, level) => {
    const host = path === "host0" ? 0 : path.includes("pod1") ? 18 : 2;
    const tree = nodeTree({ ...cluster, ...counts }, [host], 1);
    expect(tree[0]!.level).toBe(level);
    expect(tree[tree.length - 1]!.path).toBe(path);
  });

  it("takes the largest child when the selection is uneven", () => {
    const [root] = nodeTree({ ...cluster, supernodes: 1 }, [0, 1, 16], 2);
    expect(root).toMatchObject({ chips: 6, chipsPerChild: 4 });
  });
});

it("names the levels from core to globe", () => {
  expect(LEVEL_NAMES.join(" ")).toBe("CORE CHIP_DIE CHIP HOST POD CLOS1 CLOS2 GLOBAL");
});
