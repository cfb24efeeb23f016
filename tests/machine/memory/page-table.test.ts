import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SourceLocation } from "../../../src/base/diagnostics.js";
import { PageTable } from "../../../src/machine/memory/page-table.js";
import { refusal } from "../../topology/refusal.js";

const problem = (call: () => unknown) => refusal(call).problems[0]!;
const VA = 0x1_0000_0000;
const PAGE = 2 ** 21;
const by = (at: SourceLocation | null) => () => ({ pe: "sip1.cube2.pe3", at });

describe("page table", () => {
  it("translates a tensor of many pages as one piece", () => {
    const table = new PageTable("sip0.cube0.pe0");
    table.map(VA, 1000 * PAGE, 0x10_0000_0000);
    expect(table.size).toBe(1);
    expect(table.translate(VA + 3 * PAGE - 8, 16, by(null))).toEqual([
      { pa: 0x10_0000_0000 + 3 * PAGE - 8, bytes: 16 },
    ]);
  });

  it("keeps shards apart that share a page", () => {
    const table = new PageTable("sip0.cube0.pe0");
    // The second half first: the order in which a page is filled says nothing.
    table.map(VA + 512, 512, 0x9000);
    table.map(VA, 512, 0x1000);
    expect(table.translate(VA, 1024, by(null))).toEqual([
      { pa: 0x1000, bytes: 512 },
      { pa: 0x9000, bytes: 512 },
    ]);
    expect(table.translate(VA + 500, 20, by(null))).toEqual([
      { pa: 0x1000 + 500, bytes: 12 },
      { pa: 0x9000, bytes: 8 },
    ]);
  });

  it("joins pieces that continue one another", () => {
    const table = new PageTable("sip0.cube0.pe0");
    table.map(VA, 512, 0x1000);
    table.map(VA + 512, 512, 0x1200);
    expect(table.translate(VA + 8, 1000, by(null))).toEqual([{ pa: 0x1008, bytes: 1000 }]);
  });

  it("faults on what is not mapped, and names PE, address and line", () => {
    const table = new PageTable("sip1.cube2.pe3");
    const at = { file: "kernels/add.ts", line: 12, column: 3, endColumn: 20 };
    expect(problem(() => table.translate(VA, 4, by(at))).hint).toContain("maps nothing");
    table.map(VA, 4096, 0);
    const { exitCode, problems } = refusal(() => table.translate(VA + 4000, 128, by(at)));
    expect(exitCode).toBe(5);
    expect(problems[0]).toMatchObject({
      code: "LQ6110",
      message:
        "MMU of sip1.cube2.pe3: page fault: 0x1_0000_1000 is not mapped (access to 128 bytes at 0x1_0000_0fa0)",
      hint: expect.stringContaining("0x1_0000_0000 to 0x1_0000_0fff"),
      at,
    });
    // A physical address is no virtual one, and neither is a negative one.
    expect(problem(() => table.translate(0x10_0000_0000, 4, by(at))).code).toBe("LQ6110");
    expect(problem(() => table.translate(-8, 4, by(at))).code).toBe("LQ6110");
  });

  it("refuses to map twice and to unmap what is not mapped", () => {
    const table = new PageTable("sip0.cube0.pe0");
    table.map(VA, 4096, 0);
    expect(problem(() => table.map(VA + 4095, 2, 8192))).toMatchObject({
      code: "LQ6111",
      message: expect.stringContaining("0x1_0000_0fff to 0x1_0000_1000"),
    });
    expect(problem(() => table.unmap(VA + 4095, 2))).toMatchObject({
      code: "LQ6112",
      message: expect.stringContaining("0x1_0000_1000 is not mapped"),
    });
    table.unmap(VA, 4096);
    expect(problem(() => table.unmap(VA, 4096)).code).toBe("LQ6112");
    expect(table.size).toBe(0);
  });

  it("unmaps the middle of a range", () => {
    const table = new PageTable("sip0.cube0.pe0");
    table.map(VA, 300, 1000);
    table.unmap(VA + 100, 100);
    expect(table.translate(VA + 99, 1, by(null))).toEqual([{ pa: 1099, bytes: 1 }]);
    expect(table.translate(VA + 200, 100, by(null))).toEqual([{ pa: 1200, bytes: 100 }]);
    expect(problem(() => table.translate(VA + 99, 2, by(null))).code).toBe("LQ6110");
  });
});

/** The same MMU as pages that each hold a list of sub-ranges. */
class Pages {
  private readonly pages = new Map<number, { start: number; end: number; pa: number }[]>();

  constructor(private readonly pageBytes: number) {}

  /** The parts of a range in its pages. */
  private *parts(va: number, bytes: number): Generator<{ page: number; start: number; end: number }> {
    for (let at = va; at < va + bytes;) {
      const page = Math.floor(at / this.pageBytes);
      const end = Math.min((page + 1) * this.pageBytes, va + bytes);
      yield { page, start: at, end };
      at = end;
    }
  }

  private byteAt(va: number): number | null {
    const page = this.pages.get(Math.floor(va / this.pageBytes)) ?? [];
    const found = page.find(({ start, end }) => va >= start && va < end);
    return found ? found.pa + (va - found.start) : null;
  }

  bytes(va: number, bytes: number): (number | null)[] {
    return Array.from({ length: bytes }, (_, index) => this.byteAt(va + index));
  }

  map(va: number, bytes: number, pa: number): void {
    for (const { page, start, end } of this.parts(va, bytes)) {
      this.pages.set(page, [...(this.pages.get(page) ?? []), { start, end, pa: pa + (start - va) }]);
    }
  }

  unmap(va: number, bytes: number): void {
    for (const { page, start, end } of this.parts(va, bytes)) {
      const rest = (this.pages.get(page) ?? []).flatMap((range) => [
        { ...range, end: Math.min(range.end, start) },
        { start: Math.max(range.start, end), end: range.end, pa: range.pa + Math.max(0, end - range.start) },
      ]);
      this.pages.set(
        page,
        rest.filter((range) => range.start < range.end),
      );
    }
  }
}

it("says the same as pages with lists of sub-ranges", () => {
  const step = fc.record({
    what: fc.constantFrom("map", "map", "unmap", "translate"),
    va: fc.nat({ max: 200 }),
    bytes: fc.integer({ min: 1, max: 60 }),
    pa: fc.nat({ max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (script) => {
      const table = new PageTable("sip0.cube0.pe0");
      const pages = new Pages(16);
      for (const { what, va, bytes, pa } of script) {
        const known = pages.bytes(va, bytes);
        if (what === "map") {
          if (known.some((byte) => byte !== null)) {
            expect(problem(() => table.map(va, bytes, pa)).code).toBe("LQ6111");
          } else {
            table.map(va, bytes, pa);
            pages.map(va, bytes, pa);
          }
        } else if (known.includes(null)) {
          const call = () =>
            what === "unmap" ? table.unmap(va, bytes) : table.translate(va, bytes, by(null));
          expect(problem(call).code).toBe(what === "unmap" ? "LQ6112" : "LQ6110");
        } else if (what === "unmap") {
          table.unmap(va, bytes);
          pages.unmap(va, bytes);
        } else {
          const pieces = table.translate(va, bytes, by(null));
          const each = pieces.flatMap((piece) => Array.from({ length: piece.bytes }, (_, i) => piece.pa + i));
          expect(each).toEqual(known);
        }
      }
    }),
    { seed: 5, numRuns: 500 },
  );
});
