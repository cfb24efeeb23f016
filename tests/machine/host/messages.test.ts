import { describe, expect, it } from "vitest";
import { completionOf, errorOf, type HostTarget } from "../../../src/machine/host/messages.js";
import { bench } from "./helpers.js";

const target = { host: 0, chips: [0], cubes: "all", pes: "all" } as const;
const message = { kind: "mmu_map", correlationId: 7, requestId: 3, target } as const;

describe("a completion", () => {
  it("names the message that it answers, and has an error code exactly when it is not ok", () => {
    const done = completionOf(message, null);
    expect(done).toEqual({ correlationId: 7, requestId: 3, ok: true, errorCode: null, errorMessage: null });
    expect(errorOf(done)).toBeNull();
    const failed = completionOf(message, { code: "LQ6140", message: "no such chip" });
    expect(failed).toMatchObject({ ok: false, errorCode: "LQ6140", errorMessage: "no such chip" });
    expect(errorOf(failed)).toMatchObject({ code: "LQ6140", severity: "error", message: "no such chip" });
  });

  it("that contradicts itself is a bug", () => {
    const done = completionOf(message, null);
    expect(() => errorOf({ ...done, ok: false })).toThrow(/invariant/);
    expect(() => errorOf({ ...done, errorCode: "LQ6140" })).toThrow(/invariant/);
    expect(() => errorOf({ ...done, errorMessage: "?" })).toThrow(/invariant/);
  });
});

describe("a message that cannot be carried out", () => {
  const answer = (wrong: Partial<HostTarget>) => {
    const machine = bench({ topology: "host", device: "cube:0,2/pe:1" });
    machine.launch(wrong);
    expect(machine.answers).toEqual([]);
    machine.run();
    expect(machine.startsNs.flat()).toEqual([]);
    return machine.answers;
  };

  it.each([
    [{ host: 1 }, "of host 1 names host 1, which takes no part in the run"],
    [{ chips: [0, 2] }, "of host 0 names chip 2, which takes no part in the run"],
    [{ chips: [] }, "of host 0 names no chip"],
    [{ cubes: 1 }, "of host 0 names cube 1, which takes no part in the run"],
    [{ cubes: [0, 3, 1] }, "of host 0 names cube 1,3, which takes no part in the run"],
    [{ pes: 0 }, "of host 0 names PE 0, which takes no part in the run"],
    [{ pes: [] }, "of host 0 names no PE"],
  ])("is answered, not thrown: %j", (wrong, text) => {
    const errorMessage = `a message to the chips ${text}`;
    expect(answer(wrong)).toMatchObject([
      { correlationId: 100, requestId: 0, ok: false, errorCode: "LQ6140", errorMessage },
    ]);
  });

  it("is answered when it launches a program that the chips do not hold", () => {
    const machine = bench({ topology: "cube" });
    machine.submit({ kind: "kernel_launch", callable: "other", submittedPs: 0 });
    machine.launch();
    machine.run();
    expect(machine.answers).toMatchObject([
      { requestId: 0, ok: false, errorCode: "LQ6141" },
      { requestId: 1, ok: true, errorCode: null },
    ]);
  });

  it("does not concern the others", () => {
    expect(answer({ cubes: 0, pes: 5 })[0]!.errorMessage).toContain("PE 5");
    const machine = bench({ topology: "host", device: "cube:0,2/pe:1" });
    machine.launch({ cubes: [2], pes: 1 });
    machine.run();
    expect(machine.startsNs.map((starts) => starts.length)).toEqual([0, 1, 0, 1]);
  });
});
