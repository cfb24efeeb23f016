import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Script } from "node:vm";
import { invalidInput } from "../base/diagnostics.js";
import type { LinquError } from "../base/diagnostics.js";
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
  const code = read(folder, "bundle.js").replace(MAPPING, "");
  const map = read(folder, "bundle.js.map");
  try {
    new Script(code);
    JSON.parse(map);
  } catch (cause) {
    throw unusable(folder, "is damaged", cause);
  }
  return {
    manifest,
    code,
    map,
    sourceRoot: resolve("."),
    warnings: [],
    cached: true,
  };
}

function parseManifest(folder: string, text: string): BundleManifest {
  try {
    const manifest = JSON.parse(text) as BundleManifest;
    if (manifest.format === "linqu.bundle/1" && manifest.api === "tl/1" && isWhole(manifest)) return manifest;
  } catch {
    // Told below, as everything that is no manifest.
  }
  throw unusable(folder, "is not a bundle of this version of linqu");
}

/** Has a manifest what is read from it? One that another version wrote, or somebody edited, may lack some of it. */
function isWhole({ kernels, sites, sources, name, hash }: BundleManifest): boolean {
  const lists = [sites, sources, ...kernels.flatMap(({ at, params, queues }) => [at, params, queues])];
  return lists.every(Array.isArray) && [name, hash].every((text) => typeof text === "string");
}

function unusable(folder: string, why: string, cause?: unknown): LinquError {
  const hint = "compile the kernel again with linqu compile";
  return invalidInput({ code: "LQ9001", message: `${folder} ${why}`, hint }, cause);
}

function read(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch (cause) {
    throw unusable(folder, `lacks ${name}, or it cannot be read`, cause);
  }
}
