import { join } from "node:path";
import { writeFileAtomic } from "../base/files.js";
import type { Bundle } from "./bundle.js";

const HASH_DIGITS = 12;

/** The name of a bundle's folder: its own name and the beginning of its hash. */
export function bundleFolderName({ manifest }: Bundle): string {
  return `${manifest.name}-${manifest.hash.slice("sha256-".length, "sha256-".length + HASH_DIGITS)}`;
}

/**
 * Writes `bundle.js`, `bundle.js.map` and `manifest.json` into a folder named by the bundle's content.
 * @throws LQ9002 when the folder cannot be written
 */
export function writeBundle(bundle: Bundle, outDir: string): { path: string; files: string[] } {
  const path = join(outDir, bundleFolderName(bundle));
  const contents: Record<string, string> = {
    "bundle.js": `${bundle.code}//# sourceMappingURL=bundle.js.map\n`,
    "bundle.js.map": `${bundle.map}\n`,
    "manifest.json": `${JSON.stringify(bundle.manifest, null, 2)}\n`,
  };
  const files = Object.entries(contents).map(([name, content]) => {
    const file = join(path, name);
    writeFileAtomic(file, [content]);
    return file;
  });
  return { path, files };
}
