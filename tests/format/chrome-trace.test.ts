import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chromeTraceChunks, microseconds } from "../../src/format/chrome-trace.js";
import type { ChromeTrace, TraceLane, TraceSpan } from "../../src/format/chrome-trace.js";

function lane(index: number, fields: Partial<TraceLane> = {}): TraceLane {
  return {
    pid: 20_000,
    processName: "sip0",
    processOrder: 1,
    tid: index + 1,
    name: `lane ${index}`,
    ...fields,
  };
}

function span(startPs: number, endPs: number, fields: Partial<TraceSpan> = {}): TraceSpan {
  return { lane: 0, name: "work", startPs, endPs, args: {}, sends: null, receives: null, ...fields };
}

function text(trace: Partial<ChromeTrace>): string {
  return [
    ...chromeTraceChunks({
      lanes: [lane(0), lane(1)],
      spans: [],
      omittedLanes: 0,
      limitBytes: 1e6,
      ...trace,
    }),
  ].join("");
}

interface Event {
  ph: string;
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  id: number;
  bp?: string;
  args?: Record<string, unknown>;
}

function parsed(trace: Partial<ChromeTrace>) {
  const document = JSON.parse(text(trace)) as { traceEvents: Event[]; otherData: Record<string, unknown> };
  const of = (...phases: string[]) => document.traceEvents.filter((event) => phases.includes(event.ph));
  return { ...document, of };
}

describe("microseconds", () => {
  it.each([
    [0, "0.000000"],
    [1, "0.000001"],
    [1_000, "0.001000"],
    [1_234_567, "1.234567"],
    [100_000_000, "100.000000"],
    // 2^53 − 1 ps, a little over two and a half hours.
    [Number.MAX_SAFE_INTEGER, "9007199254.740991"],
  ])("writes %i ps as %s", (ps, us) => expect(microseconds(ps)).toBe(us));

  it("refuses fractions of a picosecond and negative times", () => {
    expect(() => microseconds(0.5)).toThrow("whole number of picoseconds");
    expect(() => microseconds(-1)).toThrow("whole number of picoseconds");
  });
});

describe("chromeTraceChunks", () => {
  it("writes complete events with exact times and their arguments", () => {
    const written = text({ spans: [span(1, 3, { args: { at: "k.ts:1:2", op: "recv" } })] });
    expect(written).toContain(
      '{"ph":"X","name":"work","pid":20000,"tid":1,"ts":0.000001,"dur":0.000002,"args":{"at":"k.ts:1:2","op":"recv"}}',
    );
    expect(JSON.parse(written).displayTimeUnit).toBe("ns");
  });

  it("names and orders each process once and each lane", () => {
    const lanes = [lane(0), lane(1), lane(0, { pid: 30_000, processName: "host0", processOrder: 7 })];
    const { traceEvents } = parsed({ lanes });
    expect(traceEvents).toEqual([
      { ph: "M", name: "process_name", pid: 20_000, args: { name: "sip0" } },
      { ph: "M", name: "process_sort_index", pid: 20_000, args: { sort_index: 1 } },
      { ph: "M", name: "thread_name", pid: 20_000, tid: 1, args: { name: "lane 0" } },
      { ph: "M", name: "thread_sort_index", pid: 20_000, tid: 1, args: { sort_index: 1 } },
      { ph: "M", name: "thread_name", pid: 20_000, tid: 2, args: { name: "lane 1" } },
      { ph: "M", name: "thread_sort_index", pid: 20_000, tid: 2, args: { sort_index: 2 } },
      { ph: "M", name: "process_name", pid: 30_000, args: { name: "host0" } },
      { ph: "M", name: "process_sort_index", pid: 30_000, args: { sort_index: 7 } },
      { ph: "M", name: "thread_name", pid: 30_000, tid: 1, args: { name: "lane 0" } },
      { ph: "M", name: "thread_sort_index", pid: 30_000, tid: 1, args: { sort_index: 1 } },
    ]);
  });

  it("draws an arrow from where a message is sent to where its receiver is open", () => {
    // Message 5 is received later than it is sent; the receiver of message 6 already waits when it is sent.
    const spans = [
      span(1_000, 2_000, { sends: 5 }),
      span(1_500, 1_600, { lane: 1, receives: 5 }),
      span(2_000, 9_000, { lane: 1, receives: 6 }),
      span(3_000, 3_000, { sends: 6 }),
    ];
    const arrow = (event: Event) => [event.ph, event.id, event.tid, event.ts];
    const { of } = parsed({ spans });
    expect(of("s", "f").map(arrow)).toEqual([
      ["s", 5, 1, 0.001],
      ["f", 5, 2, 0.0015],
      ["s", 6, 1, 0.003],
      ["f", 6, 2, 0.003],
    ]);
    expect(of("f").map((event) => event.bp)).toEqual(["e", "e"]);
    expect(new Set(of("s", "f").map((event) => event.name)).size).toBe(1);
  });

  it("draws no arrow without its other end, or outside its span, and counts it", () => {
    const spans = [
      span(0, 10, { sends: 1 }),
      span(0, 20, { lane: 1, receives: 2 }),
      span(30, 40, { sends: 2 }),
      span(40, 50, { lane: 1, receives: 3 }),
    ];
    const { of, otherData } = parsed({ spans });
    expect(of("s", "f")).toEqual([]);
    expect(otherData).toMatchObject({ omittedFlows: 3, omittedEvents: 0 });
  });

  it("escapes every control character and stays ASCII", () => {
    const name =
      Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join("") + "µ→\u2028\ud800";
    const written = text({
      lanes: [lane(0, { name, processName: name })],
      spans: [span(0, 1, { name, args: { at: name } })],
    });

    expect(written).toMatch(/^[\n\u0020-\u007e]*$/);
    const { traceEvents } = JSON.parse(written);
    expect(traceEvents[0].args.name).toBe(name);
    expect(traceEvents.at(-1)).toMatchObject({ name, args: { at: name } });
  });

  it("leaves out the end of the run, never the start, and says how much", () => {
    const spans = Array.from({ length: 1_000 }, (_, index) => span(index * 10, index * 10 + 10));
    const whole = text({ spans });
    const limitBytes = Math.floor(whole.length / 2);
    const { of, otherData } = parsed({ spans, limitBytes, omittedLanes: 3 });
    const shown = of("X");
    expect(shown.length).toBeGreaterThan(450);
    expect(shown.length).toBeLessThan(500);
    expect(shown.map((event) => event.ts)).toEqual(shown.map((_, index) => index / 1e5));
    expect(otherData).toEqual({
      schema: "linqu/chrome_trace/1",
      omittedEvents: 1_000 - shown.length,
      omittedLanes: 3,
      omittedFlows: 0,
      limitBytes,
    });
  });

  it("draws both ends of an arrow or none when the limit falls between them", () => {
    const spans = [span(0, 10, { sends: 1 }), span(20, 30, { lane: 1, receives: 1 })];
    const full = text({ spans }).length;
    for (let limitBytes = 0; limitBytes <= full + 200; limitBytes += 7) {
      const { of, otherData } = parsed({ spans, limitBytes });
      expect(of("s").length).toBe(of("f").length);
      expect(otherData.omittedFlows).toBe(1 - of("s").length);
      expect(of("X").length + Number(otherData.omittedEvents)).toBe(2);
    }
    expect(parsed({ spans, limitBytes: full + 200 }).of("s")).toHaveLength(1);
  });

  it("gives an empty trace when not even the lanes fit", () => {
    const { traceEvents, otherData } = parsed({ spans: [span(0, 1)], limitBytes: 1, omittedLanes: 4 });
    expect(traceEvents).toEqual([]);
    expect(otherData).toMatchObject({ omittedEvents: 1, omittedLanes: 6 });
  });

  it("refuses spans that overlap, nest or run backwards", () => {
    expect(() => text({ spans: [span(0, 10), span(9, 12)] })).toThrow("overlaps");
    expect(() => text({ spans: [span(0, 10), span(2, 3)] })).toThrow("overlaps");
    expect(() => text({ spans: [span(5, 6), span(0, 1, { lane: 1 })] })).toThrow("sorted");
    expect(() => text({ spans: [span(5, 4)] })).toThrow("ends before");
  });

  it("is valid JSON within the limit, whatever the spans", () => {
    const step = fc.record({
      lane: fc.nat(3),
      gap: fc.nat(2_000),
      length: fc.nat(3_000),
      name: fc.string({ unit: "binary", maxLength: 12 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(12_000), (steps, limitBytes) => {
        const endPs = [0, 0, 0, 0];
        const spans = steps.map((entry, index) => {
          const startPs = endPs[entry.lane]! + entry.gap;
          endPs[entry.lane] = startPs + entry.length;
          return span(startPs, endPs[entry.lane]!, {
            lane: entry.lane,
            name: entry.name,
            sends: index,
            receives: index - 1,
          });
        });
        spans.sort((a, b) => a.startPs - b.startPs);
        const lanes = [lane(0), lane(1), lane(2), lane(3)];
        const trace = { lanes, spans, limitBytes };
        const written = text(trace);
        expect(Buffer.byteLength(written)).toBeLessThanOrEqual(
          Math.max(limitBytes, text({ lanes: [], spans: [], limitBytes }).length + 10),
        );
        const { of, otherData } = parsed(trace);
        expect(of("X").length + Number(otherData.omittedEvents)).toBe(spans.length);
        expect(
          of("s")
            .map(({ id }) => id)
            .sort(),
        ).toEqual(
          of("f")
            .map(({ id }) => id)
            .sort(),
        );
        for (const { tid } of lanes) {
          const own = of("X").filter((event) => event.tid === tid);
          own.forEach((event, index) => {
            const next = own[index + 1];
            if (next)
              expect(Math.round((event.ts + event.dur) * 1e6)).toBeLessThanOrEqual(Math.round(next.ts * 1e6));
          });
        }
      }),
    );
  });
});
