/** The header of an .npy file: magic, version, and a Python dict literal with exactly three keys. */
import { invalidInput } from "../base/diagnostics.js";
import type { LinquError } from "../base/diagnostics.js";

export interface NpyHeader {
  /** As stated in the file, such as `<f4`; null stands for a structured dtype. */
  descr: string | null;
  fortranOrder: boolean;
  shape: number[];
  /** Where the dict literal and where the elements begin. */
  literalOffset: number;
  dataOffset: number;
}

export const NPY_MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const KEYS = ["descr", "fortran_order", "shape"];
/** As many as NumPy itself allows. */
export const MAX_DIMENSIONS = 64;
/** Deeper nesting than any dtype of NumPy has. */
const MAX_DEPTH = 32;

/**
 * Parses the header of the .npy file `name`.
 * @throws LQ9201 not an .npy file, LQ9202 unknown version, LQ9203 malformed header
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  if (NPY_MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw npyError("LQ9201", name, 0, "this is not an .npy file: it does not begin with \\x93NUMPY");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6];
  const minor = bytes[7];
  if (major === undefined || minor === undefined) throw truncated(name, bytes.length);
  if (major < 1 || major > 3 || minor !== 0) {
    throw npyError("LQ9202", name, 6, `version ${major}.${minor} is unknown; known are 1.0, 2.0 and 3.0`);
  }
  const literalOffset = major === 1 ? 10 : 12;
  if (bytes.length < literalOffset) throw truncated(name, bytes.length);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = literalOffset + length;
  if (bytes.length < dataOffset) throw truncated(name, bytes.length);
  const literal = decodeLiteral(bytes.subarray(literalOffset, dataOffset), major, name, literalOffset);
  return { ...readKeys(new LiteralParser(literal, literalOffset, name)), literalOffset, dataOffset };
}

export function npyError(
  code: `LQ${string}`,
  name: string,
  offset: number,
  what: string,
  hint?: string,
): LinquError {
  return invalidInput({
    code,
    message: `${name}, byte ${offset}: ${what}`,
    hint: hint ?? "write the file again with numpy.save",
  });
}

function truncated(name: string, offset: number): LinquError {
  return npyError("LQ9203", name, offset, "the file ends inside its header");
}

function decodeLiteral(bytes: Uint8Array, major: number, name: string, offset: number): string {
  if (major < 3) return Buffer.from(bytes).toString("latin1");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidInput(
      { code: "LQ9203", message: `${name}, byte ${offset}: the header of a version 3.0 file is not UTF-8` },
      cause,
    );
  }
}

function readKeys(parser: LiteralParser): Pick<NpyHeader, "descr" | "fortranOrder" | "shape"> {
  const found = new Map<string, { value: Literal; at: number }>();
  parser.expect("{");
  while (!parser.accept("}")) {
    const at = parser.position();
    const key = parser.value();
    if (typeof key !== "string" || !KEYS.includes(key))
      parser.fail("keys are 'descr', 'fortran_order' and 'shape'", at);
    if (found.has(key)) parser.fail(`key '${key}' stands twice`, at);
    parser.expect(":");
    const valueAt = parser.position();
    found.set(key, { value: parser.value(), at: valueAt });
    if (!parser.accept(",")) {
      parser.expect("}");
      break;
    }
  }
  parser.end();
  const get = (key: string): { value: Literal; at: number } =>
    found.get(key) ?? parser.fail(`key '${key}' is missing`, parser.position());

  const descr = get("descr");
  const order = get("fortran_order");
  const shape = get("shape");
  if (typeof descr.value !== "string" && !Array.isArray(descr.value))
    parser.fail("'descr' must be a string", descr.at);
  if (typeof order.value !== "boolean") parser.fail("'fortran_order' must be True or False", order.at);
  if (!isShape(shape.value))
    parser.fail("'shape' must be a tuple of integers that are not negative", shape.at);
  if (shape.value.length > MAX_DIMENSIONS) parser.fail(`more than ${MAX_DIMENSIONS} dimensions`, shape.at);
  return {
    descr: typeof descr.value === "string" ? descr.value : null,
    fortranOrder: order.value,
    shape: shape.value,
  };
}

function isShape(value: Literal): value is number[] {
  return (
    Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && (length as number) >= 0)
  );
}

/** Tuples and lists become arrays. */
type Literal = string | boolean | number | Literal[];

/** The part of Python's literals that headers use: strings, True, False, integers, tuples and lists. */
class LiteralParser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly offset: number,
    private readonly name: string,
  ) {}

  fail(what: string, at: number): never {
    throw npyError("LQ9203", this.name, this.offset + at, `malformed header: ${what}`);
  }

  /** Index of the next character that is not a space. */
  position(): number {
    while (/[ \t\r\n]/.test(this.text.charAt(this.at))) this.at++;
    return this.at;
  }

  accept(character: string): boolean {
    if (this.text[this.position()] !== character) return false;
    this.at++;
    return true;
  }

  expect(character: string): void {
    if (!this.accept(character)) this.fail(`"${character}" expected`, this.at);
  }

  end(): void {
    if (this.position() < this.text.length) this.fail("nothing may follow the dict", this.at);
  }

  value(depth = 0): Literal {
    const at = this.position();
    if (depth > MAX_DEPTH) this.fail("nested too deeply", at);
    const string = this.match(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/y);
    if (string) return string[1] ?? string[2]!;
    const word = this.match(/(?:True|False)\b/y);
    if (word) return word[0] === "True";
    // Python 2 wrote long integers with an L.
    const integer = this.match(/(-?\d+)L?\b/y);
    if (integer) return Number(integer[1]);
    if (this.accept("(")) return this.sequence(")", depth);
    if (this.accept("[")) return this.sequence("]", depth);
    return this.fail("a string, True, False, an integer or a tuple expected", at);
  }

  private sequence(close: string, depth: number): Literal[] {
    const items: Literal[] = [];
    while (!this.accept(close)) {
      items.push(this.value(depth + 1));
      if (!this.accept(",")) {
        if (close === ")" && items.length === 1) this.fail("a tuple of one has a comma after it", this.at);
        this.expect(close);
        break;
      }
    }
    return items;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at += match[0].length;
    return match;
  }
}
