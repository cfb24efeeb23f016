import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { invalidInput } from "../base/diagnostics.js";
import type { LinquError } from "../base/diagnostics.js";
import { describeErrno } from "../base/files.js";
import { nearestName } from "../base/nearest.js";
import { shownPath } from "../base/shown-path.js";
import { isBundleFolder } from "./read.js";

const LISTED_FILES = 5;

/**
 * The absolute path of a source file that exists and is TypeScript.
 * @throws LQ9001 when it cannot be read, is a folder or is not a `.ts` file
 */
export function resolveEntry(file: string): string {
  const path = resolve(file);
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (isFolder) throw cannotRead(path, "it is a folder", folderHint(path));
  if (!path.endsWith(".ts") || path.endsWith(".d.ts")) {
    throw cannotRead(path, "it is not a TypeScript source", "kernels and benches are .ts files");
  }
  return path;
}

/** A source file that cannot be read, with the nearest name in its folder. */
export function unreadable(path: string, cause: unknown): LinquError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
  const missing = code === "ENOENT" || code === "ENOTDIR";
  const near = missing ? nearestName(basename(path), sourceNames(dirname(path), Infinity)) : null;
  return cannotRead(
    path,
    missing ? "no such file" : describeErrno(code),
    near ? `did you mean "${shownPath(resolve(dirname(path), near))}"?` : null,
    cause,
  );
}

function cannotRead(path: string, why: string, hint: string | null, cause?: unknown): LinquError {
  return invalidInput({ code: "LQ9001", message: `cannot read ${shownPath(path)}: ${why}`, hint }, cause);
}

/** What to name instead of a folder. */
function folderHint(path: string): string {
  if (isBundleFolder(path)) return "linqu check takes a bundle; name the source that it was compiled from";
  const sources = sourceNames(path);
  if (sources.length > 0) return `name a file in it: ${sources.join(", ")}`;
  const bundles = namesIn(path).filter((name) => isBundleFolder(join(path, name)));
  if (bundles.length === 0) return "there are no .ts files in it";
  return `it holds bundles, of which linqu check takes one: ${bundles.slice(0, LISTED_FILES).join(", ")}`;
}

/** The TypeScript files of a folder. */
function sourceNames(folder: string, limit = LISTED_FILES): string[] {
  const names = namesIn(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  return names.slice(0, limit);
}

/** What is in a folder, in order; nothing when it cannot be listed, since this only feeds hints. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
