import { describe, expect, it } from "vitest";
import { diagnostic } from "../../src/base/diagnostics.js";
import { testMachine } from "./helpers.js";

const twoHosts = { counts: { hostsPerPod: 2 }, hosts: [0, 1] };

describe("a pod of two hosts", () => {
  it("dispatches at times that can be added up by hand", () => {
    const machine = testMachine(twoHosts);
    machine.run();
    const [pod, host0, host1] = machine.runtime.records(machine.nowPs());
    // REGISTER is 24+36+1000 bytes: 221.2 ns to leave, and host1's leaves after host0's. REGISTERED is 60 bytes: 201.2 ns.
    const started = 2 * 221_200 + 1_000_000 + 201_200 + 1_000_000;
    expect(machine.completions[0]!.startedPs).toBe(started);
    // Submit 100 ns, then CALL_TASK of 56 bytes takes 201.12 ns to leave and 1 µs to arrive.
    expect(host0!.dispatchPs).toBe(100_000 + 201_120 + 1_000_000);
    expect(host1!.dispatchPs).toBe(100_000 + 2 * 201_120 + 1_000_000);
    expect(pod!.dispatchPs).toBe(0);
    const launched = started + host1!.dispatchPs + 100_000;
    expect(machine.asked[1]).toBe(`${launched / 1000} launch host1 chips 0`);
    // TASK_COMPLETE is 36 bytes: 200.72 ns and 1 µs.
    expect(machine.completions[0]).toMatchObject({
      submittedPs: 0,
      failure: null,
      endPs: launched + 5_000_000 + 200_720 + 1_000_000,
    });
  });

  it("ships a program once and calls it by id afterwards", () => {
    const machine = testMachine(twoHosts);
    machine.run();
    expect(machine.runtime.links).toMatchObject({ messages: 8, bytes: 2 * (1060 + 60 + 56 + 36) });
    machine.run();
    expect(machine.runtime.links).toMatchObject({ messages: 12, bytes: 2 * (1060 + 60 + 2 * (56 + 36)) });
    expect(machine.prepared).toEqual(["host0 sha256-a 1000", "host1 sha256-a 1000"]);
    machine.run({}, "sha256-b");
    expect(machine.runtime.links.messages).toBe(20);
    expect(machine.asked).toHaveLength(6);
    expect(machine.completions).toHaveLength(3);
  });

  it("carries a chip's error up with the path of its host, and works again afterwards", () => {
    let faulty = true;
    const machine = testMachine({
      ...twoHosts,
      launch: ({ host }) => {
        if (host === 1 && faulty) return diagnostic({ code: "LQ6001", message: "the chip is on fire" });
        return "ok";
      },
    });
    machine.run({ inputBytesPerChip: 10_000 });
    expect(machine.completions[0]!.failure).toMatchObject({
      path: "pod0/host1",
      diagnostic: { code: "LQ6001", message: "the chip is on fire" },
    });
    faulty = false;
    machine.run({ inputBytesPerChip: 10_000 });
    expect(machine.completions[1]!.failure).toBeNull();
    for (const node of machine.runtime.records(machine.nowPs())) {
      for (const ring of node.rings) expect(ring.retires).toBe(ring.allocs);
    }
  });

  it("does not wait for the other host when one has failed", () => {
    const machine = testMachine({
      ...twoHosts,
      launch: ({ host }) => (host === 0 ? diagnostic({ code: "LQ6001", message: "gone" }) : null),
    });
    machine.run();
    expect(machine.completions[0]!.failure?.path).toBe("pod0/host0");
  });

  it("answers a call of a program that it does not hold with an error", () => {
    const machine = testMachine(twoHosts);
    const [, host] = machine.runtime.nodes;
    const work = { inputBytesPerChip: 0, outputBytesPerChip: 0 };
    host!.deliver({ kind: "CALL_TASK", callable: 7, token: 1, submittedPs: 0, work }, 0, 0);
    expect(machine.runtime.links.take(0).message).toMatchObject({
      kind: "TASK_COMPLETE",
      token: 1,
      failure: { path: "pod0/host0", diagnostic: { code: "LQ7030" } },
    });
  });
});
