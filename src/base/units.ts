/** Units: time is an integer number of picoseconds, sizes are bytes. */

const PS_PER_NS = 1000;

/** Picoseconds for a time in nanoseconds, rounded to a whole picosecond. */
export function nsToPs(ns: number): number {
  return Math.round(ns * PS_PER_NS);
}

/** Nanoseconds for a time in picoseconds. */
export function psToNs(ps: number): number {
  return ps / PS_PER_NS;
}

/** Picoseconds that one byte occupies a resource of `gbps` gigabytes (10^9 bytes) a second. */
export function psPerByte(gbps: number): number {
  return PS_PER_NS / gbps;
}

/** Whole picoseconds that `bytes` occupy a resource: the one place where bytes/bandwidth is rounded. */
export function transferPs(bytes: number, psPerByteOfResource: number): number {
  return Math.round(bytes * psPerByteOfResource);
}

const SIZE_UNITS: Record<string, number> = {
  "": 1,
  b: 1,
  k: 1024,
  kb: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
};

/** Bytes for a size such as `4096`, `4K`, `96KiB` or `1MB` (binary units, as nccl-tests reads them), or null. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (!match) return null;
  const unit = SIZE_UNITS[match[2]!.toLowerCase()];
  if (unit === undefined) return null;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** A size for people: `4 KiB`, `1.5 MiB`, `17 B`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(value < 10 ? 2 : 1))} ${units[unit]}`;
}

/** A duration for people, from nanoseconds: `812 ns`, `12.4 µs`, `3.21 ms`, `1.5 s`. */
export function formatNs(ns: number): string {
  if (ns < 1e3) return `${Number(ns.toFixed(1))} ns`;
  if (ns < 1e6) return `${Number((ns / 1e3).toFixed(2))} µs`;
  if (ns < 1e9) return `${Number((ns / 1e6).toFixed(2))} ms`;
  return `${Number((ns / 1e9).toFixed(2))} s`;
}
