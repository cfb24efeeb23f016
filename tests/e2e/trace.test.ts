/** The Chrome trace: what the format asks for, exact times, one thing at a time in a lane, paired flows. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compiledFolderWith, folderWith, json, type RunResult } from "./cli.js";

compiledFolderWith();

interface TraceEvent {
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  name: string;
  id?: number | string;
  bp?: string;
  args?: Record<string, unknown>;
}

interface Trace {
  traceEvents: TraceEvent[];
  [other: string]: unknown;
}

interface Traced {
  trace: Trace;
  result: RunResult;
  sizeBytes: number;
}

async function traced(...flags: string[]): Promise<Traced> {
  const cwd = folderWith();
  const { exitCode, result, stdout } = await json(["profile", "--trace", "t.json", ...flags], { cwd });
  expect(exitCode, stdout.slice(0, 2000)).toBe(0);
  const file = join(cwd, "t.json");
  return { trace: JSON.parse(readFileSync(file, "utf8")) as Trace, result, sizeBytes: statSync(file).size };
}

/** Times in the file are microseconds; a picosecond is its sixth decimal. */
const ps = (us: number): number => Math.round(us * 1e6);

function lanesOf({ traceEvents }: Trace): Map<string, TraceEvent[]> {
  const lanes = new Map<string, TraceEvent[]>();
  for (const event of traceEvents.filter(({ ph }) => ph === "X")) {
    const lane = `${event.pid}/${event.tid}`;
    if (!lanes.has(lane)) lanes.set(lane, []);
    lanes.get(lane)!.push(event);
  }
  return lanes;
}

function expectSound({ trace, result }: Traced): void {
  const lanes = lanesOf(trace);
  expect(lanes.size).toBeGreaterThan(0);
  for (const [lane, events] of lanes) {
    const sorted = [...events].sort((a, b) => a.ts - b.ts || a.dur - b.dur);
    for (let i = 1; i < sorted.length; i++) {
      const before = sorted[i - 1];
      expect(ps(sorted[i].ts), `${lane}: ${before.name}, ${sorted[i].name}`).toBeGreaterThanOrEqual(
        ps(before.ts) + ps(before.dur),
      );
    }
    for (const event of events) {
      expect(event.dur).toBeGreaterThanOrEqual(0);
      expect(event.ts).toBeGreaterThanOrEqual(0);
      expect(ps(event.ts) + ps(event.dur)).toBeLessThanOrEqual(Math.round(result.simulatedNs * 1e3));
      // A whole number of picoseconds.
      expect(Math.abs(event.ts * 1e6 - ps(event.ts))).toBeLessThan(1e-2);
    }
  }
  const starts = trace.traceEvents.filter(({ ph }) => ph === "s");
  const ends = trace.traceEvents.filter(({ ph }) => ph === "f");
  expect(starts.length).toBeGreaterThan(0);
  expect(new Set(starts.map(({ id }) => id)).size).toBe(starts.length);
  expect(ends.map(({ id }) => id).sort()).toEqual(starts.map(({ id }) => id).sort());
  const startOf = new Map(starts.map((event) => [event.id, event]));
  for (const end of ends) expect(ps(end.ts)).toBeGreaterThanOrEqual(ps(startOf.get(end.id)!.ts));
  // An arrow hangs on a slice of its lane, or a viewer drops it.
  for (const event of [...starts, ...ends]) {
    const slices = lanes.get(`${event.pid}/${event.tid}`) ?? [];
    const held = slices.some((one) => ps(one.ts) <= ps(event.ts) && ps(event.ts) <= ps(one.ts) + ps(one.dur));
    expect(held, `${event.ph} ${event.id}`).toBe(true);
  }
}

describe.concurrent("the trace", () => {
  it("of a cube holds every lane, span and message", async () => {
    const all = await traced("--topology", "cube", "--bytes", "4100", "--trace-device", "all");
    expectSound(all);
    const { traceEvents } = all.trace;
    expect(traceEvents.filter(({ ph }) => ph === "s")).toHaveLength(all.result.messages);
    const names = traceEvents.filter(({ ph }) => ph === "M").map(({ name }) => name);
    expect(names).toContain("process_name");
    expect(names).toContain("thread_name");
    // Eight loads of x, one for each rank and piece, and the leader's own of the two results.
    expect(
      traceEvents.filter(({ ph, name }) => ph === "X" && name.includes("recv")).length,
    ).toBeGreaterThanOrEqual(all.result.messages);
  });

  it("of a ring and of a host is sound as well", async () => {
    expectSound(await traced("--topology", "ring", "--set", "counts.pesPerCube=6", "--bytes", "40KiB"));
    expectSound(await traced("--topology", "host", "--bytes", "9000"));
  });

  it("has the asked PEs only", async () => {
    const two = await traced("--topology", "cube", "--trace-device", "sip:0/cube:0/pe:2-3");
    const all = await traced("--topology", "cube", "--trace-device", "all");
    expect(lanesOf(two.trace).size).toBeLessThan(lanesOf(all.trace).size);
    expect(JSON.stringify(two.trace)).toMatch(/pe:?2\b/);
    expect(JSON.stringify(two.trace)).not.toMatch(/pe:?6\b/);
  });

  it("keeps to its cap and says what it left out", async () => {
    const flags = ["--topology", "cube", "--algorithm", "ring", "--bytes", "64KiB", "--trace-device", "all"];
    const full = await traced(...flags);
    const limited = await traced(...flags, "--trace-limit", "20KiB");
    expect(full.sizeBytes).toBeGreaterThan(20 * 1024);
    expect(limited.sizeBytes).toBeLessThanOrEqual(20 * 1024);
    const { traceEvents, ...rest } = limited.trace;
    expect(traceEvents.length).toBeGreaterThan(0);
    expect(JSON.stringify(rest)).toMatch(/omitted/i);
    const omitted = [...JSON.stringify(rest).matchAll(/omitted\w*"?:\s*"?(\d+)/gi)].map((match) =>
      Number(match[1]),
    );
    expect(Math.max(...omitted)).toBeGreaterThan(0);
    const lanes = lanesOf(limited.trace);
    expect(lanes.size).toBeGreaterThan(0);
  });

  it("has at most 500 lanes of a pod, and says how many it left out", async () => {
    const large = await traced("--topology", "pod", "--bytes", "64");
    expect(lanesOf(large.trace).size).toBeLessThanOrEqual(500);
    expect(lanesOf(large.trace).size).toBeGreaterThanOrEqual(32);
    const { traceEvents: _events, ...rest } = large.trace;
    expect(JSON.stringify(rest)).toMatch(/omitted/i);
  });
});
