import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkWorld } from "../../src/check/world-check.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { run } from "../session/harness.js";
import { folderOf } from "../compiler/workbench.js";
import { CHECK_DEFAULTS, setupOf } from "./harness.js";

/**
 * Every rank sends and receives to both sides after a script that a seed makes: messages of one slot and of three. With
 * even seeds all ranks do the same, and every send has its receive, sooner or later; with odd ones hardly any has. A
 * step is 0 or 1 for a send to the east or west, 2 or 3 for its receive, 4 or 5 for a posted one; and 8 more if large.
 */
const SOURCE = `
import { defineKernel, tl } from "linqu/dsl";

function scriptOf(seed: number, rank: number): number[] {
  let state = (seed * 7919 + (seed % 2) * rank * 104729 + 12345) % 65536;
  const next = (bound: number): number => {
    state = (state * 75 + 74) % 65537;
    return Math.floor(state / 7) % bound;
  };
  const script: number[] = [];
  const open: number[] = [];
  let sends = 5;
  while (sends > 0 || open.length > 0) {
    const receives = seed % 2 === 1 ? next(2) === 0 : open.length > 0 && (sends === 0 || next(5) < 3);
    if (receives) {
      const step = seed % 2 === 1 ? next(2) : open.shift()!;
      script.push(step + 2 + 2 * next(2));
      if (seed % 2 === 1) sends--;
    } else {
      const step = next(2) + (next(5) === 0 ? 8 : 0);
      script.push(step);
      open.push(step);
      sends--;
      if (seed % 2 === 1) open.pop();
    }
    if (seed % 10 === 0 && script.length === 1) script.unshift(script[0]! + 2);
  }
  return script;
}

export const scripted = defineKernel(
  { name: "scripted", args: ({ rank, bytes }) => [scriptOf(bytes, rank)] },
  (script: number[]) => {
    for (let i = 0; i < script.length; i++) {
      const step = script[i] % 8;
      const length = script[i] >= 8 ? 40 : 4;
      const [to, from] = step % 2 === 0 ? (["E", "W"] as const) : (["W", "E"] as const);
      if (step < 2) tl.send(to, tl.zeros([length], "f32"));
      else if (step < 4) tl.recv(from, [length], "f32");
      else tl.wait(tl.recvAsync(from, [length], "f32"));
    }
  },
);
`;

/** What a run comes to, in a word. */
function outcomeOf(codes: readonly string[]): string {
  if (codes.includes("LQ3201")) return "mismatch";
  return codes.some((code) => ["LQ3101", "LQ3102", "LQ3103"].includes(code)) ? "stands still" : "ends";
}

describe("check and machine", () => {
  const folder = folderOf({});
  const file = join(folder, "scripted.ts");
  writeFileSync(file, SOURCE);

  it.each([1, 3])("agree on who ends, with queues of %i slots", async (slots) => {
    const bundle = await compileKernel(file, { cache: false });
    const set = [`ipcq.slots=${slots}`, "ipcq.slotBytes=64"];
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 36; seed++) {
      const world = 2 + (seed % 3);
      const device = `host:0/sip:0/cube:0/pe:0-${world - 1}`;
      const machine = await run({ bench: null, kernel: file, topology: "cube", device, set, bytes: seed });
      const [first] = machine.diagnostics.filter(({ severity }) => severity === "error");
      const simulated = outcomeOf(first === undefined ? [] : [first.code]);
      const setup = setupOf(bundle, world, { set, bytes: seed });
      const codes = checkWorld(setup, CHECK_DEFAULTS).findings.map(({ code }) => code);
      expect(outcomeOf(codes), `seed ${seed}, ${world} ranks`).toBe(simulated);
      seen.set(simulated, (seen.get(simulated) ?? 0) + 1);
    }
    // Each outcome occurs, so that agreement says something.
    for (const outcome of ["ends", "stands still", "mismatch"])
      expect(seen.get(outcome) ?? 0, outcome).toBeGreaterThan(2);
  });
});
