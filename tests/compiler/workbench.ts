/** Compiles small sources and runs them against operations that only record what is called. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import type { KernelDefinition } from "../../dsl/index.js";
import { LinquError } from "../../src/base/diagnostics.js";
import type { Diagnostic } from "../../src/base/diagnostics.js";
import type { Bundle, ConstexprValue } from "../../src/compiler/bundle.js";
import { compileKernel } from "../../src/compiler/compile.js";
import type { KernelOps } from "../../src/compiler/kernel-ops.js";
import { loadBundle } from "../../src/compiler/load.js";

/** A folder of the given files, removed after the tests of the file that asked for it. */
export function folderOf(files: Record<string, string | Uint8Array>, name = "kernels"): string {
  const root = mkdtempSync(join(tmpdir(), "linqu-compiler-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export const IMPORTS =
  'import { defineKernel, input, output, tl, rt, type Ptr, type Tile, type Axis, type Direction } from "linqu/dsl";\n';

export async function compileFiles(
  files: Record<string, string>,
  entry = "kernel.ts",
  constexpr: Record<string, ConstexprValue> = {},
): Promise<Bundle> {
  return compileKernel(join(folderOf(files), entry), { cache: false, constexpr });
}

/** A module whose kernel `k` has the given body; `before` stands at module level. */
export function kernelSource(body: string, before = "", parameters = "x: Ptr, y: Ptr, n: number"): string {
  return `${IMPORTS}${before}\nexport const k = defineKernel({ name: "k", args: () => [] as never }, (${parameters}) => {\n${body}\n});\n`;
}

/** The errors and warnings of a source. */
export async function errorsOf(
  files: Record<string, string | Uint8Array>,
  entry = "kernel.ts",
  constexpr: Record<string, ConstexprValue> = {},
): Promise<readonly Diagnostic[]> {
  try {
    return (await compileKernel(join(folderOf(files), entry), { cache: false, constexpr })).warnings;
  } catch (error) {
    if (error instanceof LinquError) return error.diagnostics;
    throw error;
  }
}

export function place({ code, at }: Diagnostic): string {
  return at ? `${code} ${at.line}:${at.column}-${at.endColumn}` : code;
}

/** A tile or pointer whose use as a plain number is an error; a mask's value is 0 or 1. */
export class Handle {
  constructor(readonly value: number) {}
  [Symbol.toPrimitive](): never {
    throw new Error("a handle was used as a number");
  }
}

/** A ref or a future: no number either. */
class Opaque extends Handle {
  constructor(readonly name: string) {
    super(NaN);
  }
}

/** A future, with what `wait` returns. */
class Started extends Opaque {
  constructor(readonly result: unknown) {
    super("future");
  }
}

export interface Recorder {
  ops: KernelOps;
  /** `name(arguments)` in the order of the calls. */
  calls: string[];
  printed: unknown[];
  ticks: number;
  /** How often the kernel yielded; filled by `drive`. */
  waits: number;
}

/** `waits` decides which suspending calls are not done at once. */
export function recorder(waits: (call: number) => boolean = () => true): Recorder {
  const record: Recorder = { ops: undefined as never, calls: [], printed: [], ticks: 0, waits: 0 };
  let suspending = 0;
  const scalar = (value: unknown): number => (value instanceof Handle ? value.value : (value as number));
  const binary =
    (compute: (a: number, b: number) => number | boolean) => (_site: number, a: unknown, b: unknown) => {
      const value = compute(scalar(a), scalar(b));
      return a instanceof Handle || b instanceof Handle ? new Handle(Number(value)) : value;
    };
  const note = (name: string, args: unknown[]): void =>
    void record.calls.push(`${name}(${args.map(show).join(", ")})`);
  const suspend =
    (name: string, result: (args: unknown[]) => unknown) =>
    (_site: number, ...args: unknown[]) => {
      note(name, args);
      const value = result(args);
      const waits_ = waits(suspending++);
      // What is left in `out` before the kernel has waited must not be seen.
      record.ops.out = waits_ ? "too early" : value;
      pending = value;
      return !waits_;
    };
  const plain =
    (name: string, result: (args: unknown[]) => unknown) =>
    (_site: number, ...args: unknown[]) => {
      note(name, args);
      return result(args);
    };
  let pending: unknown;
  record.ops = {
    out: undefined,
    isTile: (value: unknown) => value instanceof Handle,
    decides: (_site: number, value: unknown) => {
      if (value instanceof Handle) throw new Error("a tile decided");
      return value;
    },
    add: binary((a, b) => a + b),
    sub: binary((a, b) => a - b),
    mul: binary((a, b) => a * b),
    div: binary((a, b) => a / b),
    mod: binary((a, b) => a % b),
    pow: binary((a, b) => a ** b),
    lt: binary((a, b) => a < b),
    le: binary((a, b) => a <= b),
    gt: binary((a, b) => a > b),
    ge: binary((a, b) => a >= b),
    equal: binary((a, b) => a === b),
    notEqual: binary((a, b) => a !== b),
    bitAnd: binary((a, b) => a & b),
    bitOr: binary((a, b) => a | b),
    bitXor: binary((a, b) => a ^ b),
    shiftLeft: binary((a, b) => a << b),
    shiftRight: binary((a, b) => a >> b),
    and: (_site: number, a: unknown, b: unknown) =>
      a instanceof Handle ? new Handle(Number(a.value && scalar(b))) : b,
    or: (_site: number, a: unknown, b: unknown) =>
      a instanceof Handle ? new Handle(Number(a.value || scalar(b))) : b,
    neg: (_site: number, a: unknown) => (a instanceof Handle ? new Handle(-a.value) : -(a as number)),
    bitNot: (_site: number, a: unknown) => (a instanceof Handle ? new Handle(~a.value) : ~(a as number)),
    not: (_site: number, a: unknown) => (a instanceof Handle ? new Handle(Number(!a.value)) : !a),
    tick: () => void record.ticks++,
    programId: plain("programId", () => 0),
    numPrograms: plain("numPrograms", () => 8),
    rank: plain("rank", () => 3),
    worldSize: plain("worldSize", () => 4),
    load: suspend("load", ([pointer]) => new Handle(scalar(pointer))),
    store: suspend("store", () => undefined),
    zeros: plain("zeros", () => new Handle(0)),
    full: plain("full", ([, value]) => new Handle(scalar(value))),
    dot: plain("dot", ([a, b]) => new Handle(scalar(a) * scalar(b))),
    sum: plain("sum", ([a]) => a),
    sqrt: plain("sqrt", ([a]) => new Handle(Math.sqrt(scalar(a)))),
    where: plain("where", ([mask, a, b]) => new Handle(scalar(mask) ? scalar(a) : scalar(b))),
    maximum: plain("maximum", ([a, b]) => new Handle(Math.max(scalar(a), scalar(b)))),
    send: suspend("send", () => undefined),
    recv: suspend("recv", () => new Handle(100)),
    recvAsync: suspend("recvAsync", () => new Started(new Handle(100))),
    recvInto: suspend("recvInto", ([, tile]) => new Started(tile)),
    ref: plain("ref", () => new Opaque("ref")),
    composite: suspend("composite", () => new Started(undefined)),
    wait: suspend("wait", ([started]) => (started as Started).result),
    cdiv: plain("cdiv", ([a, b]) => Math.ceil(scalar(a) / scalar(b))),
    staticAssert: plain("staticAssert", () => undefined),
    assert: plain("assert", () => undefined),
    print: (_site: number, ...values: unknown[]) => void record.printed.push(...values),
  } as unknown as KernelOps;
  resume.set(record, () => {
    record.waits++;
    record.ops.out = pending;
  });
  return record;
}

const resume = new WeakMap<Recorder, () => void>();

function show(value: unknown): string {
  if (value instanceof Opaque) return value.name;
  if (value instanceof Handle) return `#${value.value}`;
  return JSON.stringify(value) ?? "undefined";
}

/** Runs a generator to its end and gives back what it returns. */
export function drive(kernel: Generator<unknown, unknown>, record: Recorder): unknown {
  for (;;) {
    const { done, value } = kernel.next();
    if (done) return value;
    resume.get(record)!();
  }
}

export interface Run extends Recorder {
  result: unknown;
  bundle: Bundle;
}

/** Compiles a module and runs its kernel `k`. */
export async function run(
  source: string,
  args: readonly unknown[] = [new Handle(10), new Handle(20), 4],
  others: Record<string, string> = {},
  waits?: (call: number) => boolean,
): Promise<Run> {
  return execute(await compileFiles({ "kernel.ts": source, ...others }), args, waits);
}

/** Runs the kernel `k` of a bundle. */
export function execute(
  bundle: Bundle,
  args: readonly unknown[] = [new Handle(10), new Handle(20), 4],
  waits?: (call: number) => boolean,
): Run {
  const record = recorder(waits);
  const exports = loadBundle(bundle, record.ops);
  const { body } = exports["k"] as KernelDefinition;
  const started = (body as (...given: readonly unknown[]) => unknown)(...args) as Generator<unknown, unknown>;
  const result = drive(started, record);
  return Object.assign(record, { result, bundle });
}
