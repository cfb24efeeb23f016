import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseNpyHeader } from "../../src/format/npy-header.js";
import { readNpy, writeNpy } from "../../src/format/npy.js";
import type { NpyArray, NpyRead } from "../../src/format/npy.js";

const LIMIT = 1 << 20;

/** An .npy file byte by byte: magic, version, header length, header as given, elements. */
function npy(
  literal: string,
  elements: readonly number[],
  version: readonly [number, number] = [1, 0],
): Uint8Array {
  const header = [...Buffer.from(literal, version[0] === 3 ? "utf8" : "latin1")];
  const length =
    version[0] === 1
      ? [header.length % 256, header.length >> 8]
      : [header.length % 256, header.length >> 8, 0, 0];
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, ...version, ...length, ...header, ...elements]);
}

const literal = (descr: string, shape: string, order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

function flat({ array }: NpyRead): number[] {
  return Array.from(array.data as ArrayLike<number | bigint>, Number);
}

function read(bytes: Uint8Array): NpyRead {
  return readNpy(bytes, "a.npy", LIMIT);
}

describe("reading .npy", () => {
  it.each<[string, number[], number[]]>([
    ["<f4", [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc1], [1, -10]],
    [">f4", [0x3f, 0x80, 0, 0, 0xc1, 0x20, 0, 0], [1, -10]],
    ["<f8", [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0], [1, -2]],
    [">f8", [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], [1, -2]],
    ["<f2", [0x00, 0x3c, 0x00, 0xbc], [0x3c00, 0xbc00]],
    [">f2", [0x3c, 0x00, 0xbc, 0x00], [0x3c00, 0xbc00]],
    ["|i1", [1, 0xff], [1, -1]],
    ["|u1", [1, 0xff], [1, 255]],
    ["<u1", [1, 0xff], [1, 255]],
    ["|b1", [1, 0], [1, 0]],
    ["<i2", [2, 1, 0xff, 0xff], [258, -1]],
    [">i2", [1, 2, 0xff, 0xff], [258, -1]],
    ["<u2", [2, 1, 0xff, 0xff], [258, 65535]],
    ["<i4", [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff], [1, -2]],
    [">u4", [0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff], [256, 4294967295]],
    [">i8", [0, 0, 0, 0, 0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [256, -1]],
    ["<u8", [0, 1, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0], [256, 7]],
  ])("dtype %s", (descr, elements, values) => {
    const result = read(npy(literal(descr, "(2,)"), elements));
    expect(flat(result)).toEqual(values);
    expect(result.dtype).toBe(descr.slice(1));
    expect(result.array.shape).toEqual([2]);
  });

  it("versions 2.0 and 3.0, double quotes, other order of keys, Python 2 integers, no trailing comma", () => {
    const text = `{"shape": (2L, 1), "fortran_order": False, "descr": "|u1"}`;
    for (const version of [
      [1, 0],
      [2, 0],
      [3, 0],
    ] as const) {
      const result = read(npy(text, [5, 6], version));
      expect([flat(result), result.array.shape]).toEqual([
        [5, 6],
        [2, 1],
      ]);
    }
  });

  it("a scalar, an empty array and one of many dimensions", () => {
    expect(read(npy(literal("|u1", "()"), [9])).array.shape).toEqual([]);
    expect(flat(read(npy(literal("<f8", "(3, 0, 2)"), [])))).toEqual([]);
    expect(read(npy(literal("|u1", "(1, 2, 1, 3)"), [1, 2, 3, 4, 5, 6])).array.get(0, 1, 0, 2)).toBe(6);
  });

  it("Fortran order becomes strides: element (i, j) is right and nothing was moved", () => {
    // [[1, 2, 3], [4, 5, 6]] stored column by column.
    const bytes = npy(literal("|u1", "(2, 3)", "True"), [1, 4, 2, 5, 3, 6]);
    const { array } = read(bytes);
    expect([array.get(0, 0), array.get(0, 2), array.get(1, 0), array.get(1, 2)]).toEqual([1, 3, 4, 6]);
    expect(array.stride).toEqual([1, 2]);
    expect((array.data as Uint8Array).buffer).toBe(bytes.buffer);
  });

  it("elements that are not aligned in memory", () => {
    const whole = npy(literal("<f8", "(1,)"), [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    for (let shift = 0; shift < 8; shift++) {
      const buffer = new Uint8Array(whole.length + shift);
      buffer.set(whole, shift);
      expect(flat(read(buffer.subarray(shift)))).toEqual([1]);
    }
  });

  const good = literal("<f4", "(2,)");
  it.each<[string, Uint8Array, string, RegExp]>([
    ["empty", new Uint8Array(0), "LQ9201", /a\.npy, byte 0/],
    ["another format", Buffer.from("PK\x03\x04 something"), "LQ9201", /not an \.npy file/],
    ["version 4.0", npy(good, [], [4, 0]), "LQ9202", /byte 6: version 4\.0/],
    ["cut in the magic", npy(good, []).subarray(0, 7), "LQ9203", /byte 7: the file ends inside its header/],
    [
      "cut in the header",
      npy(good, []).subarray(0, 30),
      "LQ9203",
      /byte 30: the file ends inside its header/,
    ],
    ["no dict", npy("[1, 2]\n", []), "LQ9203", /byte 10: malformed header: "\{" expected/],
    ["a key missing", npy("{'descr': '<f4', 'shape': (2,)}", []), "LQ9203", /'fortran_order' is missing/],
    [
      "a key twice",
      npy("{'descr': '<f4', 'descr': '<f4', 'shape': ()}", []),
      "LQ9203",
      /byte 27: .*'descr' stands twice/,
    ],
    ["an unknown key", npy("{'descr': '<f4', 'x': 1}", []), "LQ9203", /byte 27: .*keys are/],
    ["text after the dict", npy(good + "x", []), "LQ9203", /nothing may follow/],
    ["a negative length", npy(literal("<f4", "(-2,)"), []), "LQ9203", /'shape' must be/],
    ["a length that is no integer", npy(literal("<f4", "(2.5,)"), []), "LQ9203", /malformed header/],
    ["brackets without comma", npy(literal("<f4", "(2)"), []), "LQ9203", /tuple of one has a comma/],
    ["65 dimensions", npy(literal("<f4", `(${"1, ".repeat(65)})`), []), "LQ9203", /more than 64 dimensions/],
    ["a number as order", npy(literal("<f4", "(2,)", "1"), []), "LQ9203", /must be True or False/],
    ["a call", npy(literal("<f4", "eval('2')"), []), "LQ9203", /expected/],
    ["deep nesting", npy(literal("<f4", "(".repeat(5000)), []), "LQ9203", /nested too deeply/],
    ["objects", npy(literal("|O", "(2,)"), []), "LQ9204", /Python objects cannot be read/],
    ["complex", npy(literal("<c8", "(2,)"), []), "LQ9204", /'<c8'/],
    ["text", npy(literal("<U3", "(2,)"), []), "LQ9204", /'<U3'/],
    ["no byte order", npy(literal("|f4", "(2,)"), [0, 0, 0, 0, 0, 0, 0, 0]), "LQ9204", /'\|f4'/],
    [
      "structured",
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", []),
      "LQ9204",
      /structured/,
    ],
    ["too few bytes", npy(good, [0, 0, 0, 0, 0, 0, 0]), "LQ9205", /needs 8 bytes, but 7 follow/],
    ["too many bytes", npy(good, [0, 0, 0, 0, 0, 0, 0, 0, 0]), "LQ9205", /needs 8 bytes, but 9 follow/],
    [
      "a shape that lies",
      npy(literal("<f4", "(9, 9)"), new Array<number>(24).fill(0)),
      "LQ9205",
      /needs 324 bytes, but 24/,
    ],
    ["a huge shape", npy(literal("<f8", "(1000000, 1000000)"), []), "LQ9206", /more than the limit of 1 MiB/],
    ["a huge product", npy(literal("<f8", `(${"9007199254740991, ".repeat(40)})`), []), "LQ9206", /limit/],
    ["a boolean of 2", npy(literal("|b1", "(3,)"), [1, 0, 2]), "LQ9207", /2 is not a boolean/],
  ])("refuses %s", (_, bytes, code, message) => {
    expect(() => read(bytes)).toThrow(message);
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ code })] }),
    );
  });
});

describe("writing .npy", () => {
  const arrays: NpyArray[] = [
    { dtype: "f4", shape: [2, 3], data: Float32Array.of(1, -2.5, 3, 4, 2 ** -149, 6) },
    { dtype: "f2", shape: [3], data: Uint16Array.of(0x3c00, 0xbc00, 0x7c00) },
    { dtype: "f8", shape: [], data: Float64Array.of(Math.PI) },
    { dtype: "i8", shape: [1, 2], data: BigInt64Array.of(-1n, 2n ** 62n) },
    { dtype: "u4", shape: [2], data: Uint32Array.of(1, 4294967295) },
    { dtype: "i1", shape: [2], data: Int8Array.of(-128, 127) },
    { dtype: "b1", shape: [2], data: Uint8Array.of(1, 0) },
    { dtype: "f4", shape: [0, 7], data: new Float32Array(0) },
  ];

  it("writes exactly the bytes of the format", () => {
    const bytes = writeNpy({ dtype: "f4", shape: [3], data: Float32Array.of(1, 0, -10) });
    expect(Buffer.from(bytes.subarray(0, 10)).toString("hex")).toBe("934e554d505901007600");
    const text = Buffer.from(bytes.subarray(10, 128)).toString("latin1");
    expect(text).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }".padEnd(117) + "\n");
    expect(Buffer.from(bytes.subarray(128)).toString("hex")).toBe("0000803f00000000000020c1");
  });

  it("aligns the elements to 64 bytes for every shape", () => {
    for (let dimensions = 0; dimensions <= 64; dimensions++) {
      const shape = new Array<number>(dimensions).fill(1);
      const bytes = writeNpy({ dtype: "u1", shape, data: Uint8Array.of(7) });
      expect((bytes.length - 1) % 64).toBe(0);
      expect(parseNpyHeader(bytes, "a.npy")).toMatchObject({ shape, dataOffset: bytes.length - 1 });
    }
  });

  it("is read back as it was", () => {
    for (const { dtype, shape, data } of arrays) {
      const result = read(writeNpy({ dtype, shape, data }));
      expect(result.dtype).toBe(dtype);
      expect(result.array.shape).toEqual(shape);
      expect(result.array.data).toEqual(data);
    }
  });

  it("refuses data that does not fit the shape", () => {
    expect(() => writeNpy({ dtype: "f4", shape: [2], data: Float32Array.of(1) })).toThrow(/does not fit/);
    expect(() => writeNpy({ dtype: "f8", shape: [1], data: Float32Array.of(1) })).toThrow(/does not fit/);
    const shape = new Array<number>(65).fill(1);
    expect(() => writeNpy({ dtype: "u1", shape, data: Uint8Array.of(1) })).toThrow(/does not fit/);
  });

  const python = spawnSync("python3", ["--version"]).status === 0;
  it.runIf(python)("is understood by Python's own literals and struct", () => {
    const script = `
import ast, json, struct, sys
b = sys.stdin.buffer.read()
assert b[:8] == b"\\x93NUMPY\\x01\\x00"
n = struct.unpack("<H", b[8:10])[0]
assert (10 + n) % 64 == 0 and b[9 + n:10 + n] == b"\\n"
h = ast.literal_eval(b[10:10 + n].decode("latin1"))
f = {"f4": "f", "f2": "e", "f8": "d", "i8": "q", "u4": "I", "i1": "b", "b1": "?"}[h["descr"][1:]]
values = [str(float(v)) for (v,) in struct.iter_unpack("<" + f, b[10 + n:])]
print(json.dumps([h["descr"], h["fortran_order"], h["shape"], values]))`;
    const expected = [
      ["<f4", false, [2, 3], ["1.0", "-2.5", "3.0", "4.0", "1.401298464324817e-45", "6.0"]],
      ["<f2", false, [3], ["1.0", "-1.0", "inf"]],
      ["<f8", false, [], ["3.141592653589793"]],
      ["<i8", false, [1, 2], ["-1.0", "4.611686018427388e+18"]],
      ["<u4", false, [2], ["1.0", "4294967295.0"]],
      ["|i1", false, [2], ["-128.0", "127.0"]],
      ["|b1", false, [2], ["1.0", "0.0"]],
      ["<f4", false, [0, 7], []],
    ];
    arrays.forEach((array, index) => {
      const { stdout, stderr } = spawnSync("python3", ["-c", script], {
        input: writeNpy(array),
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual(expected[index]);
    });
  });
});
