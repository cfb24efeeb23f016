import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeAddress,
  dieLayout,
  encodeAddress,
  formatAddress,
  packAddress,
  unpackAddress,
  type AddressUnit,
  type UnitAddress,
} from "../../src/topology/address.js";
import { loadTopology } from "../../src/topology/load.js";
import { refusal } from "./refusal.js";

const GIB = 2 ** 30;
const seed = { seed: 7, numRuns: 2000 };
const layout = dieLayout(loadTopology("host", []));

const code = (call: () => unknown) => refusal(call).problems[0]!.code;
const message = (call: () => unknown) => refusal(call).problems[0]!.message;

/** The field of an address, computed with integers of any length. */
function bits(address: number, high: number, low: number): number {
  return Number((BigInt(address) >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n));
}

const sip = fc.integer({ min: 0, max: 15 });
const die = fc.integer({ min: 0, max: 20 });
const upTo = (count: number) =>
  fc.oneof(
    fc.constantFrom(0, count - 1),
    fc.maxSafeNat().map((n) => n % count),
  );

describe("the three fields", () => {
  it("lie at bits 50–47, 46–42 and 41–0, and come back", () => {
    fc.assert(
      fc.property(sip, die, upTo(2 ** 42), (sip, die, offset) => {
        const address = packAddress({ sip, die, offset });
        expect([bits(address, 50, 47), bits(address, 46, 42), bits(address, 41, 0)]).toEqual([
          sip,
          die,
          offset,
        ]);
        expect(unpackAddress(address)).toEqual({ sip, die, offset });
      }),
      seed,
    );
  });

  it("reach the last address of the last IO chiplet", () => {
    expect(packAddress({ sip: 15, die: 20, offset: 2 ** 42 - 1 })).toBe(15 * 2 ** 47 + 21 * 2 ** 42 - 1);
    expect(packAddress({ sip: 0, die: 0, offset: 0 })).toBe(0);
  });

  it.each([
    ["sip is 16", { sip: 16, die: 0, offset: 0 }],
    ["sip is -1", { sip: -1, die: 0, offset: 0 }],
    ["die is 21", { sip: 0, die: 21, offset: 0 }],
    ["die is 0.5", { sip: 0, die: 0.5, offset: 0 }],
    ["offset is 4398046511104 (0x400_0000_0000)", { sip: 0, die: 0, offset: 2 ** 42 }],
    ["offset is -1", { sip: 0, die: 0, offset: -1 }],
    ["offset is NaN", { sip: 0, die: 0, offset: NaN }],
  ])("are refused outside their range: %s", (text, fields) => {
    expect(code(() => packAddress(fields))).toBe("LQ6101");
    expect(message(() => packAddress(fields))).toContain(text);
  });

  it("are refused outside their range, whatever the others are", () => {
    const tooLarge = (max: number) => fc.integer({ min: max + 1, max: max + 2 ** 20 });
    const outside = fc.oneof(
      fc.record({ sip: tooLarge(15), die, offset: upTo(2 ** 42) }),
      fc.record({ sip, die: tooLarge(20), offset: upTo(2 ** 42) }),
      fc.record({ sip, die, offset: fc.integer({ min: 2 ** 42, max: 2 ** 52 }) }),
      fc.record({ sip, die, offset: fc.integer({ min: -(2 ** 52), max: -1 }) }),
    );
    fc.assert(
      fc.property(outside, (fields) => code(() => packAddress(fields)) === "LQ6101"),
      seed,
    );
  });

  it("refuse more than 51 bits and the reserved dies", () => {
    expect(message(() => unpackAddress(2 ** 51))).toContain("address is");
    expect(refusal(() => unpackAddress(2 ** 51)).problems[0]!.hint).toContain("0 to 0x7_ffff_ffff_ffff");
    for (let die = 21; die < 32; die++) {
      expect(message(() => unpackAddress(3 * 2 ** 47 + die * 2 ** 42))).toContain(`die is ${die}`);
    }
  });
});

describe("units of the default machine: 8 PEs with 16 MiB of TCM and 6 GiB of HBM each, 32 MiB of SRAM", () => {
  const at = (unit: AddressUnit, pe: number | null, offset: number, die = 0) =>
    encodeAddress(layout, { sip: 0, die, unit, pe, offset });

  it("have disjoint windows in the low 256 GB of a cube", () => {
    const edges = [
      [at("PE_LOCAL", 0, 0), at("PE_LOCAL", 7, 16 * 2 ** 20 - 1)],
      [at("MCPU_LOCAL", null, 0), at("MCPU_LOCAL", null, GIB - 1)],
      [at("CUBE_SRAM", null, 0), at("CUBE_SRAM", null, 32 * 2 ** 20 - 1)],
      [at("HBM", 0, 0), at("HBM", 7, 6 * GIB - 1)],
    ].flat();
    expect(edges).toEqual([...edges].sort((a, b) => a - b));
    expect(edges.at(-1)).toBeLessThan(256 * GIB);
  });

  it("give HBM target PE = offset / slice size", () => {
    expect(at("HBM", 3, 5) - at("HBM", 0, 0)).toBe(3 * 6 * GIB + 5);
  });

  it("give an IO chiplet's CPU one window of 1 TB", () => {
    const last = at("IOCPU", null, 2 ** 40 - 1, 16);
    expect(decodeAddress(layout, last)).toMatchObject({
      die: 16,
      unit: "IOCPU",
      pe: null,
      offset: 2 ** 40 - 1,
    });
    expect(code(() => decodeAddress(layout, last + 1))).toBe("LQ6102");
    expect(code(() => at("IOCPU", null, 2 ** 40, 16))).toBe("LQ6101");
  });

  const pe = fc.integer({ min: 0, max: 7 });
  const cube = fc.integer({ min: 0, max: 15 });
  const place = (
    unit: AddressUnit,
    die: fc.Arbitrary<number>,
    pe: fc.Arbitrary<number | null>,
    bytes: number,
  ) => fc.record({ sip, die, unit: fc.constant(unit), pe, offset: upTo(bytes) });
  const none = fc.constant(null);
  const places: fc.Arbitrary<UnitAddress> = fc.oneof(
    place("PE_LOCAL", cube, pe, 16 * 2 ** 20),
    place("MCPU_LOCAL", cube, none, GIB),
    place("CUBE_SRAM", cube, none, 32 * 2 ** 20),
    place("HBM", cube, pe, 6 * GIB),
    place("IOCPU", fc.integer({ min: 16, max: 20 }), none, 2 ** 40),
  );

  it("come back from their address", () => {
    fc.assert(
      fc.property(places, (place) => {
        expect(decodeAddress(layout, encodeAddress(layout, place))).toEqual(place);
      }),
      seed,
    );
  });

  it("are the only ones: an address decodes to a unit that encodes to it, or is refused", () => {
    const anywhere = fc.record({
      sip,
      die,
      offset: fc.oneof(upTo(2 ** 42), upTo(256 * GIB), upTo(33 * GIB)),
    });
    fc.assert(
      fc.property(anywhere, (fields) => {
        const address = packAddress(fields);
        let found: UnitAddress;
        try {
          found = decodeAddress(layout, address);
        } catch {
          expect(code(() => decodeAddress(layout, address))).toBe("LQ6102");
          return;
        }
        expect(encodeAddress(layout, found)).toBe(address);
      }),
      seed,
    );
  });

  it.each([
    ["behind HBM", 64 * GIB + 48 * GIB],
    ["the upper part of a cube's 4 TB", 256 * GIB],
    ["the last byte of a cube", 2 ** 42 - 1],
  ])("leave %s free", (_, offset) => {
    const call = () => decodeAddress(layout, packAddress({ sip: 2, die: 3, offset }));
    expect(code(call)).toBe("LQ6102");
    expect(message(call)).toContain(`offset ${formatAddress(offset)}`);
    expect(refusal(call).problems[0]!.detail.join("\n")).toContain("HBM: 0x10_0000_0000 to 0x1b_ffff_ffff");
  });

  it.each([
    ["pe of HBM is 8", "HBM", 8, 0],
    ["pe of HBM is null", "HBM", null, 0],
    ["pe of CUBE_SRAM is 0", "CUBE_SRAM", 0, 0],
    ["offset in HBM is 6442450944", "HBM", 0, 6 * GIB],
    ["offset in CUBE_SRAM is 33554432", "CUBE_SRAM", null, 32 * 2 ** 20],
  ] as const)("refuse what they do not have: %s", (text, unit, pe, offset) => {
    expect(code(() => at(unit, pe, offset))).toBe("LQ6101");
    expect(message(() => at(unit, pe, offset))).toContain(text);
  });

  it("refuse a unit of the other kind of die", () => {
    expect(message(() => at("HBM", 0, 0, 16))).toContain("die 16 has no unit HBM");
    expect(message(() => at("IOCPU", null, 0, 15))).toContain("die 15 has no unit IOCPU");
  });
});

describe("machines that do not fit into the address", () => {
  it.each([
    ["HBM of a cube has 8 × 25 GiB", "pe.hbm.sizeBytes", ["pe.hbm.sizeBytes=25GiB"]],
    ["CUBE_SRAM of a cube has 17 GiB", "cube.sram.sizeBytes", ["cube.sram.sizeBytes=17GiB"]],
    ["PE_LOCAL of a cube has 8 ×", "pe.tcm.sizeBytes", ["pe.tcm.sizeBytes=4GiB"]],
    ["a SIP has 20 cubes", "cubes.columns", ["cubes.columns=5"]],
  ])("%s", (text, key, overrides) => {
    const { exitCode, problems } = refusal(() => dieLayout(loadTopology("host", overrides)));
    expect(exitCode).toBe(3);
    expect(problems[0]).toMatchObject({ code: "LQ6103", hint: expect.stringContaining(key) });
    expect(problems[0]!.message).toContain(text);
  });

  it("hold up to 24 GiB for each of 8 PEs", () => {
    expect(() => dieLayout(loadTopology("host", ["pe.hbm.sizeBytes=24GiB"]))).not.toThrow();
  });
});

it("addresses are shown in groups of four digits", () => {
  expect([0, 0xffff, 0x1_0000, 0x1_0020_0000, -16].map(formatAddress)).toEqual([
    "0x0",
    "0xffff",
    "0x1_0000",
    "0x1_0020_0000",
    "-0x10",
  ]);
});
