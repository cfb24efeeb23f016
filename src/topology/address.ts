/**
 * Physical addresses of one host: 51 bits, SIP [50:47], die [46:42], offset in the die [41:0]. 51 bits are exact in a
 * number; the arithmetic has no 32-bit operators, which would cut them.
 */
import { invalidInput } from "../base/diagnostics.js";
import type { LinquError } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";
import { cubesPerSip } from "./machine-size.js";
import type { Topology } from "./topology.js";

const GIB = 2 ** 30;
const DIE_BYTES = 2 ** 42;
const SIP_BYTES = 2 ** 47;
const MAX_SIP = 15;
/** Dies 0 to 15 are cubes (AHBM), 16 to 20 IO chiplets; 21 to 31 are reserved. */
const FIRST_IO_DIE = 16;
const MAX_DIE = 20;

/** The three fields of a physical address. */
export interface AddressFields {
  sip: number;
  die: number;
  offset: number;
}

/** What an address names: a unit of a die, its part that belongs to one PE where it has such parts, and an offset in it. */
export interface UnitAddress {
  sip: number;
  die: number;
  unit: AddressUnit;
  /** The PE of PE_LOCAL and HBM, null for units without parts. */
  pe: number | null;
  /** Within the PE's part, or within the unit; PE_LOCAL has the TCM at 0 and the registers behind it. */
  offset: number;
}

export type AddressUnit = "PE_LOCAL" | "MCPU_LOCAL" | "CUBE_SRAM" | "HBM" | "IOCPU";

interface UnitWindow {
  unit: AddressUnit;
  start: number;
  /** The part of the window that exists on this machine: so many parts of so many bytes. */
  parts: number;
  partBytes: number;
  perPe: boolean;
}

/** Which offsets of a die belong to which unit, on one machine; equal for all dies of a kind. */
export interface DieLayout {
  readonly cube: readonly UnitWindow[];
  readonly ioChiplet: readonly UnitWindow[];
}

/** Registers of one PE, behind its TCM. Our choice. */
const PE_REGISTER_BYTES = 2 ** 16;

/** Our choice of windows; the reference says only that the units lie in the low 256 GB of a cube's 4 TB. */
const WINDOWS = {
  PE_LOCAL: { start: 0, bytes: 32 * GIB },
  MCPU_LOCAL: { start: 32 * GIB, bytes: GIB },
  CUBE_SRAM: { start: 48 * GIB, bytes: 16 * GIB },
  HBM: { start: 64 * GIB, bytes: 192 * GIB },
  IOCPU: { start: 0, bytes: 2 ** 40 },
} as const;

/**
 * The sub-unit tables of a machine.
 * @throws LQ6103 when its cubes, HBM, TCM or SRAM do not fit into the address
 */
export function dieLayout(topology: Topology): DieLayout {
  const { pe, counts, cube } = topology;
  const cubes = cubesPerSip(topology);
  if (cubes > FIRST_IO_DIE) {
    throw invalidInput({
      code: "LQ6103",
      message: `a SIP has ${cubes} cubes; a physical address tells ${FIRST_IO_DIE} apart`,
      hint: "lower cubes.columns or cubes.rows",
    });
  }
  const peLocalBytes = pe.tcm.sizeBytes + PE_REGISTER_BYTES;
  return {
    cube: [
      unitWindow("PE_LOCAL", counts.pesPerCube, peLocalBytes, "pe.tcm.sizeBytes or counts.pesPerCube"),
      unitWindow("MCPU_LOCAL", null, WINDOWS.MCPU_LOCAL.bytes, ""),
      unitWindow("CUBE_SRAM", null, cube.sram.sizeBytes, "cube.sram.sizeBytes"),
      unitWindow("HBM", counts.pesPerCube, pe.hbm.sizeBytes, "pe.hbm.sizeBytes or counts.pesPerCube"),
    ],
    ioChiplet: [unitWindow("IOCPU", null, WINDOWS.IOCPU.bytes, "")],
  };
}

function unitWindow(unit: AddressUnit, pes: number | null, partBytes: number, keys: string): UnitWindow {
  const { start, bytes } = WINDOWS[unit];
  const parts = pes ?? 1;
  if (parts * partBytes > bytes) {
    const size = `${pes === null ? "" : `${parts} × `}${formatBytes(partBytes)}`;
    throw invalidInput({
      code: "LQ6103",
      message: `${unit} of a cube has ${size}; its window in the physical address holds ${formatBytes(bytes)}`,
      hint: `lower ${keys}`,
    });
  }
  return { unit, start, parts, partBytes, perPe: pes !== null };
}

/** The address with these fields. @throws LQ6101 for a field outside its range */
export function packAddress({ sip, die, offset }: AddressFields): number {
  checkField("sip", sip, MAX_SIP);
  checkField("die", die, MAX_DIE);
  checkField("offset", offset, DIE_BYTES - 1);
  return sip * SIP_BYTES + die * DIE_BYTES + offset;
}

/** The fields of an address. @throws LQ6101 for more than 51 bits, or a reserved die */
export function unpackAddress(address: number): AddressFields {
  checkField("address", address, (MAX_SIP + 1) * SIP_BYTES - 1);
  const sip = Math.floor(address / SIP_BYTES);
  const die = Math.floor((address - sip * SIP_BYTES) / DIE_BYTES);
  checkField("die", die, MAX_DIE);
  return { sip, die, offset: address % DIE_BYTES };
}

/**
 * The physical address of a place in a unit.
 * @throws LQ6101 for a field outside its range, LQ6102 for a unit that the die does not have
 * @example encodeAddress(layout, { sip: 0, die: 1, unit: "HBM", pe: 0, offset: 0 }) // 1 × 4 TiB + 64 GiB
 */
export function encodeAddress(layout: DieLayout, { sip, die, unit, pe, offset }: UnitAddress): number {
  checkField("die", die, MAX_DIE);
  const windows = windowsOf(layout, die);
  const window = windows.find((each) => each.unit === unit);
  if (!window) {
    throw invalidInput({
      code: "LQ6102",
      message: `physical address: die ${die} has no unit ${unit}`,
      hint: `its units are ${windows.map((each) => each.unit).join(", ")}`,
    });
  }
  if (window.perPe) checkField(`pe of ${unit}`, pe, window.parts - 1);
  else if (pe !== null) throw outsideRange(`pe of ${unit}`, pe, "there is none: the unit has no parts");
  checkField(`offset in ${unit}`, offset, window.partBytes - 1);
  return packAddress({ sip, die, offset: window.start + (pe ?? 0) * window.partBytes + offset });
}

/**
 * What an address names.
 * @throws LQ6101 for a field outside its range, LQ6102 for an offset outside every window of the die
 */
export function decodeAddress(layout: DieLayout, address: number): UnitAddress {
  const { sip, die, offset } = unpackAddress(address);
  const windows = windowsOf(layout, die);
  for (const { unit, start, parts, partBytes, perPe } of windows) {
    const inside = offset - start;
    if (inside < 0 || inside >= parts * partBytes) continue;
    return { sip, die, unit, pe: perPe ? Math.floor(inside / partBytes) : null, offset: inside % partBytes };
  }
  throw invalidInput({
    code: "LQ6102",
    message: `physical address ${formatAddress(address)}: offset ${formatAddress(offset)} lies outside every window of die ${die}`,
    hint: "use an address that an allocation returned",
    detail: windows.map(
      ({ unit, start, parts, partBytes }) =>
        `${unit}: ${formatAddress(start)} to ${formatAddress(start + parts * partBytes - 1)}`,
    ),
  });
}

/** An address for people: `0x1_0020_0000`. */
export function formatAddress(address: number): string {
  const digits = Math.abs(address).toString(16);
  return `${address < 0 ? "-" : ""}0x${digits.replace(/\B(?=(?:[0-9a-f]{4})+$)/g, "_")}`;
}

function windowsOf(layout: DieLayout, die: number): readonly UnitWindow[] {
  return die < FIRST_IO_DIE ? layout.cube : layout.ioChiplet;
}

function checkField(field: string, value: number | null, max: number): void {
  if (value !== null && Number.isInteger(value) && value >= 0 && value <= max) return;
  throw outsideRange(field, value, `valid are 0 to ${max > MAX_DIE ? formatAddress(max) : max}`);
}

function outsideRange(field: string, value: number | null, hint: string): LinquError {
  const shown =
    value !== null && Number.isInteger(value) && value > 0xffff
      ? `${value} (${formatAddress(value)})`
      : `${value}`;
  return invalidInput({ code: "LQ6101", message: `physical address: ${field} is ${shown}`, hint });
}
