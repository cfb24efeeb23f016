import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { writeFileAtomic } from "../../src/base/files.js";
import { nearestName, suggestName } from "../../src/base/nearest.js";
import { Random, hash32 } from "../../src/base/random.js";
import { formatBytes, formatNs, parseSize, transferPs, psPerByte } from "../../src/base/units.js";

describe("units", () => {
  it("reads sizes in binary units and refuses what is no size", () => {
    expect(["4096", "4K", "4KiB", "4kb", "1MB", "1.5KiB", "2G"].map(parseSize)).toEqual([
      4096,
      4096,
      4096,
      4096,
      2 ** 20,
      1536,
      2 ** 31,
    ]);
    expect(["", "-4", "4X", "K", "1e3", "0.3"].map(parseSize)).toEqual([null, null, null, null, null, null]);
  });

  it("rounds bytes over bandwidth to whole picoseconds", () => {
    expect(transferPs(256, psPerByte(256))).toBe(1000);
    expect(transferPs(16, psPerByte(50))).toBe(320);
    expect(transferPs(1, psPerByte(3))).toBe(333);
  });

  it("shows sizes and durations with a fitting unit", () => {
    expect([17, 4096, 1.5 * 2 ** 20].map(formatBytes)).toEqual(["17 B", "4 KiB", "1.5 MiB"]);
    expect([812, 12_400, 3_210_000, 1.5e9].map(formatNs)).toEqual(["812 ns", "12.4 µs", "3.21 ms", "1.5 s"]);
  });
});

describe("names", () => {
  it("suggests a near name, and lists all when none is near", () => {
    expect(nearestName("superndoe", ["host", "supernode"])).toBe("supernode");
    expect(nearestName("xyz", ["host", "supernode"])).toBeNull();
    // With as many steps as the longer one has letters any name becomes any other.
    for (const typed of ["", "-", "xy"]) expect(nearestName(typed, ["pe", "cube"])).toBeNull();
    expect(suggestName("xyz", ["host", "pod"])).toBe("valid names: host, pod");
  });
});

describe("random", () => {
  it("is the same for the same seed and spread over its range", () => {
    const draws = Array.from(
      { length: 4000 },
      (
        (random) => () =>
          random.nextUnit()
      )(new Random(5)),
    );
    const again = new Random(5);
    expect(draws.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => again.nextUnit()));
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    // Standard deviation of the mean is 0.0046.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    expect(hash32(1, 2)).not.toBe(hash32(2, 1));
  });
});

describe("writeFileAtomic", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "linqu base "));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("replaces a file whole and leaves nothing beside it", () => {
    const path = join(folder, "sub", "out.txt");
    writeFileAtomic(path, ["one", new Uint8Array([0x21])]);
    writeFileAtomic(path, ["two"]);
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(readdirSync(join(folder, "sub"))).toEqual(["out.txt"]);
  });

  it("keeps the old content and removes its temporary file when the source of the data fails", () => {
    const path = join(folder, "out.txt");
    writeFileAtomic(path, ["old"]);
    const failing = function* (): Iterable<string> {
      yield "half";
      throw new Error("source failed");
    };
    expect(() => writeFileAtomic(path, failing())).toThrow("source failed");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["out.txt"]);
  });

  it.runIf(process.platform === "linux")("does not hang on a folder that cannot be made", () => {
    expect(() => writeFileAtomic("/proc/linqu/out.txt", ["x"])).toThrow(LinquError);
  });

  it.runIf(process.platform === "linux")("writes to a device instead of replacing it", () => {
    const device = join(folder, "null");
    symlinkSync("/dev/null", device);
    writeFileAtomic(device, ["x"]);
    expect(lstatSync(device).isSymbolicLink()).toBe(true);
  });

  it("says which path cannot be written and why", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const write = (): void => writeFileAtomic(join(file, "below", "out.txt"), ["x"]);
    expect(write).toThrow(LinquError);
    expect(write).toThrow(/cannot write .*out\.txt: .*not a folder/);
  });
});
