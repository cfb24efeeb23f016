/** What the compiler makes of kernel sources: one expression of JavaScript, a source map and a manifest. */
import type { Diagnostic } from "../base/diagnostics.js";

/**
 * A queue a kernel may use: an axis of the machine or the world's ring, and the direction that the sender names;
 * or all queues between neighbours that the kernel names itself.
 */
type NamedQueues =
  `${"world" | "pe" | "cube" | "sip" | "host" | "pod" | "supernode"}:${"E" | "W" | "N" | "S"}` | "peer:*";

/** Queues that a kernel may use; `into` marks those of them that it receives straight into tiles. */
export type QueueUse = NamedQueues | `into ${NamedQueues}`;

/** A place where an operation or operator stands: [index into `sources`, line, column, endColumn, op]; from 1. */
export type SiteTuple = readonly [
  source: number,
  line: number,
  column: number,
  endColumn: number,
  op: string,
];

/** A place in the sources: [index into `sources`, line, column, endColumn]; from 1. */
export type PlaceTuple = readonly [source: number, line: number, column: number, endColumn: number];

export interface KernelManifest {
  /** Name of the export. */
  export: string;
  /** Where it is defined; no part of the callable's identity. */
  at: PlaceTuple;
  /** `defineKernel`'s name, or the export's when it is a plain function. */
  name: string;
  /** Made with `defineKernel`: it can be run without further arguments. */
  defined: boolean;
  params: { name: string; type: string }[];
  /** Operations of `tl` that the bundle's code can reach from this kernel. */
  ops: string[];
  /** Queues of the send and recv calls among them; every axis or direction where one is not a literal. */
  queues: QueueUse[];
}

export interface OrchestrationManifest {
  export: string;
  level: string;
}

/** A value that is chosen when a kernel is compiled. */
export type ConstexprValue = number | boolean | string;

export interface BundleManifest {
  format: "linqu.bundle/1";
  api: "tl/1";
  /** Base name of the entry file without extension. */
  name: string;
  /** `sha256-…` over code (without comments), api and kernel signatures: the identity of the callable. */
  hash: string;
  kernels: KernelManifest[];
  orchestrations: OrchestrationManifest[];
  /** All `constexpr` parameters of the sources with the values that this bundle was compiled for. */
  constexpr: Record<string, ConstexprValue>;
  sites: SiteTuple[];
  /** Paths relative to the entry file's folder, with forward slashes. */
  sources: { path: string; sha256: string }[];
  tools: Record<string, string>;
}

export interface Bundle {
  manifest: BundleManifest;
  /**
   * A single expression `($, $h) => exports` that mentions no global but the standard library: `$` has the operations
   * (`KernelOps`), `$h` counts the loops of host code (`HostSteps`).
   */
  code: string;
  /** Source map (JSON) of `code`, with the sources' text. */
  map: string;
  /** Absolute folder that the manifest's source paths are relative to; not part of the bundle's bytes. */
  sourceRoot: string;
  /** What the compiler found doubtful; the bundle is good all the same. */
  warnings: Diagnostic[];
  /** Whether it came from the compile cache. */
  cached: boolean;
}
