import { describe, expect, it } from "vitest";
import type { Message } from "../../src/runtime/messages.js";
import { nodeTree } from "../../src/runtime/node-tree.js";
import { SimulatedLinks } from "../../src/transport/simulated-links.js";
import { network } from "../runtime/helpers.js";

const counts = { supernodes: 2, podsPerSupernode: 2, hostsPerPod: 2, sipsPerHost: 1, pesPerCube: 8 };
/** Ids: 0 cluster, 1–2 supernodes, 3–6 pods, 7–14 hosts. */
const places = nodeTree(counts, [0, 1, 2, 3, 4, 5, 6, 7], 1);
/** 36 bytes: 720 ps at 50 GB/s, after 200 ns of overhead. */
const small: Message = { kind: "TASK_COMPLETE", token: 1, failure: null };
const leavePs = 200_720;

function links(): { links: SimulatedLinks; arrivals: [timePs: number, id: number][] } {
  const arrivals: [number, number][] = [];
  return {
    links: new SimulatedLinks(places, network, (timePs, id) => arrivals.push([timePs, id])),
    arrivals,
  };
}

describe("simulated links", () => {
  it("charges overhead, bytes over bandwidth, and the latency of the tier, in both directions", () => {
    const { links: wires, arrivals } = links();
    wires.send(0, 1, small, 0);
    wires.send(1, 3, small, 0);
    wires.send(3, 7, small, 0);
    wires.send(7, 3, small, 5_000);
    expect(arrivals.map(([timePs]) => timePs)).toEqual([
      leavePs + 3_000_000,
      leavePs + 2_000_000,
      leavePs + 1_000_000,
      5_000 + leavePs + 1_000_000,
    ]);
  });

  it("sends one message after another, in order on each link", () => {
    const { links: wires, arrivals } = links();
    wires.send(3, 7, { kind: "REGISTER", hash: "h", codeBytes: 100_000 }, 0);
    wires.send(3, 7, small, 0);
    wires.send(3, 8, small, 0);
    wires.send(3, 8, small, 10_000_000);
    const large = 200_000 + 100_060 * 20;
    expect(arrivals.map(([timePs]) => timePs - 1_000_000)).toEqual([
      large,
      large + leavePs,
      large + 2 * leavePs,
      10_000_000 + leavePs,
    ]);
    expect(wires.messages).toBe(4);
    expect(wires.bytes).toBe(100_060 + 3 * 36);
  });

  it("gives each message out once and uses its id again", () => {
    const { links: wires, arrivals } = links();
    wires.send(3, 7, small, 0);
    const [, id] = arrivals[0]!;
    expect(wires.take(id)).toEqual({ from: 3, to: 7, message: small });
    expect(() => wires.take(id)).toThrow(/no message/);
    wires.send(7, 3, small, 0);
    expect(arrivals[1]![1]).toBe(id);
  });

  it("joins only parents and children", () => {
    expect(() => links().links.send(7, 8, small, 0)).toThrow(/not parent and child/);
    expect(() => links().links.send(0, 3, small, 0)).toThrow(/not parent and child/);
  });
});
