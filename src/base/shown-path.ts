import { existsSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { packageRoot } from "./package-root.js";

/** Stands for the folder of linqu's own files, so that reports are the same wherever they are made. */
const OWN_PREFIX = "linqu/";
const OWN_FOLDERS = ["kernels", "benches", "dsl"];

/**
 * A path as people read it: `linqu/…` for what comes with linqu, relative to the current folder when inside it, else
 * absolute; forward slashes.
 */
export function shownPath(absolute: string): string {
  const own = relativeInside(packageRoot(), absolute)?.replaceAll("\\", "/");
  if (own !== undefined && OWN_FOLDERS.some((folder) => own.startsWith(`${folder}/`)))
    return OWN_PREFIX + own;
  return (relativeInside(process.cwd(), absolute) ?? absolute).replaceAll("\\", "/");
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
