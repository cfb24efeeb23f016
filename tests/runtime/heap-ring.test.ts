import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeapRing, type HeapBlock } from "../../src/runtime/heap-ring.js";

function taken(block: HeapBlock | null): HeapBlock {
  if (!block) throw new Error("the ring refused");
  return block;
}

describe("heap ring", () => {
  it("places blocks at multiples of 64 bytes", () => {
    const ring = new HeapRing(1024);
    expect(taken(ring.alloc(3)).offset).toBe(0);
    expect(taken(ring.alloc(65)).offset).toBe(64);
    expect(taken(ring.alloc(1)).offset).toBe(192);
    expect(ring.used).toBe(256);
  });

  it.each([1000, 995, 1])("gives an emptied ring of 1000 bytes whole to an allocation of %i", (size) => {
    const ring = new HeapRing(1000);
    ring.free(taken(ring.alloc(10)));
    expect(taken(ring.alloc(size)).offset).toBe(0);
    expect(ring.used).toBeLessThanOrEqual(1000);
  });

  it("wraps to the start when the block does not fit before the end, and counts the waste as used", () => {
    const ring = new HeapRing(256);
    const first = taken(ring.alloc(128));
    const second = taken(ring.alloc(64));
    expect(ring.alloc(128)).toBeNull();
    ring.free(first);
    expect(taken(ring.alloc(128)).offset).toBe(0);
    expect(ring.used).toBe(256);
    ring.free(second);
    expect(ring.used).toBe(128);
    expect(taken(ring.alloc(128)).offset).toBe(128);
    expect(ring.used).toBe(256);
  });

  it("reclaims in order: a freed block behind a held one stays", () => {
    const ring = new HeapRing(192);
    const [a, b, c] = [taken(ring.alloc(64)), taken(ring.alloc(64)), taken(ring.alloc(64))];
    ring.free(b);
    ring.free(c);
    expect(ring.used).toBe(192);
    expect(ring.alloc(64)).toBeNull();
    ring.free(a);
    ring.free(a);
    expect(ring.used).toBe(0);
    expect(ring.usage).toMatchObject({ peak: 192, allocs: 3, retires: 3 });
  });

  it("states the capacity that a refused allocation needed", () => {
    const needed = (capacity: number): number | null => {
      const ring = new HeapRing(capacity);
      ring.alloc(512);
      ring.alloc(256);
      return ring.alloc(400) ? null : ring.sufficientCapacity(400);
    };
    expect(needed(1024)).toBe(1168);
    expect(needed(1167)).toBe(1168);
    expect(needed(1168)).toBeNull();
  });

  it("accepts the refused allocation with the capacity that it states", () => {
    const step = fc.oneof(
      fc.record({ alloc: fc.integer({ min: 1, max: 700 }) }),
      fc.record({ free: fc.nat(6) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 700, max: 1500 }), fc.array(step, { maxLength: 60 }), (small, steps) => {
        const refused = (capacity: number): { at: number; sufficient: number } | null => {
          const ring = new HeapRing(capacity);
          const live: HeapBlock[] = [];
          for (const [at, step] of steps.entries()) {
            if ("alloc" in step) {
              const block = ring.alloc(step.alloc);
              if (!block) return { at, sufficient: ring.sufficientCapacity(step.alloc) };
              live.push(block);
            } else if (live[step.free]) {
              ring.free(live[step.free]!);
              while (live[0]?.freed) live.shift();
            }
          }
          return null;
        };
        const first = refused(small);
        if (!first) return;
        expect(first.sufficient).toBeGreaterThan(small);
        expect(refused(first.sufficient)?.at ?? Infinity).toBeGreaterThan(first.at);
      }),
      { numRuns: 1000 },
    );
  });

  it("never overlaps, never exceeds its capacity, and never refuses what fits", () => {
    const step = fc.oneof(
      fc.record({ alloc: fc.integer({ min: 1, max: 700 }) }),
      fc.record({ free: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1500 }), fc.array(step, { maxLength: 80 }), (capacity, steps) => {
        const ring = new HeapRing(capacity);
        /** In order of allocation, from the oldest that is not reclaimed. */
        const live: HeapBlock[] = [];
        for (const step of steps) {
          if ("free" in step) {
            const block = live[step.free];
            if (block) ring.free(block);
            while (live[0]?.freed) live.shift();
          } else if (step.alloc <= capacity) {
            const block = ring.alloc(step.alloc);
            if (block) {
              expect(block.offset % 64).toBe(0);
              expect(block.offset + step.alloc).toBeLessThanOrEqual(capacity);
              for (const other of live) {
                const apart =
                  other.offset + other.sizeBytes <= block.offset ||
                  block.offset + block.sizeBytes <= other.offset;
                expect(apart).toBe(true);
              }
              live.push(block);
            } else {
              expect(fits(capacity, live, step.alloc)).toBe(false);
            }
          }
          expect(ring.used).toBeLessThanOrEqual(capacity);
          expect(ring.used === 0).toBe(live.length === 0);
        }
      }),
    );
  });
});

/** Is there room behind the newest block, or from 0 to the oldest? */
function fits(capacity: number, live: readonly HeapBlock[], size: number): boolean {
  const [oldest] = live;
  const newest = live[live.length - 1];
  if (!oldest || !newest) return true;
  const padded = (bytes: number): number => Math.ceil(bytes / 64) * 64;
  const head = newest.offset + padded(newest.sizeBytes);
  if (newest.offset < oldest.offset) return head + padded(size) <= oldest.offset;
  return head + size <= capacity || padded(size) <= oldest.offset;
}
