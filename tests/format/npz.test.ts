import { spawnSync } from "node:child_process";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { NpyArray } from "../../src/format/npy.js";
import { writeNpy } from "../../src/format/npy.js";
import { readNpz, writeNpz } from "../../src/format/npz.js";

const LIMIT = 1 << 20;
const ramp: NpyArray = {
  dtype: "f4",
  shape: [2, 500],
  data: Float32Array.from({ length: 1000 }, (_, i) => i),
};
const halves: NpyArray = { dtype: "f2", shape: [2], data: Uint16Array.of(0x3c00, 0x4000) };
const both = [
  { name: "x", array: ramp },
  { name: "y.0", array: halves },
];

describe("npz", () => {
  it("is read back as it was, in order", () => {
    const arrays = readNpz(writeNpz(both), "dump.npz", LIMIT);
    expect([...arrays.keys()]).toEqual(["x", "y.0"]);
    expect(arrays.get("x")!.array.get(1, 499)).toBe(999);
    expect(arrays.get("y.0")!.dtype).toBe("f2");
    expect(arrays.get("y.0")!.array.data).toEqual(halves.data);
  });

  it("has the same bytes at any time and in any time zone", () => {
    const bytes = writeNpz(both);
    expect(writeNpz(both)).toEqual(bytes);
    // DOS date of 1980-01-01: the fields after signature, version, flags and method.
    expect([...bytes.subarray(0, 4)]).toEqual([0x50, 0x4b, 3, 4]);
    expect([bytes[12], bytes[13]]).toEqual([0x21, 0]);
    const before = process.env["TZ"];
    for (const zone of ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"]) {
      process.env["TZ"] = zone;
      expect(writeNpz(both)).toEqual(bytes);
    }
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  });

  it("reads deflated entries", () => {
    const packed = zipSync({ "x.npy": writeNpy(ramp) }, { level: 9 });
    expect(packed.length).toBeLessThan(3000);
    expect(readNpz(packed, "x.npz", LIMIT).get("x")!.array.data).toEqual(ramp.data);
  });

  it.each<[string, () => Uint8Array, string, RegExp]>([
    [
      "not a zip archive",
      () => Buffer.from("hello, this is text and not an archive"),
      "LQ9210",
      /f\.npz is not a readable/,
    ],
    ["an archive cut short", () => writeNpz(both).subarray(0, 2000), "LQ9210", /not a readable/],
    ["a foreign entry", () => zipSync({ "readme.txt": Buffer.from("hi") }), "LQ9211", /"readme\.txt"/],
    [
      "an entry that is no array",
      () => zipSync({ "x.npy": Buffer.from("hi") }),
      "LQ9201",
      /f\.npz:x\.npy, byte 0/,
    ],
    ["a zip bomb", () => zipSync({ "x.npy": new Uint8Array(LIMIT + 5000) }), "LQ9212", /limit of 1 MiB/],
  ])("refuses %s", (_, bytes, code, message) => {
    const reading = (): unknown => readNpz(bytes(), "f.npz", LIMIT);
    expect(reading).toThrow(message);
    expect(reading).toThrow(expect.objectContaining({ diagnostics: [expect.objectContaining({ code })] }));
  });

  it("refuses two arrays of one name", () => {
    expect(() => writeNpz([both[0]!, both[0]!])).toThrow(/two arrays are named x/);
  });

  const python = spawnSync("python3", ["--version"]).status === 0;
  it.runIf(python)("passes the checks of Python's zipfile", () => {
    const script = `
import io, sys, zipfile
z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
assert z.testzip() is None
print([(i.filename, i.compress_type, i.date_time[:3], i.file_size) for i in z.infolist()])`;
    const { stdout, stderr } = spawnSync("python3", ["-c", script], {
      input: writeNpz(both),
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout.trim()).toBe("[('x.npy', 0, (1980, 1, 1), 4128), ('y.0.npy', 0, (1980, 1, 1), 132)]");
  });
});
