import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressSpace, type Allocation, type Placement } from "../../../src/machine/memory/address-space.js";
import { PageTable } from "../../../src/machine/memory/page-table.js";
import { decodeAddress, dieLayout } from "../../../src/topology/address.js";
import { selectDevices } from "../../../src/topology/device.js";
import { loadTopology } from "../../../src/topology/load.js";
import { refusal } from "../../topology/refusal.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const VA_BASE = 0x1_0000_0000;

/** 2 SIPs × 16 cubes × 8 PEs, pages of 2 MiB. */
const host = loadTopology("host", []);
const layout = dieLayout(host);

function space(devices = "all", overrides: string[] = []): AddressSpace {
  const topology = loadTopology("host", overrides);
  return new AddressSpace(topology, selectDevices(topology, devices));
}

const f32 = (name: string, ...shape: number[]) => ({ name, shape, elementBytes: 4 });
const inHbm = (sip: number, cube: number, pe: number): Placement => ({ kind: "hbm", sip, cube, pe });
const problem = (call: () => unknown) => refusal(call).problems[0]!;

describe("tensors of one PE", () => {
  it("get pages of their own, and the first bytes of the slice", () => {
    const memory = space();
    const a = memory.allocate(f32("a", 100), inHbm(1, 2, 3));
    const b = memory.allocate(f32("b", 100), inHbm(1, 2, 3));
    expect([a.va, b.va]).toEqual([VA_BASE, VA_BASE + 2 * MIB]);
    expect(decodeAddress(layout, a.shards[0]!.pa)).toEqual({ sip: 1, die: 2, unit: "HBM", pe: 3, offset: 0 });
    // The next burst of the first of 8 channels, 256 bytes each.
    expect(decodeAddress(layout, b.shards[0]!.pa).offset).toBe(2048);
    expect(a).toMatchObject({ bytes: 400, shards: [{ sip: 1, cube: 2, pe: 3, va: VA_BASE, bytes: 400 }] });
    expect(memory.mappings(a)).toEqual([{ sip: 1, pes: [{ cube: 2, pe: 3 }], ranges: a.shards }]);
  });

  it("of several PEs lie at the same offset of their slices", () => {
    const memory = space();
    const offsets = [0, 1, 7].map((pe) => {
      const { shards } = memory.allocate(f32("a", 1000), inHbm(0, 0, pe));
      return decodeAddress(layout, shards[0]!.pa).offset;
    });
    expect(offsets).toEqual([0, 0, 0]);
  });

  it("fill the TCM up to the scheduler's reserve", () => {
    const memory = space();
    const place: Placement = { kind: "tcm", sip: 0, cube: 0, pe: 5 };
    const tile = memory.allocate({ name: "tile", shape: [15 * MIB], elementBytes: 1 }, place);
    expect(decodeAddress(layout, tile.shards[0]!.pa)).toMatchObject({ unit: "PE_LOCAL", pe: 5, offset: 0 });
    expect(problem(() => memory.allocate(f32("more", 1), place))).toMatchObject({
      code: "LQ6120",
      message: "the TCM of sip0.cube0.pe5 has no room for 4 B: 0 B are free, the largest block has 0 B",
    });
  });

  it("may lie in the SRAM of a cube, which all its PEs map", () => {
    const memory = space();
    const shared = memory.allocate(f32("shared", 8 * MIB), { kind: "sram", sip: 0, cube: 4 });
    expect(decodeAddress(layout, shared.shards[0]!.pa)).toMatchObject({
      die: 4,
      unit: "CUBE_SRAM",
      pe: null,
    });
    expect(memory.mappings(shared)[0]!.pes).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((pe) => ({ cube: 4, pe })));
    const place: Placement = { kind: "sram", sip: 0, cube: 4 };
    expect(problem(() => memory.allocate(f32("more", 1), place)).message).toContain("the SRAM of sip0.cube4");
  });
});

describe("tensors spread over a SIP", () => {
  it("are one range of virtual addresses over the slices of all PEs", () => {
    const memory = space();
    const policy = { cube: "row_wise", pe: "row_wise" } as const;
    const tensor = memory.allocate(f32("w", 256, 64), { kind: "spread", sip: 1, policy });
    expect(tensor.shards).toHaveLength(128);
    tensor.shards.forEach((shard, index) => {
      expect(shard).toMatchObject({ va: VA_BASE + index * 512, bytes: 512 });
      const place = { sip: 1, die: Math.floor(index / 8), unit: "HBM", pe: index % 8, offset: 0 };
      expect(decodeAddress(layout, shard.pa)).toEqual(place);
    });
    const mappings = memory.mappings(tensor);
    expect(mappings).toHaveLength(1);
    expect(mappings[0]!.pes).toHaveLength(128);
    expect(mappings[0]!.ranges).toEqual(tensor.shards);
  });

  it("and replicated: each PE maps its own copy", () => {
    const memory = space();
    const policy = { cube: "replicate", pe: "replicate" } as const;
    const tensor = memory.allocate(f32("w", 1000), { kind: "spread", sip: 0, policy });
    const mappings = memory.mappings(tensor);
    expect(mappings).toHaveLength(128);
    for (const { pes, ranges } of mappings) {
      expect(pes).toHaveLength(1);
      expect(ranges).toHaveLength(1);
      expect(ranges[0]).toMatchObject({ ...pes[0], va: VA_BASE, bytes: 4000 });
      expect(decodeAddress(layout, ranges[0]!.pa)).toMatchObject({ die: pes[0]!.cube, pe: pes[0]!.pe });
    }
  });

  it("and replicated over cubes: a PE maps all shards of its cube", () => {
    const memory = space();
    const policy = { cube: "replicate", pe: "column_wise" } as const;
    const mappings = memory.mappings(memory.allocate(f32("w", 8, 16), { kind: "spread", sip: 0, policy }));
    expect(mappings).toHaveLength(16);
    mappings.forEach(({ pes, ranges }, cube) => {
      expect(pes).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((pe) => ({ cube, pe })));
      expect(ranges.map((range) => [range.cube, range.pe])).toEqual(pes.map((at) => [cube, at.pe]));
    });
  });

  it("and replicated over PEs: a PE maps the copies of its own index in all cubes", () => {
    const memory = space();
    const policy = { cube: "row_wise", pe: "replicate" } as const;
    const mappings = memory.mappings(memory.allocate(f32("w", 16, 2), { kind: "spread", sip: 0, policy }));
    expect(mappings).toHaveLength(8);
    mappings.forEach(({ pes, ranges }, pe) => {
      expect(pes.map((at) => at.pe)).toEqual(new Array(16).fill(pe));
      expect(ranges.map((range) => [range.cube, range.pe])).toEqual(pes.map((at) => [at.cube, pe]));
    });
  });

  it("stay inside the selected devices, and all of these map them", () => {
    const memory = space("sip:1/cube:2,3/pe:0,4");
    const policy = { cube: "row_wise", pe: "row_wise", numPes: 1 } as const;
    const tensor = memory.allocate(f32("w", 8), { kind: "spread", sip: 1, policy });
    expect(tensor.shards.map(({ cube, pe }) => [cube, pe])).toEqual([
      [2, 0],
      [3, 0],
    ]);
    expect(memory.mappings(tensor)[0]!.pes.map(({ cube, pe }) => [cube, pe])).toEqual([
      [2, 0],
      [2, 4],
      [3, 0],
      [3, 4],
    ]);
    for (const place of [inHbm(0, 2, 0), inHbm(1, 0, 0), inHbm(1, 2, 1)]) {
      expect(problem(() => memory.allocate(f32("x", 8), place)).code).toBe("LQ6133");
    }
    expect(problem(() => memory.allocate(f32("x", 8), inHbm(1, 2, 1)))).toMatchObject({
      message: "a tensor is to be placed on pe 1, which this run does not use",
      hint: "it uses pe 0,4",
    });
  });
});

describe("freeing", () => {
  it("makes the same addresses free again", () => {
    const memory = space();
    const a = memory.allocate(f32("a", 100), inHbm(0, 0, 0));
    memory.allocate(f32("b", 100), inHbm(0, 0, 0));
    memory.free(a);
    const c = memory.allocate(f32("c", 100), inHbm(0, 0, 0));
    expect([c.va, c.shards[0]!.pa]).toEqual([a.va, a.shards[0]!.pa]);
  });

  it("twice, or on another host, is an error", () => {
    const memory = space();
    const a = memory.allocate(f32("a", 100), inHbm(0, 0, 0));
    expect(problem(() => space().free(a))).toMatchObject({
      code: "LQ6122",
      message: "tensor a is not of this host: it cannot be freed here",
    });
    memory.free(a);
    const { exitCode, problems } = refusal(() => memory.free(a));
    expect(exitCode).toBe(5);
    expect(problems[0]).toMatchObject({ code: "LQ6122", message: "tensor a is freed twice" });
  });
});

describe("a tensor for which there is no room", () => {
  it("takes nothing: neither virtual addresses nor the slices that had room", () => {
    const memory = space("all", ["pe.hbm.sizeBytes=1MiB"]);
    memory.allocate({ name: "big", shape: [MIB], elementBytes: 1 }, inHbm(0, 15, 7));
    const policy = { cube: "row_wise", pe: "row_wise" } as const;
    const whole = { name: "whole", shape: [128, MIB], elementBytes: 1 };
    const refused = problem(() => memory.allocate(whole, { kind: "spread", sip: 0, policy }));
    expect(refused.message).toContain("the HBM of sip0.cube15.pe7 has no room for 1 MiB");
    const after = memory.allocate({ name: "after", shape: [MIB], elementBytes: 1 }, inHbm(0, 0, 0));
    expect(after.va).toBe(VA_BASE + 2 * MIB);
  });

  it("may be too large for the virtual addresses: 64 GiB", () => {
    const memory = space();
    const policy = { cube: "row_wise", pe: "row_wise" } as const;
    const tensor = { name: "w", shape: [64, GIB], elementBytes: 1 };
    const all = memory.allocate(tensor, { kind: "spread", sip: 0, policy });
    expect(problem(() => memory.allocate(f32("one", 1), inHbm(1, 0, 0))).message).toBe(
      "the virtual address space of the host has no room for 4 B: 0 B are free, the largest block has 0 B",
    );
    memory.free(all);
    expect(memory.allocate(tensor, { kind: "spread", sip: 0, policy }).va).toBe(VA_BASE);
  });
});

it("tensors never share memory, and every PE reads through its MMU what was mapped", () => {
  const spread = fc.constantFrom("replicate" as const, "column_wise" as const, "row_wise" as const);
  const small = loadTopology("host", ["cubes.columns=2", "cubes.rows=1", "pe.hbm.sizeBytes=8KiB"]);
  const devices = selectDevices(small, "pe:0-2");
  const step = fc.oneof(
    fc.record({
      shape: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 2 }),
      cube: spread,
      pe: spread,
    }),
    fc.record({ free: fc.nat({ max: 20 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (script) => {
      const memory = new AddressSpace(small, devices);
      const tables = new Map(
        devices.cubes.flatMap((cube) =>
          devices.pes.map((pe) => [`${cube}.${pe}`, new PageTable(`sip0.cube${cube}.pe${pe}`)] as const),
        ),
      );
      const eachRange = (
        of: Allocation,
        visit: (table: PageTable, range: Allocation["shards"][number]) => void,
      ) => {
        for (const { pes, ranges } of memory.mappings(of))
          for (const { cube, pe } of pes)
            for (const range of ranges) visit(tables.get(`${cube}.${pe}`)!, range);
      };
      const held: Allocation[] = [];
      for (const each of script) {
        if ("free" in each) {
          const [tensor] = held.splice(each.free % Math.max(1, held.length), 1);
          if (!tensor) continue;
          eachRange(tensor, (table, { va, bytes }) => table.unmap(va, bytes));
          memory.free(tensor);
          continue;
        }
        const { shape, cube, pe } = each;
        let tensor: Allocation;
        try {
          tensor = memory.allocate(f32("t", ...shape), { kind: "spread", sip: 0, policy: { cube, pe } });
        } catch (error) {
          expect(
            problem(() => {
              throw error;
            }).code,
          ).toBe("LQ6120");
          continue;
        }
        held.push(tensor);
        eachRange(tensor, (table, { va, bytes, pa }) => table.map(va, bytes, pa));
        // Every PE can read the whole tensor.
        for (const table of tables.values()) {
          const pieces = table.translate(tensor.va, tensor.bytes, () => ({ pe: "", at: null }));
          expect(pieces.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(tensor.bytes);
        }
      }
      const blocks = held.flatMap(({ shards }) => shards).sort((a, b) => a.pa - b.pa);
      for (let i = 1; i < blocks.length; i++) {
        expect(blocks[i - 1]!.pa + blocks[i - 1]!.bytes).toBeLessThanOrEqual(blocks[i]!.pa);
      }
      for (const tensor of held) memory.free(tensor);
    }),
    { seed: 9, numRuns: 100 },
  );
});
