/** Refs and futures: opaque values that pass through a kernel, and the operations that make and take them. */
import { describe, expect, it } from "vitest";
import { errorsOf, kernelSource, place, run } from "./workbench.js";

describe("refs and futures", () => {
  it("wait at every operation that may suspend, and only there", async () => {
    const body = `const f = tl.composite("gemm", tl.ref(x, [n, n]), tl.load(y, [n, n]), y);
tl.wait(f);
const g = tl.recvAsync("E", [n], "f32");
tl.store(y, tl.wait(g));
tl.wait(tl.recvInto("W", tl.zeros([n], "f32")));`;
    const { calls, waits } = await run(kernelSource(body));
    expect(calls).toEqual([
      "ref(#10, [4,4])",
      "load(#20, [4,4])",
      'composite("gemm", ref, #20, #20)',
      "wait(future)",
      'recvAsync("E", [4], "f32")',
      "wait(future)",
      "store(#20, #100)",
      'zeros([4], "f32")',
      'recvInto("W", #0)',
      "wait(future)",
    ]);
    // Load, composite, recvAsync, recvInto, store, and wait three times.
    expect(waits).toBe(8);
  });

  it("pass through helpers, arrays, objects and classes", async () => {
    const before = `class Pending {
  private readonly started: Future[] = [];
  add(f: Future): this { this.started.push(f); return this; }
  all() { for (const f of this.started) tl.wait(f); }
}
const start = (a: Ref, out: Ptr) => tl.composite("add", a, a, out);`;
    const body = `const pending = new Pending().add(start(tl.ref(x, [1]), y)).add(start(tl.ref(y, [1]), y));
pending.all();
const box: { f: Future | null } = { f: null };
if (box.f) tl.wait(box.f);
box.f = start(tl.ref(x, [2]), y);
if (box.f) tl.wait(box.f);`;
    const types = 'import type { Future, Ref } from "linqu/dsl";\n';
    const { calls } = await run(kernelSource(body, `\n${types}${before}`));
    expect(calls.filter((call) => call.startsWith("composite"))).toHaveLength(3);
    expect(calls.filter((call) => call === "wait(future)")).toHaveLength(3);
  });

  it("give a tile after tl.wait, also where its type has become a number", async () => {
    const body = `const sum = tl.load(x, [n]) * 2;
const got = tl.wait(tl.recvInto("E", sum));
tl.store(y, got + 1);
const list = [tl.recvAsync("W", [n], "f32")];
tl.store(y, -tl.wait(list[0]));`;
    const { calls } = await run(kernelSource(body));
    // x is at 10: 2·10 + 1; what comes from the queue is 100.
    expect(calls.filter((call) => call.startsWith("store"))).toEqual([
      "store(#20, #21)",
      "store(#20, #-100)",
    ]);
  });

  it("rewrites operators in an epilogue", async () => {
    const body = `const bias = tl.load(x, [n]);
tl.wait(tl.composite("add", bias, tl.ref(x, [n]), y, { epilogue: [{ op: "mul", with: bias * 2 }, { op: "sub", with: n * 2 }] }));`;
    const { calls } = await run(kernelSource(body));
    expect(calls.at(-2)).toBe(
      'composite("add", #10, ref, #20, {"epilogue":[{"op":"mul","with":{"value":20}},{"op":"sub","with":8}]})',
    );
  });

  it.each([
    ["arithmetic with a ref", "const t = tl.ref(x, [n]) + 1;", ["LQ1002"]],
    ["arithmetic with a future", 'const t = tl.recvAsync("E", [n], "f32") * 2;', ["LQ1002"]],
    ["the sign of a ref", "const t = Math.abs(tl.ref(x, [n]));", ["LQ1002"]],
    ["a ref that is stored", "tl.store(y, tl.ref(x, [n]));", ["LQ1002"]],
    ["a tile that is waited for", "tl.wait(tl.load(x, [n]));", ["LQ1002"]],
    ["an unknown command", 'tl.wait(tl.composite("conv", tl.ref(x, [n]), tl.ref(x, [n]), y));', ["LQ1002"]],
    [
      "a tile that was waited for as a condition",
      'if (tl.wait(tl.recvAsync("E", [n], "f32"))) n = 1;',
      ["LQ1301"],
    ],
  ])("refuses %s where it stands", async (_what, body, codes) => {
    const found = await errorsOf({ "kernel.ts": kernelSource(body) });
    expect(found.map(({ code }) => code)).toEqual(codes);
    expect(found.map(place).every((at) => / 4:/.test(at))).toBe(true);
  });
});
