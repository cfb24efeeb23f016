import { existsSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { packageRoot } from "./package-root.js";

/** Stands for the folder of linqu's own files, so that reports are the same wherever it is installed. */
const OWN_PREFIX = "linqu/";

/**
 * A path as people read it: relative to the current folder when inside it, `linqu/…` for linqu's own kernels and
 * benches, else absolute; forward slashes.
 */
export function shownPath(absolute: string): string {
  const short = relativeInside(process.cwd(), absolute);
  const own = short === null ? relativeInside(packageRoot(), absolute) : null;
  return (short ?? (own === null ? absolute : OWN_PREFIX + own)).replaceAll("\\", "/");
}

/** The path to read for what `shownPath` gave. */
export function readablePath(shown: string): string {
  if (!shown.startsWith(OWN_PREFIX) || existsSync(shown)) return shown;
  return join(packageRoot(), shown.slice(OWN_PREFIX.length));
}

function relativeInside(folder: string, absolute: string): string | null {
  const short = relative(folder, absolute);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? null : short;
}
