import { describe, expect, it } from "vitest";
import { blockedKernels } from "../../../src/machine/blocked.js";
import type { TestRun } from "../helpers.js";
import { oneWay, sends } from "./one-way.js";

describe("a deadlock report", () => {
  const report = (run: TestRun): string =>
    blockedKernels(run.machine, (site) => (site === 2 ? "send" : site === 5 ? "wait" : "recv"))!.detail!.join(
      "\n",
    );

  it("names a wait on a receive, its peer and what is missing", () => {
    const text = report(
      oneWay(
        {},
        ($, shape) => sends($, shape, 0),
        function* ($, shape) {
          if (!$.recvAsync(3, "W", shape, "f32")) yield;
          if (!$.wait(5, $.out)) yield;
        },
      ),
    );
    expect(text).toContain('rank 2 waits in wait for a receive from "W" at kernel.ts:5:1');
    expect(text).toMatch(/← rank 1 .*queue empty, 0 of 0 sent messages received/);
  });

  it("says that no receive was posted", () => {
    const run = oneWay(
      { into: true },
      ($, shape) => sends($, shape, 1),
      function* () {
        // It posts nothing.
      },
    );
    expect(report(run)).toMatch(
      /rank 1 waits in send\("E"\)[^]*no receive posted, 0 messages received so far/,
    );
  });
});
