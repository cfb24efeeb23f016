/** `--set path=value`: single values of a topology, from the command line. */
import { parse } from "yaml";
import { diagnostic, ExitCode, LinquError } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import { suggestKey } from "./key-suggestion.js";
import { topologyFields } from "./schema.js";
import { formatPath, wrongValue } from "./topology-file.js";
import type { Entry } from "./topology-file.js";

/** Names of implementations and algorithms: any text is valid for the schema, but no name has a comma. */
const NAMES = new Set(["ccl.algorithm", "fabric.kind", "pe.scheduler.kind"]);

/**
 * The overrides that `path=v1,v2` stands for, one for each value in the given order; the text itself when the value
 * accepts it as a whole, such as a list `[…]` or a description with commas.
 */
export function splitOverride(text: string): string[] {
  const equals = text.indexOf("=");
  if (equals < 0) return [text];
  const path = overriddenPath(text);
  const field = topologyFields.get(path);
  const values = text.slice(equals + 1);
  if (!field || (!NAMES.has(path) && field.read(parseValue(values)).ok)) return [text];
  return splitAtCommas(values).map((value) => `${path}=${value.trim()}`);
}

/** The path that `path=value` sets, however it is spaced. */
export function overriddenPath(override: string): string {
  return override.slice(0, override.indexOf("=")).trim();
}

/** Commas inside brackets belong to a value. */
function splitAtCommas(values: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of values) {
    if (character === "[" || character === "{") depth++;
    if (character === "]" || character === "}") depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/**
 * Puts every override into `entries`; a later one wins over an earlier one of the same path.
 * @throws LQ5010 unknown path, LQ5011 bad value (exit 3); LQ5012 not `path=value` (exit 2)
 */
export function applyOverrides(entries: Map<string, Entry>, overrides: readonly string[]): void {
  const problems: Diagnostic[] = [];
  for (const text of overrides) {
    const problem = applyOverride(entries, text);
    if (problem) problems.push(problem);
  }
  if (problems.length === 0) return;
  const isMalformed = problems.some((problem) => problem.code === "LQ5012");
  throw new LinquError(isMalformed ? ExitCode.usage : ExitCode.invalidInput, problems);
}

function applyOverride(entries: Map<string, Entry>, text: string): Diagnostic | null {
  const equals = text.indexOf("=");
  const path = overriddenPath(text);
  if (equals < 0 || path === "") {
    const hint = "write a path, `=` and a value, such as runtime.taskRing.capacity=4";
    return diagnostic({ code: "LQ5012", message: `--set ${text} is not path=value`, hint });
  }
  const field = topologyFields.get(path);
  if (!field) {
    return diagnostic({
      code: "LQ5010",
      message: `--set ${text}: ${path} is not a value of a topology`,
      hint: suggestKey(path),
    });
  }
  const reading = field.read(parseValue(text.slice(equals + 1)));
  if (!reading.ok) {
    return wrongValue(path + formatPath(reading.path), reading.found, reading.expected, field.doc, null);
  }
  entries.set(path, { value: reading.value, at: null });
  return null;
}

/** A YAML value; text that is no YAML stays text, and the field refuses or takes it. */
function parseValue(text: string): unknown {
  try {
    return parse(text, { logLevel: "error" }) as unknown;
  } catch {
    return text;
  }
}
