import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { peerQueues } from "../../src/ccl/peers.js";
import { PEER_AXIS } from "../../src/ccl/queues.js";

/** Queues as `source.direction>target.arrival`. */
function queues(neighbors: number[][]): string[] {
  return peerQueues("k", neighbors).map(({ source, target, axis, direction, arrival }) => {
    expect(axis).toBe(PEER_AXIS);
    return `${source}.${direction}>${target}.${arrival}`;
  });
}

function refusal(neighbors: number[][]): string {
  try {
    peerQueues("k", neighbors);
  } catch (error) {
    expect(error).toBeInstanceOf(LinquError);
    const [problem] = (error as LinquError).diagnostics;
    expect(problem!.code).toBe("LQ2105");
    return problem!.message;
  }
  throw new Error("nothing was refused");
}

describe("peerQueues", () => {
  it("joins directions that lead to each other, whatever their numbers", () => {
    expect(queues([[2, 1], [0], [-1, -1, 0]])).toEqual(["0.0>2.2", "0.1>1.0", "1.0>0.1", "2.2>0.0"]);
  });

  it("joins equal directions of partners that differ in one bit", () => {
    const neighbors = Array.from({ length: 8 }, (_, rank) => [1, 2, 4].map((bit) => rank ^ bit));
    const expected = neighbors.flatMap((list, rank) => list.map((peer, k) => `${rank}.${k}>${peer}.${k}`));
    expect(queues(neighbors)).toEqual(expected);
  });

  it("makes a ring of [east, west], of two members as well", () => {
    const ring = (n: number) => Array.from({ length: n }, (_, r) => [(r + 1) % n, (r + n - 1) % n]);
    expect(queues(ring(3))).toEqual(["0.0>1.1", "0.1>2.0", "1.0>2.1", "1.1>0.0", "2.0>0.1", "2.1>1.0"]);
    expect(queues(ring(2))).toEqual(["0.0>1.1", "0.1>1.0", "1.0>0.1", "1.1>0.0"]);
  });

  it("prefers opposite directions, then equal ones, then what is left", () => {
    expect(
      queues([
        [1, -1, 1],
        [-1, 0, 0],
      ]),
    ).toEqual(["0.0>1.1", "0.2>1.2", "1.1>0.0", "1.2>0.2"]);
    expect(queues([[1], [-1, -1, -1, 0]])).toEqual(["0.0>1.3", "1.3>0.0"]);
  });

  it("refuses neighbours that do not name each other, and names both", () => {
    expect(refusal([[1], [2], [1]])).toBe(
      "neighbors of kernel k: direction 0 of rank 0 leads to rank 1, which has none back to rank 0",
    );
    expect(refusal([[-1], [-1, 0]])).toContain("direction 1 of rank 1 leads to rank 0");
    expect(refusal([[1, 1], [0]])).toBe(
      "neighbors of kernel k: rank 0 names rank 1 twice, but rank 1 names rank 0 once",
    );
  });

  it("gives every direction one queue out and one in, which lead to the same rank", () => {
    const edges = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 20 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const neighbors = Array.from({ length: 7 }, () => [] as number[]);
        for (const [a, b] of pairs) {
          if (a === b) continue;
          neighbors[a]!.push(b);
          neighbors[b]!.push(a);
        }
        const plan = peerQueues("k", neighbors);
        const ways = neighbors.flatMap((list, rank) => list.map((peer, k) => `${rank}.${k}-${peer}`));
        const out = plan.map(({ source, target, direction }) => `${source}.${direction}-${target}`);
        const into = plan.map(({ source, target, arrival }) => `${target}.${arrival}-${source}`);
        expect(out.sort()).toEqual([...ways].sort());
        expect(into.sort()).toEqual([...ways].sort());
      }),
      { seed: 1 },
    );
  });
});
