import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chromeTrace } from "../../src/profile/trace.js";
import type { RunRecord } from "../../src/record/run-record.js";
import { node, runRecord, spanTable } from "./helpers/run-record.js";
import type { SpanRow } from "./helpers/run-record.js";

interface Event {
  ph: string;
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  args: Record<string, unknown>;
}

function parsed(record: RunRecord, limitBytes = 1e6) {
  const text = [...chromeTrace(record, { limitBytes })].join("");
  const document = JSON.parse(text) as { traceEvents: Event[]; otherData: Record<string, number> };
  return { text, ...document, spans: document.traceEvents.filter((event) => event.ph === "X") };
}

const nodes = [
  node({ node: "pod0/host0", level: 3 }),
  node({ node: "pod0/host1", level: 3 }),
  node({ node: "pod0/host0/sip0", level: 2 }),
  node({ node: "pod0/host1/sip0", level: 2 }),
  node({ node: "pod0", level: 4 }),
];

describe("chromeTrace", () => {
  it("gives a node the process id level × 10,000 + index, with the top level first", () => {
    const lanes = [
      { process: "pod0/host1/sip0", lane: "pe0 dma" },
      { process: "pod0/host1/sip0", lane: "pe0 math" },
      { process: "pod0", lane: "dispatch" },
      { process: "elsewhere", lane: "x" },
      { process: "pod0/host1", lane: "dispatch" },
    ];
    const { traceEvents } = parsed(runRecord({ nodes, spans: spanTable(lanes, [], []) }));
    const threads = traceEvents.filter(({ name }) => name === "thread_name");
    expect(threads.map(({ pid, tid, args }) => [pid, tid, args.name])).toEqual([
      [40_000, 1, "dispatch"],
      [30_001, 1, "dispatch"],
      [20_001, 1, "pe0 dma"],
      [20_001, 2, "pe0 math"],
      [100_000, 1, "x"],
    ]);
    const order = traceEvents
      .filter(({ name }) => name === "process_sort_index")
      .map(({ args }) => Number(args.sort_index));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it("writes spans in time order, with the place in the kernel that they come from", () => {
    const lanes = [
      { process: "pod0/host0/sip0", lane: "pe0" },
      { process: "pod0/host0/sip0", lane: "pe1" },
    ];
    const rows: SpanRow[] = [
      { lane: 0, name: 1, startPs: 2_500, endPs: 4_000, site: 0 },
      { lane: 1, name: 0, startPs: 1, endPs: 3, site: -1 },
      { lane: 0, name: 0, startPs: 0, endPs: 2_500, site: 1 },
    ];
    const { spans, otherData } = parsed(
      runRecord({ nodes, spans: spanTable(lanes, ["send", "recv"], rows, 7) }),
    );
    expect(spans).toEqual([
      {
        ph: "X",
        name: "send",
        pid: 20_000,
        tid: 1,
        ts: 0,
        dur: 0.0025,
        args: { at: "kernels/allreduce.ts:29:5", op: "send" },
      },
      { ph: "X", name: "send", pid: 20_000, tid: 2, ts: 0.000001, dur: 0.000002 },
      {
        ph: "X",
        name: "recv",
        pid: 20_000,
        tid: 1,
        ts: 0.0025,
        dur: 0.0015,
        args: { at: "kernels/allreduce.ts:31:20", op: "recv" },
      },
    ]);
    expect(otherData).toMatchObject({ omittedEvents: 0, omittedLanes: 7 });
  });

  it("gives spans that overlap a lane of their own, beside the lane they belong to", () => {
    const lanes = [
      { process: "a", lane: "x" },
      { process: "a", lane: "y" },
    ];
    const rows: SpanRow[] = [
      { lane: 0, name: 0, startPs: 0, endPs: 100 },
      { lane: 0, name: 0, startPs: 50, endPs: 60 },
      { lane: 0, name: 0, startPs: 60, endPs: 200 },
      { lane: 0, name: 0, startPs: 100, endPs: 300 },
      { lane: 1, name: 0, startPs: 0, endPs: 1 },
    ];
    const { spans, traceEvents } = parsed(runRecord({ spans: spanTable(lanes, ["s"], rows) }));
    const names = traceEvents
      .filter(({ name }) => name === "thread_name")
      .map(({ tid, args }) => [tid, args.name]);
    expect(names).toEqual([
      [1, "x"],
      [2, "x (2)"],
      [3, "y"],
    ]);
    expect(spans.map(({ tid, ts }) => [tid, Math.round(ts * 1e6)])).toEqual([
      [1, 0],
      [3, 0],
      [2, 50],
      [2, 60],
      [1, 100],
    ]);
  });

  it("joins the two ends of a message", () => {
    const lanes = [
      { process: "a", lane: "x" },
      { process: "b", lane: "x" },
    ];
    const rows: SpanRow[] = [
      { lane: 0, name: 0, startPs: 0, endPs: 100, sends: 0 },
      { lane: 1, name: 0, startPs: 40, endPs: 900, receives: 0 },
    ];
    const { traceEvents } = parsed(runRecord({ spans: spanTable(lanes, ["s"], rows) }));
    expect(traceEvents.slice(-4).map(({ ph }) => ph)).toEqual(["X", "s", "X", "f"]);
  });

  it("needs recorded spans", () => {
    expect(() => chromeTrace(runRecord({ spans: null }), { limitBytes: 1e6 })).toThrow("recorded spans");
  });

  it("shows or counts every span, within the limit, and the same bytes each time", () => {
    const row = fc.record({
      lane: fc.nat(2),
      name: fc.nat(1),
      startPs: fc.nat(5_000),
      length: fc.nat(500),
      message: fc.integer({ min: -1, max: 5 }),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        fc.integer({ min: 400, max: 9_000 }),
        (entries, limitBytes) => {
          const lanes = ["a", "b", "c"].map((lane) => ({ process: `\u0007${lane}`, lane: `"${lane}\\` }));
          const rows = entries.map(({ length, message, ...entry }) => ({
            ...entry,
            endPs: entry.startPs + length,
            ...(entry.lane === 0 ? { sends: message } : { receives: message }),
          }));
          const record = runRecord({ spans: spanTable(lanes, ["x\u001b", "y\n"], rows) });
          const { text, spans, otherData } = parsed(record, limitBytes);
          expect(text.length).toBeLessThanOrEqual(limitBytes);
          expect(spans.length + otherData.omittedEvents!).toBe(entries.length);
          expect(parsed(record, limitBytes).text).toBe(text);
        },
      ),
    );
  });
});
