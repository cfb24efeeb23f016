import { assert } from "../../base/assert.js";
import type { LinquError, SourceLocation } from "../../base/diagnostics.js";
import { formatAddress } from "../../topology/address.js";
import { memoryFault } from "./memory-fault.js";

/** A stretch of physical memory. */
export interface PhysicalPiece {
  pa: number;
  bytes: number;
}

/** Who accesses memory, for faults: a table may be that of several PEs. */
export interface Accessor {
  pe: string;
  /** The kernel line of the access. */
  at: SourceLocation | null;
}

interface MappedRange {
  readonly va: number;
  readonly end: number;
  readonly pa: number;
}

/**
 * The MMU of one PE, or of several that map the same: which virtual addresses it may use, and where they lie.
 *
 * Pages hold sub-ranges, so that shards smaller than a page keep their own mapping. A sorted array of ranges says the
 * same as pages with lists of sub-ranges, with one entry for a tensor of gigabytes instead of thousands of pages, and
 * a look-up bisects the few ranges of a PE. The size of a page matters only where virtual ranges are handed out.
 */
export class PageTable {
  /** Sorted by virtual address, disjoint. */
  private readonly ranges: MappedRange[] = [];

  /** @param pe name of the PE, as faults call it */
  constructor(private readonly pe: string) {}

  /** Number of ranges that are mapped. */
  get size(): number {
    return this.ranges.length;
  }

  /** Maps `bytes` ≥ 1 from `va` on to physical memory. @throws LQ6111 when part of it is mapped */
  map(va: number, bytes: number, pa: number): void {
    this.checkRange(va, bytes);
    const end = va + bytes;
    const index = this.firstEndingAfter(va);
    const other = this.ranges[index];
    if (other && other.va < end) {
      throw this.fault("LQ6111", {
        message: `${show(va, end)} is to be mapped, but ${show(other.va, other.end)} is mapped already`,
        hint: "unmap it first, or map another range",
      });
    }
    this.ranges.splice(index, 0, { va, end, pa });
  }

  /** Takes `bytes` from `va` on out of the table; what lies around it stays. @throws LQ6112 when part of it is not mapped */
  unmap(va: number, bytes: number): void {
    this.checkRange(va, bytes);
    const end = va + bytes;
    const { first, last, gap } = this.cover(va, end);
    if (gap !== null) {
      throw this.fault("LQ6112", {
        message: `${show(va, end)} is to be unmapped, but ${formatAddress(gap)} is not mapped`,
        hint: "unmap what was mapped, once",
      });
    }
    const rest: MappedRange[] = [];
    const head = this.ranges[first]!;
    const tail = this.ranges[last]!;
    if (head.va < va) rest.push({ va: head.va, end: va, pa: head.pa });
    if (tail.end > end) rest.push({ va: end, end: tail.end, pa: tail.pa + (end - tail.va) });
    this.ranges.splice(first, last - first + 1, ...rest);
  }

  /**
   * The physical stretches behind `bytes` ≥ 1 from `va` on, in order; those that continue one another are joined.
   * @param by tells a fault who accesses
   * @throws LQ6110 when part of it is not mapped
   */
  translate(va: number, bytes: number, by: () => Accessor): PhysicalPiece[] {
    this.checkRange(va, bytes);
    const end = va + bytes;
    const { first, last, gap } = this.cover(va, end);
    if (gap !== null) throw this.unmapped(va, end, gap, by());
    const pieces: PhysicalPiece[] = [];
    for (let index = first; index <= last; index++) {
      const range = this.ranges[index]!;
      const start = Math.max(va, range.va);
      const pa = range.pa + (start - range.va);
      const length = Math.min(end, range.end) - start;
      const previous = pieces.at(-1);
      if (previous && previous.pa + previous.bytes === pa) previous.bytes += length;
      else pieces.push({ pa, bytes: length });
    }
    return pieces;
  }

  isMapped(va: number): boolean {
    return this.cover(va, va + 1).gap === null;
  }

  /** Indices of the ranges over [va, end), and the first address in it that none of them has. */
  private cover(va: number, end: number): { first: number; last: number; gap: number | null } {
    const first = this.firstEndingAfter(va);
    let reached = va;
    let index = first;
    for (; reached < end; index++) {
      const range = this.ranges[index];
      if (!range || range.va > reached) return { first, last: index - 1, gap: reached };
      reached = range.end;
    }
    return { first, last: index - 1, gap: null };
  }

  /** Index of the first range that ends behind this address, by bisection. */
  private firstEndingAfter(va: number): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ranges[middle]!.end > va) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private unmapped(va: number, end: number, gap: number, { pe, at }: Accessor): LinquError {
    const index = this.firstEndingAfter(gap);
    const near = [this.ranges[index - 1], this.ranges[index]].filter((range) => range !== undefined);
    const mapped = near.map((range) => show(range.va, range.end)).join(" and ");
    return memoryFault({
      code: "LQ6110",
      message: `MMU of ${pe}: page fault: ${formatAddress(gap)} is not mapped (access to ${end - va} bytes at ${formatAddress(va)})`,
      hint: mapped
        ? `next to it the PE maps ${mapped}; check the pointer and the length`
        : "this PE maps nothing; check the tensor's policy and the launch",
      at,
    });
  }

  private fault(code: `LQ${string}`, { message, hint }: { message: string; hint: string }): LinquError {
    return memoryFault({ code, message: `MMU of ${this.pe}: ${message}`, hint });
  }

  private checkRange(va: number, bytes: number): void {
    const integers = Number.isSafeInteger(va) && Number.isSafeInteger(va + bytes);
    assert(integers && bytes >= 1, `${this.pe} is given ${bytes} bytes at the virtual address ${va}`);
  }
}

const show = (va: number, end: number): string => `${formatAddress(va)} to ${formatAddress(end - 1)}`;
