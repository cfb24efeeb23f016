/** A topology by preset name or file: what it extends, `--set`, and the rules between values. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { diagnostic, ExitCode, invalidInput, LinquError } from "../base/diagnostics.js";
import type { SourceLocation } from "../base/diagnostics.js";
import { describeErrno } from "../base/files.js";
import { suggestName } from "../base/nearest.js";
import { inconsistencies } from "./consistency.js";
import { applyOverrides } from "./overrides.js";
import { isField, topologySchema } from "./schema.js";
import type { Section } from "./schema.js";
import { parseTopologyFile } from "./topology-file.js";
import type { Entry } from "./topology-file.js";
import type { Topology } from "./topology.js";

/** From the smallest machine to the largest, then the one without a NoC. */
const PRESETS = [
  ...["pe", "cube", "sip", "host", "pod", "supernode", "cluster", "ring"],
  ...["kernbench", "kernbench-6sip", "kernbench-apr", "kernbench-apr-6sip"],
];
const PRESET_FOLDER = fileURLToPath(new URL("presets/", import.meta.url));
/** No machine needs more text; keeps a device or a dump from being read as one. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;

/** Names of the shipped topologies. */
export function presetNames(): string[] {
  return [...PRESETS];
}

/**
 * The machine that a preset or a YAML file describes, with `path=value` overrides applied and everything checked.
 * All problems of one file are reported together.
 * @throws LQ5001 unknown preset, LQ5002 unreadable file, LQ5003 YAML syntax, LQ5004 no mapping, LQ5005 unknown key,
 *   LQ5006 wrong value, LQ5007 missing value, LQ5008 cycle of `extends`, LQ5009 values that do not fit together,
 *   LQ5010 LQ5011 LQ5012 bad override
 * @example loadTopology("ring", ["counts.pesPerCube=64"]).counts.pesPerCube // 64
 */
export function loadTopology(nameOrPath: string, overrides: readonly string[]): Topology {
  return readTopology(nameOrPath, overrides).topology;
}

/** A topology with the places of its values. */
export interface PlacedTopology {
  topology: Topology;
  /** Where a user's file states the value of a path; null when it does not. */
  placeOf(path: string): SourceLocation | null;
}

/** `loadTopology`, for who reports errors in values later. */
export function readTopology(nameOrPath: string, overrides: readonly string[]): PlacedTopology {
  const entries = readEntries(findSource(nameOrPath, null, null), []);
  applyOverrides(entries, overrides);
  const topology = assemble(topologySchema, entries, "") as unknown as Topology;
  const problems = inconsistencies(topology).map(({ paths, message, hint }) => {
    const at = paths.map((path) => entries.get(path)?.at).find((place) => place) ?? null;
    return diagnostic({ code: "LQ5009", message, hint, at });
  });
  if (problems.length > 0) throw new LinquError(ExitCode.invalidInput, problems);
  return { topology, placeOf: (path) => entries.get(path)?.at ?? null };
}

/** The preset that `nameOrPath` is, or the first one that its file extends; null for a file that stands alone. */
export function basePreset(nameOrPath: string): string | null {
  return extendsChain(nameOrPath).find((name) => PRESETS.includes(name)) ?? null;
}

/** The topology itself and all that it extends, in the words of the files; it must load. */
export function extendsChain(nameOrPath: string): string[] {
  const names = [nameOrPath];
  let source = findSource(nameOrPath, null, null);
  for (;;) {
    const { base } = parseTopologyFile(source.file, readText(source, null));
    if (base === null) return names;
    names.push(base.name);
    source = findSource(base.name, source, base.at);
  }
}

/** Where a topology is read from. */
interface Source {
  /** The path as the user wrote it, for messages. */
  file: string;
  path: string;
  isPreset: boolean;
}

/** @throws LQ5001 neither a preset nor a file */
function findSource(name: string, from: Source | null, at: SourceLocation | null): Source {
  if (PRESETS.includes(name)) {
    const path = join(PRESET_FOLDER, `${name}.yaml`);
    return { file: `presets/${name}.yaml`, path, isPreset: true };
  }
  const isRelative = from !== null && !isAbsolute(name);
  const source = isRelative
    ? { file: join(dirname(from.file), name), path: join(dirname(from.path), name), isPreset: false }
    : { file: name, path: name, isPreset: false };
  const looksLikePath = /[\\/]|\.ya?ml$/i.test(name);
  if (looksLikePath || (name !== "" && existsSync(source.path))) return source;
  throw invalidInput({
    code: "LQ5001",
    message: `unknown topology "${name}"`,
    at,
    hint: `${suggestName(name, PRESETS)} (or the path of a YAML file)`,
  });
}

/** The values of a file and of all that it extends; `chain` holds the real paths of the files that led here. */
function readEntries(
  source: Source,
  chain: readonly string[],
  at: SourceLocation | null = null,
): Map<string, Entry> {
  const text = readText(source, at);
  const { base, entries, problems } = parseTopologyFile(source.file, text);
  const self = realpathSync(source.path);
  let inherited = new Map<string, Entry>();
  if (base) {
    try {
      const next = findSource(base.name, source, base.at);
      refuseCycle(next, [...chain, self], base.at);
      if (problems.length === 0) inherited = readEntries(next, [...chain, self], base.at);
    } catch (error) {
      if (!(error instanceof LinquError) || problems.length === 0) throw error;
      problems.unshift(...error.diagnostics);
    }
  }
  if (problems.length > 0) throw new LinquError(ExitCode.invalidInput, problems);
  const stem = basename(source.file, extname(source.file));
  inherited.set("name", { value: stem, at: null });
  if (!inherited.has("description")) inherited.set("description", { value: stem, at: null });
  const components = entries.get("components");
  if (components && components.value !== "") components.value = besideFile(source, String(components.value));
  // A user changes nothing in a preset, so no report should point there.
  if (source.isPreset) for (const entry of entries.values()) entry.at = null;
  return new Map([...inherited, ...entries]);
}

/** A path that a file states is relative to that file, whoever extends it. */
function besideFile({ path }: Source, stated: string): string {
  return isAbsolute(stated) ? stated : join(dirname(path), stated);
}

function refuseCycle(next: Source, chain: readonly string[], at: SourceLocation): void {
  if (!existsSync(next.path) || !chain.includes(realpathSync(next.path))) return;
  throw invalidInput({
    code: "LQ5008",
    message: `${at.file} extends ${next.file}, which extends it in turn`,
    at,
    hint: "let one of the files extend a preset such as host",
  });
}

/** @throws LQ5002 */
function readText({ file, path }: Source, at: SourceLocation | null): string {
  const refuse = (why: string, cause?: unknown): LinquError => {
    const hint = `check the path, or use a preset: ${PRESETS.join(", ")}`;
    return invalidInput({ code: "LQ5002", message: `cannot read topology ${file}: ${why}`, at, hint }, cause);
  };
  let status;
  try {
    status = statSync(path);
  } catch (cause) {
    throw refuse(describeErrno((cause as NodeJS.ErrnoException).code ?? String(cause)), cause);
  }
  if (!status.isFile()) throw refuse("it is not a file");
  if (status.size > MAX_FILE_BYTES) throw refuse(`it has more than ${MAX_FILE_BYTES} bytes`);
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw refuse(describeErrno((cause as NodeJS.ErrnoException).code ?? String(cause)), cause);
  }
}

function assemble(
  section: Section,
  entries: ReadonlyMap<string, Entry>,
  prefix: string,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(section)) {
    const path = prefix + key;
    result[key] = isField(entry) ? entries.get(path)?.value : assemble(entry, entries, `${path}.`);
  }
  return result;
}
