/** From compiled code back to sources: sites, thrown errors, source lines. */
import { join } from "node:path";
import { TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";
import type { SourceLocation } from "../base/diagnostics.js";
import type { Bundle, KernelManifest, SiteTuple } from "./bundle.js";
import { scriptName } from "./script-name.js";
import { shownPath } from "../base/shown-path.js";

/** Parsed on demand: a run without errors and reports never needs the map. */
const traceMaps = new WeakMap<Bundle, TraceMap>();

/** Where a site stands in the sources. */
export function siteLocation(bundle: Bundle, site: number): SourceLocation {
  const [source, line, column, endColumn] = siteOf(bundle, site);
  return { file: sourceFile(bundle, source), line, column, endColumn };
}

/** Where a kernel is defined. */
export function kernelLocation(bundle: Bundle, { at }: KernelManifest): SourceLocation {
  const [source, line, column, endColumn] = at;
  return { file: sourceFile(bundle, source), line, column, endColumn };
}

/** The operation at a site: `add` … for operators, `loop` for loops. */
export function siteOperation(bundle: Bundle, site: number): string {
  return siteOf(bundle, site)[4];
}

function siteOf(bundle: Bundle, site: number): SiteTuple {
  const tuple = bundle.manifest.sites[site];
  if (!tuple) throw new RangeError(`bundle ${bundle.manifest.name} has no site ${site}`);
  return tuple;
}

/** The text of a line of a source as it was compiled, `line` from 1; null when there is no such line. */
export function sourceLine(bundle: Bundle, source: number, line: number): string | null {
  const path = bundle.manifest.sources[source]?.path;
  const map = traceMap(bundle);
  const text = map.sourcesContent?.[map.sources.indexOf(path ?? null)];
  return text?.split(/\r?\n/)[line - 1] ?? null;
}

/** The place in the sources of the topmost frame of compiled code in an error's stack; null when there is none. */
export function mapErrorLocation(bundle: Bundle, error: unknown): SourceLocation | null {
  const stack = error instanceof Error || hasStack(error) ? error.stack : undefined;
  if (!stack) return null;
  const name = scriptName(bundle);
  for (const frame of stack.split("\n")) {
    const start = frame.indexOf(`${name}:`);
    if (start === -1) continue;
    const [line, column] = frame.slice(start + name.length + 1).split(":");
    const found = originalPositionFor(traceMap(bundle), {
      line: Number(line),
      column: Number.parseInt(column ?? "1", 10) - 1,
    });
    if (found.source === null) continue;
    const source = bundle.manifest.sources.findIndex(({ path }) => path === found.source);
    const text = sourceLine(bundle, source, found.line) ?? "";
    const word = /^[\w$.]+/.exec(text.slice(found.column))?.[0].length ?? 1;
    const column1 = found.column + 1;
    return { file: sourceFile(bundle, source), line: found.line, column: column1, endColumn: column1 + word };
  }
  return null;
}

/** The path of a source as people read it. */
function sourceFile(bundle: Bundle, source: number): string {
  const path = bundle.manifest.sources[source]!.path;
  return path === "linqu/dsl" ? path : shownPath(join(bundle.sourceRoot, path));
}

function traceMap(bundle: Bundle): TraceMap {
  let map = traceMaps.get(bundle);
  if (!map) {
    map = new TraceMap(bundle.map);
    traceMaps.set(bundle, map);
  }
  return map;
}

/** Errors of another realm are not `instanceof Error`. */
function hasStack(error: unknown): error is { stack: string } {
  return (
    typeof error === "object" && error !== null && typeof (error as { stack?: unknown }).stack === "string"
  );
}
