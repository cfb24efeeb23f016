import type { SourceLocation } from "../base/diagnostics.js";
import { HeapBuffer } from "./heap-buffer.js";
import { runtimeError } from "./runtime-error.js";
import type { Access } from "./tensor-map.js";

/** A checked submit of an orchestration. */
interface ProgramSubmit {
  name: string;
  /** Indices of children, or of chips at a host. */
  members: number[];
  accesses: Access[];
  buffers: HeapBuffer[];
}

interface SubmitContext {
  path: string;
  childCount: number;
  /** `chip` at a host, `child` above. */
  childWord: string;
  at: SourceLocation | null;
  holds(buffer: HeapBuffer): boolean;
}

/**
 * Checks the options of `rt.submit`.
 * @throws LQ7005 no such child, LQ7007 not a buffer, LQ7008 a buffer that is no longer held
 */
export function readProgramSubmit(options: unknown, context: SubmitContext): ProgramSubmit {
  const given = (typeof options === "object" && options !== null ? options : {}) as Record<string, unknown>;
  const writes = readBuffers(given["writes"], "writes", context);
  const reads = readBuffers(given["reads"], "reads", context).filter((buffer) => !writes.includes(buffer));
  const access = (buffer: HeapBuffer, write: boolean): Access => {
    return { handle: buffer.handle, offset: 0, length: buffer.sizeBytes, write };
  };
  return {
    name: typeof given["name"] === "string" ? given["name"] : "submit",
    members: readMembers(given["to"], context),
    accesses: [
      ...reads.map((buffer) => access(buffer, false)),
      ...writes.map((buffer) => access(buffer, true)),
    ],
    buffers: [...reads, ...writes],
  };
}

function readMembers(to: unknown, { path, childCount, childWord, at }: SubmitContext): number[] {
  if (to === "all") return Array.from({ length: childCount }, (_, index) => index);
  if (typeof to === "number" && Number.isInteger(to) && to >= 0 && to < childCount) return [to];
  throw runtimeError({
    code: "LQ7005",
    message: `${path} has no ${childWord} ${String(to)}: it has ${childCount}`,
    at,
    hint: `use to: 0${childCount > 1 ? `…${childCount - 1}` : ""}, or to: "all"`,
  });
}

function readBuffers(list: unknown, name: string, context: SubmitContext): HeapBuffer[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw notABuffer(name, list, context);
  return [...new Set(list.map((item: unknown, index) => readBuffer(item, `${name}[${index}]`, context)))];
}

function readBuffer(item: unknown, name: string, context: SubmitContext): HeapBuffer {
  if (!(item instanceof HeapBuffer)) throw notABuffer(name, item, context);
  if (context.holds(item)) return item;
  throw runtimeError({
    code: "LQ7008",
    message: `${name} is not held on ${context.path}: it was freed, its scope has ended, or it is another node's`,
    at: context.at,
    hint: "submit the tasks that use a buffer before rt.free and before its scope ends",
  });
}

function notABuffer(name: string, value: unknown, { path, at }: SubmitContext): Error {
  const wanted = name.endsWith("]") ? "a buffer" : "a list of buffers";
  return runtimeError({
    code: "LQ7007",
    message: `${name} of rt.submit on ${path} must be ${wanted} from rt.alloc, not ${describe(value)}`,
    at,
    hint: "const buffer = rt.alloc(bytes); rt.submit({ to, reads: [buffer] })",
  });
}

function describe(value: unknown): string {
  return typeof value === "object"
    ? value === null
      ? "null"
      : "an object"
    : `${typeof value} ${String(value)}`;
}
