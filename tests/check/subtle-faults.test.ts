import { describe, expect, it } from "vitest";
import { check } from "./harness.js";
/** Two vectors. */
const V = { args: 'input("x", "f32", [64]), output("y", "f32", [64])', parameters: "x: Ptr, y: Ptr" };
const POL = '{ cube: "row_wise", pe: "row_wise" }';
/** A vector, and a tensor that all ranks share. */
const S = { args: `input("x", "f32", [4]), inout("s", "f32", [64], ${POL})`, parameters: "x: Ptr, s: Ptr" };

/** What a body does, the body, ranks, what belongs to it, and the codes that it is to give. */
const CASES: readonly [string, string, number, NonNullable<Parameters<typeof check>[2]>, string][] = [
  [
    "atomics on different elements do not order",
    `
   if (tl.rank() === 0) { tl.store(s + 8, tl.load(x, [1])); tl.atomicAdd(s, 1); }
   else { tl.atomicAdd(s + 1, 1); tl.store(x, tl.load(s + 8, [1])); }`,
    2,
    { ...S, args: S.args.replace("input", "inout") },
    "LQ3304 LQ3401",
  ],
  [
    "view of posted tile",
    `
   const t = tl.zeros([64], "f32"); const v = t.reshape([8, 8]);
   const f = tl.recvInto("W", t); tl.send("E", tl.load(x, [64])); tl.store(y, v.reshape([64])); tl.wait(f);`,
    2,
    { ...V, options: "worlds: (w) => w > 1" },
    "LQ3301",
  ],
  [
    "recvInto into both a tile and its view",
    `
   const t = tl.zeros([64], "f32"); const v = t.reshape([8, 8]);
   const f = tl.recvInto("W", t); const g = tl.recvInto("E", v);
   tl.send("E", tl.load(x, [64])); tl.send("W", tl.load(x, [64]).reshape([8, 8])); tl.wait(f); tl.wait(g); tl.store(y, t);`,
    2,
    V,
    "LQ3302",
  ],
  [
    "store over what a command writes",
    `
   const a = tl.load(x, [8, 8]);
   const c = tl.composite("add", a, a, y); tl.store(y, tl.load(x, [64])); tl.wait(c);`,
    1,
    V,
    "LQ3304",
  ],
  [
    "store over what a command streams",
    `
   const c = tl.composite("add", tl.ref(x, [8, 8]), tl.load(x, [8, 8]), y); tl.store(x, tl.zeros([64], "f32")); tl.wait(c);`,
    1,
    { ...V, args: V.args.replace("input", "inout") },
    "LQ3304",
  ],
  [
    "barriers of different axes",
    `if (tl.rank() === 0) tl.barrier({ axis: "pe" }); else tl.barrier();`,
    3,
    {},
    "LQ3101",
  ],
  [
    "unreceived of one rank",
    `const t = tl.load(x, [64]); if (tl.rank() === 2) tl.send("E", t); tl.store(y, t);`,
    5,
    V,
    "LQ3202",
  ],
  [
    "gather: two neighbours swapped",
    `
    let t: Tile = tl.load(x, [16]); let from = tl.rank();
    for (let i = 0; i < tl.worldSize(); i++) { const at = from ^ (i === 3 && tl.rank() === 1 ? 1 : 0); tl.store(y + at * 16, t);
      if (i + 1 < tl.worldSize()) { tl.send("E", t); t = tl.recv("W", [16], "f32"); from = (from + tl.worldSize() - 1) % tl.worldSize(); } }`,
    4,
    {
      args: 'input("x", "f32", [16]), output("y", "f32", [16 * world])',
      parameters: "x: Ptr, y: Ptr",
      options: "expect: allGather()",
    },
    "LQ3602 LQ3601",
  ],
  [
    "in place, own part read after it was overwritten",
    `
    const mine = tl.load(x, [64]); tl.send("E", mine); tl.store(x, mine + tl.recv("W", [64], "f32")); tl.store(x, tl.load(x, [64]) + mine);`,
    2,
    {
      args: 'inout("x", "f32", [64])',
      parameters: "x: Ptr",
      options: 'expect: allReduce("sum", { input: "x", output: "x" })',
    },
    "LQ3601",
  ],
  [
    "in place",
    `const mine = tl.load(x, [64]); tl.send("E", mine); tl.store(x, tl.load(x, [64]) + tl.recv("W", [64], "f32"));`,
    2,
    {
      args: 'inout("x", "f32", [64])',
      parameters: "x: Ptr",
      options: 'expect: allReduce("sum", { input: "x", output: "x" })',
    },
    "",
  ],
  [
    "maximum of sums",
    `const m = tl.load(x, [64]); tl.send("E", m + 1); tl.store(y, tl.maximum(m + 1, tl.recv("W", [64], "f32")) - 1);`,
    2,
    { ...V, options: 'expect: allReduce("max")' },
    "",
  ],
  [
    "average in integers",
    `const m = tl.load(x, [64]); tl.send("E", m); tl.store(y, tl.floordiv(m + tl.recv("W", [64], "i32"), 2));`,
    2,
    {
      args: 'input("x", "i32", [64]), output("y", "i32", [64])',
      parameters: 'x: Ptr<"i32">, y: Ptr<"i32">',
      options: 'expect: allReduce("avg")',
    },
    "",
  ],
  [
    "average in integers, shares first",
    `const m = tl.floordiv(tl.load(x, [64]), 2); tl.send("E", m); tl.store(y, m + tl.recv("W", [64], "i32"));`,
    2,
    {
      args: 'input("x", "i32", [64]), output("y", "i32", [64])',
      parameters: 'x: Ptr<"i32">, y: Ptr<"i32">',
      options: 'expect: allReduce("avg")',
    },
    "LQ3601",
  ],
  [
    "item, right",
    `const m = tl.load(x, [64]); tl.send("E", m); const o = tl.recv("W", [64], "f32"); if (tl.item(m.sum()) > 1e9) tl.store(y, m); else tl.store(y, m + o);`,
    2,
    { ...V, options: 'expect: allReduce("sum")' },
    "LQ3401",
  ],
  [
    "item, wrong",
    `const m = tl.load(x, [64]); tl.send("E", m); const o = tl.recv("W", [64], "f32"); if (tl.item(m.sum()) < 1e9) tl.store(y, m); else tl.store(y, m + o);`,
    2,
    { ...V, options: 'expect: allReduce("sum")' },
    "LQ3601 LQ3401",
  ],
  [
    "item, not all written",
    `const m = tl.load(x, [64]); tl.send("E", m); const o = tl.recv("W", [64], "f32"); if (tl.item(m.sum()) < 1e9) tl.store(y, (m+o).reshape([64])); else tl.store(y, m + o);  tl.store(y, tl.load(x,[32])); `,
    2,
    { ...V, options: 'expect: allReduce("sum")' },
    "LQ3601 LQ3401",
  ],
  [
    "atomics, replicated copies",
    `tl.atomicAdd(s, 1);tl.barrier(); tl.store(y, tl.load(s, [64]));`,
    3,
    {
      args: `inout("s", "f32", [64], ${POL}), output("y", "f32", [64])`,
      parameters: "s: Ptr, y: Ptr",
      options: 'replicated: ["y"]',
    },
    "LQ3401",
  ],
  [
    "replicate policy: all copies begin alike",
    `tl.store(y, tl.load(s, [64]));`,
    3,
    {
      args: `input("s", "f32", [64], { cube: "replicate", pe: "replicate" }), output("y", "f32", [64])`,
      parameters: "s: Ptr, y: Ptr",
      options: 'replicated: ["y"]',
    },
    "",
  ],
  [
    "replicate policy: one copy changed",
    `if (tl.rank() === 1) tl.store(s, tl.zeros([4], "f32")); tl.store(y, tl.load(s, [64]));`,
    3,
    {
      args: `inout("s", "f32", [64], { cube: "replicate", pe: "replicate" }), output("y", "f32", [64])`,
      parameters: "s: Ptr, y: Ptr",
      options: 'replicated: ["y"]',
    },
    "LQ3603",
  ],
  ["nothing is stored", `tl.load(x, [64]);`, 2, { ...V, options: 'expect: allReduce("sum")' }, "LQ3602"],
  [
    "2-D masked block",
    `
     const rows = tl.arange(0, 4).reshape([4, 1]); const cols = tl.arange(0, 32).reshape([1, 32]);
     const at = rows * 16 + cols; const mask = cols < 16;
     const m = tl.load(x + at, { mask: tl.broadcast(mask, [4, 32]) });
     tl.send("E", m); tl.store(y + at, m + tl.recv("W", [4, 32], "f32"), { mask: tl.broadcast(mask, [4, 32]) });`,
    2,
    { ...V, options: 'expect: allReduce("sum")' },
    "",
  ],
  [
    "2-D masked block, tail",
    `
     const rows = tl.arange(0, 4).reshape([4, 1]); const cols = tl.arange(0, 32).reshape([1, 32]);
     const at = rows * 16 + cols; const mask = cols < 16 && rows < 3;
     const m = tl.load(x + at, { mask });
     tl.send("E", m); tl.store(y + at, m + tl.recv("W", [4, 32], "f32"), { mask });`,
    2,
    { ...V, options: 'expect: allReduce("sum")' },
    "LQ3602",
  ],
  [
    "one rank writes nothing",
    `const m = tl.load(x, [64]); if (tl.rank() === 0) { tl.send("E", m); tl.store(y, m); } else { const t = tl.recv("W", [64], "f32"); if (tl.rank() === 1) tl.store(y, t); }`,
    3,
    { ...V, options: 'replicated: ["y"]' },
    "LQ3102",
  ],
  [
    "one of two writes nothing",
    `const m = tl.load(x, [64]); if (tl.rank() === 0) tl.send("E", m); else tl.recv("W", [64], "f32"); if (tl.rank() === 0) tl.store(y, m);`,
    2,
    { ...V, options: 'replicated: ["y"]' },
    "LQ3603",
  ],
  [
    "pieces joined otherwise",
    `
    const a = tl.rank() === 0 ? 24 : 40;
    const m = tl.zeros([64], "f32");
    tl.store(x, tl.full([a], 1, "f32")); tl.store(x + a, tl.full([64 - a], 2, "f32"));
    tl.store(y, tl.load(x, [64]) + tl.load(x, [64]).exp());`,
    2,
    { ...V, args: V.args.replace("input", "inout"), options: 'replicated: ["y"]' },
    "LQ3603",
  ],
  [
    "cast to another integer",
    `const m = tl.full([64], 300, "f32"); tl.store(y, tl.rank() === 0 ? tl.cast(tl.cast(m, "i8"), "f32") : tl.cast(tl.cast(m, "i16"), "f32"));`,
    2,
    { ...V, options: 'replicated: ["y"]' },
    "LQ3603",
  ],
  [
    "posted receives in the wrong order",
    `
    const m = tl.load(x, [64]); tl.send("E", m); tl.send("E", m * 2);
    const f = tl.recvAsync("W", [64], "f32"); const g = tl.recvAsync("W", [64], "f32");
    const b = tl.wait(g); const a = tl.wait(f);
    tl.print(a); tl.store(y, m + b);`,
    2,
    { ...V, options: 'expect: allReduce("sum")' },
    "LQ3601",
  ],
  [
    "exchange of long messages, one slot",
    `const m = tl.zeros([100000], "f32"); tl.send("E", m); tl.recv("W", [100000], "f32");`,
    3,
    { set: ["ipcq.slots=1", "ipcq.slotBytes=64"] },
    "LQ3103",
  ],
  [
    "a barrier that one rank passes twice",
    `tl.barrier(); if (tl.rank() === 1) tl.barrier();`,
    3,
    {},
    "LQ3102",
  ],
  [
    "shares that do not add up",
    `const m = tl.load(x, [64]); tl.send("E", m); tl.store(y, m * 0.49 + tl.recv("W", [64], "f32") * 0.51);`,
    2,
    { ...V, options: 'expect: allReduce("avg")' },
    "LQ3601",
  ],
  [
    "decimal shares that do add up",
    `const m = tl.load(x, [64]); tl.send("E", m); tl.store(y, m * 0.1 * 5 + tl.recv("W", [64], "f32") * (0.2 + 0.3));`,
    2,
    { ...V, options: 'expect: allReduce("avg")' },
    "",
  ],
  [
    "last element off by one",
    `const m = tl.load(x, [64]); tl.send("E", m); tl.store(y, m + tl.recv("W", [64], "f32")); tl.store(y + 63, tl.load(x + 62, [1]));`,
    2,
    { ...V, options: 'expect: allReduce("sum")' },
    "LQ3601",
  ],
  [
    "reversed by a stride",
    `const m = tl.load(x + (63 - tl.arange(0, 64))); tl.store(y, m);`,
    1,
    { ...V, options: "expect: broadcast(0)" },
    "LQ3601",
  ],
  [
    "reversed twice",
    `const back = 63 - tl.arange(0, 64); const m = tl.load(x + back); tl.store(y + back, m);`,
    1,
    { ...V, options: "expect: broadcast(0)" },
    "",
  ],
  [
    "columns for rows",
    `const i = tl.arange(0, 8); const at = i.reshape([1, 8]) * 8 + i.reshape([8, 1]); tl.store(y, tl.load(x + at).reshape([64]));`,
    1,
    { ...V, options: "expect: broadcast(0)" },
    "LQ3601",
  ],
  [
    "transposed by pointers and back",
    `const i = tl.arange(0, 8); const at = i.reshape([1, 8]) * 8 + i.reshape([8, 1]); tl.store(y + at, tl.load(x + at));`,
    1,
    { ...V, options: "expect: broadcast(0)" },
    "",
  ],
  [
    "transposed by pointers and by transpose",
    `const i = tl.arange(0, 8); const at = i.reshape([1, 8]) * 8 + i.reshape([8, 1]); tl.store(y, tl.load(x + at).transpose().reshape([64]));`,
    1,
    { ...V, options: "expect: broadcast(0)" },
    "",
  ],
  [
    "race with a gather",
    `tl.store(s + tl.rank(), tl.load(x, [1])); const at = tl.cast(tl.load(x, [4]), "i32") * 0; tl.store(x, tl.load(s + at));`,
    2,
    { ...S, args: S.args.replace("input", "inout") },
    "LQ2008",
  ],
  [
    "race of two commands",
    `tl.wait(tl.composite("add", tl.load(x, [2, 2]), tl.load(x, [2, 2]), s));`,
    2,
    S,
    "LQ3304",
  ],
];
describe("kernels that are nearly right, or look wrong", () => {
  it.each(CASES)("%s", async (_what, body, world, kernel, codes) => {
    const report = await check(body, world, kernel);
    expect(report.findings.map(({ code }) => code).join(" ")).toBe(codes);
    // What a collective promises is never said to hold beside an error.
    expect(report.postCondition === "holds" && report.status === "failed").toBe(false);
  });
});
