import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileKernel } from "../../../src/compiler/compile.js";
import { ownCache, run } from "../../session/harness.js";
import { reportOf } from "./checked.js";

const SCRIPTS = Array.from({ length: 12 }, (_, index) => index + 1);
const WORLDS = [2, 3, 4];
const MOST_SLOTS = 4;

ownCache();

/** What the machine does with so many slots: true when all ranks end. */
async function ends(file: string, world: number, slots: number, bytes: number): Promise<boolean> {
  const { diagnostics } = await run({
    bench: null,
    kernel: file,
    topology: "cube",
    device: `cube:0/pe:0-${world - 1}`,
    set: [`ipcq.slots=${slots}`],
    bytes,
    check: false,
  });
  const codes = diagnostics.map(({ code }) => code);
  expect(["", "LQ3101"]).toContain(codes.join());
  return codes.length === 0;
}

/** Random scripts of messages, of which about half deadlock, depending on the depth of queues or not. */
describe("scripts of messages", () => {
  it.each(["slots", "direct"])(
    "end in the check as in the machine, with the same least depth: %s",
    async (name) => {
      const file = join(import.meta.dirname, "schedules/fixtures", `${name}.ts`);
      const bundle = await compileKernel(file);
      const outcomes = new Set<string>();
      for (const bytes of SCRIPTS) {
        for (const world of WORLDS) {
          const set = [`ipcq.slots=${MOST_SLOTS}`];
          const report = reportOf(bundle, bundle.manifest.kernels[0]!, {
            world,
            set,
            sizes: { bytes, dtype: "f32" },
          })!;
          const codes = report.findings.map(({ code }) => code).join();
          const what = `script ${bytes} with ${world} ranks: ${codes}`;
          const first = await leastDepth(file, world, bytes);
          if (first !== null) {
            expect(codes, what).toBe("");
            // Where nothing waits in a slot the check says 0, and a queue has one all the same.
            expect(Math.max(1, report.leastDepth ?? NaN), what).toBe(first);
          } else {
            expect(codes, what).toMatch(/^LQ310[123]$/);
            if (codes === "LQ3103" && report.leastDepth !== null) {
              expect(await ends(file, world, report.leastDepth, bytes), what).toBe(true);
              expect(await ends(file, world, report.leastDepth - 1, bytes), what).toBe(false);
            }
          }
          outcomes.add(`${codes} ${first}`);
        }
      }
      // Scripts that all come to the same would test little.
      expect(outcomes.size).toBeGreaterThan(2);
    },
  );
});

/** The fewest slots with which the machine comes to an end. */
async function leastDepth(file: string, world: number, bytes: number): Promise<number | null> {
  for (let slots = 1; slots <= MOST_SLOTS; slots++) if (await ends(file, world, slots, bytes)) return slots;
  return null;
}
