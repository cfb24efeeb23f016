import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FreeList } from "../../../src/machine/memory/free-list.js";
import { refusal } from "../../topology/refusal.js";

const problem = (call: () => unknown) => refusal(call).problems[0]!;

describe("free list", () => {
  it("takes the first block that is large enough, at multiples of the alignment", () => {
    const list = new FreeList("HBM", 1000, 1024, 64);
    const [a, b, c] = [list.allocate(100), list.allocate(1), list.allocate(64)];
    expect([a, b, c]).toEqual([1000, 1128, 1192]);
    list.release(a);
    expect(list.allocate(129)).toBe(1256);
    expect(list.allocate(128)).toBe(1000);
  });

  it("gives out the end of a memory that is no multiple of the alignment", () => {
    const list = new FreeList("HBM", 0, 100, 64);
    expect(list.allocate(64)).toBe(0);
    expect(list.allocate(36)).toBe(64);
    expect(list.freeBytes).toBe(0);
  });

  it("joins a freed block with both neighbours", () => {
    const list = new FreeList("HBM", 0, 300, 1);
    const blocks = [list.allocate(100), list.allocate(100), list.allocate(100)];
    list.release(blocks[0]!);
    list.release(blocks[2]!);
    expect([list.freeBytes, list.largestFreeBytes]).toEqual([200, 100]);
    list.release(blocks[1]!);
    expect(list.largestFreeBytes).toBe(300);
  });

  it("says what is free when there is no room", () => {
    const list = new FreeList("the HBM of sip0.cube1.pe2", 0, 8192, 1024);
    const held = Array.from({ length: 8 }, () => list.allocate(1024));
    for (const index of [1, 4, 5]) list.release(held[index]!);
    const scattered = refusal(() => list.allocate(3000));
    expect(scattered.exitCode).toBe(5);
    expect(scattered.problems[0]).toMatchObject({
      code: "LQ6120",
      message:
        "the HBM of sip0.cube1.pe2 has no room for 2.93 KiB: 3 KiB are free, the largest block has 2 KiB",
      hint: expect.stringContaining("between"),
    });
    expect(problem(() => list.allocate(8192)).hint).toContain("no longer needed");
  });

  it("refuses to free what is not held", () => {
    const list = new FreeList("TCM", 0x1000, 0x1000, 16);
    const block = list.allocate(0x100);
    expect(problem(() => list.release(0x1010)).message).toBe(
      "TCM cannot free 0x1010: it lies inside a block, not at its start",
    );
    expect(problem(() => list.release(0xfff)).message).toContain("outside this memory");
    expect(problem(() => list.release(0x2000)).message).toContain("outside this memory");
    list.release(block);
    expect(problem(() => list.release(block))).toMatchObject({
      code: "LQ6121",
      message: "TCM cannot free 0x1000: it is free: freed before, or never allocated",
    });
    expect(list.largestFreeBytes).toBe(0x1000);
  });
});

describe("against a map of single bytes", () => {
  const BASE = 7;
  const steps = fc.array(
    fc.oneof(
      fc.record({ allocate: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ release: fc.nat({ max: 30 }) }),
    ),
    { maxLength: 80 },
  );

  it.each([1, 8])("places first-fit without overlap and gets everything back, aligned to %i", (align) => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 250 }), (script, size) => {
        const list = new FreeList("model", BASE, size, align);
        const taken = new Array<boolean>(size).fill(false);
        const held: { start: number; bytes: number }[] = [];
        const isFree = (from: number, to: number) => !taken.slice(from, to).includes(true);
        const expected = (bytes: number) => {
          for (let at = 0; at + bytes <= size; at += align) if (isFree(at, at + bytes)) return at;
          return null;
        };
        for (const step of script) {
          if ("allocate" in step) {
            const at = expected(step.allocate);
            if (at === null) {
              expect(problem(() => list.allocate(step.allocate)).code).toBe("LQ6120");
              continue;
            }
            expect(list.allocate(step.allocate)).toBe(BASE + at);
            const bytes = Math.min(Math.ceil(step.allocate / align) * align, size - at);
            taken.fill(true, at, at + bytes);
            held.push({ start: at, bytes });
          } else if (held.length > 0) {
            const [block] = held.splice(step.release % held.length, 1);
            list.release(BASE + block!.start);
            taken.fill(false, block!.start, block!.start + block!.bytes);
          }
          expect(list.freeBytes).toBe(taken.filter((byte) => !byte).length);
        }
        for (const block of held) list.release(BASE + block.start);
        expect([list.freeBytes, list.largestFreeBytes]).toEqual([size, size]);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});
