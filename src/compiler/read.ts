import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { invalidInput } from "../base/diagnostics.js";
import type { Bundle, BundleManifest } from "./bundle.js";

const MANIFEST = "manifest.json";
const MAPPING = /\/\/# sourceMappingURL=.*\n?$/;

/** Is this the folder of a bundle, as `linqu compile` writes it? */
export function isBundleFolder(path: string): boolean {
  return existsSync(join(path, MANIFEST));
}

/**
 * Reads a bundle back from its folder. Its sources are not there: positions are relative to where it was compiled.
 * @throws LQ9001 a file that cannot be read, or no bundle of this version
 */
export function readBundle(folder: string): Bundle {
  const manifest = parseManifest(folder, read(folder, MANIFEST));
  return {
    manifest,
    code: read(folder, "bundle.js").replace(MAPPING, ""),
    map: read(folder, "bundle.js.map"),
    sourceRoot: resolve("."),
    warnings: [],
    cached: true,
  };
}

function parseManifest(folder: string, text: string): BundleManifest {
  let manifest: Partial<BundleManifest> | null = null;
  try {
    manifest = JSON.parse(text) as Partial<BundleManifest> | null;
  } catch {
    // Told below, as everything that is no manifest.
  }
  if (manifest?.format === "linqu.bundle/1" && manifest.api === "tl/1") return manifest as BundleManifest;
  throw invalidInput({
    code: "LQ9001",
    message: `${folder} is not a bundle of this version of linqu`,
    hint: "compile the kernel again with linqu compile",
  });
}

function read(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch (cause) {
    throw invalidInput({ code: "LQ9001", message: `cannot read ${join(folder, name)} of the bundle` }, cause);
  }
}
