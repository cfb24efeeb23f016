/**
 * The compile cache: one file for each entry, valid while every source it was made from has the same bytes.
 * It is only an optimisation: an entry that cannot be read or written is as good as none.
 */
import { readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../base/files.js";
import { packageRoot, packageVersion } from "../base/package-root.js";
import { readSourceText, sha256 } from "./source-text.js";
import type { Dependency } from "./source-text.js";

/** Entries beyond this are removed, the oldest first. */
const MAX_ENTRIES = 200;

interface Entry<T> {
  compiler: string;
  dependencies: Dependency[];
  value: T;
}

/** Where compiled kernels and benches are kept: `$XDG_CACHE_HOME/linqu/<version>`. */
export function cacheFolder(): string {
  const configured = process.env["XDG_CACHE_HOME"];
  const base = configured && isAbsolute(configured) ? configured : join(homedir(), ".cache");
  return join(base, "linqu", packageVersion());
}

/** What was compiled from this entry file for one choice of parameters, if nothing has changed since. */
export function readCache<T>(kind: "kernel" | "host", entryPath: string, variant = ""): T | null {
  try {
    const stored = readFileSync(entryFile(kind, entryPath, variant), "utf8");
    const end = stored.indexOf("\n");
    const body = stored.slice(end + 1);
    if (sha256(body) !== stored.slice(0, end)) return null;
    const entry = JSON.parse(body) as Entry<T>;
    const fresh =
      entry.compiler === compilerStamp() &&
      entry.dependencies.every(({ path, sha256: hash }) => readSourceText(path).sha256 === hash);
    return fresh ? entry.value : null;
  } catch {
    return null; // absent, damaged or made from files that are gone: compile
  }
}

export function writeCache<T>(
  kind: "kernel" | "host",
  entryPath: string,
  dependencies: Dependency[],
  value: T,
  variant = "",
): void {
  const entry: Entry<T> = { compiler: compilerStamp(), dependencies, value };
  const body = JSON.stringify(entry);
  try {
    writeFileAtomic(entryFile(kind, entryPath, variant), [`${sha256(body)}\n`, body]);
    removeOldest(cacheFolder());
  } catch {
    return; // a full or read-only disk costs a compilation next time, nothing else
  }
}

function entryFile(kind: string, entryPath: string, variant: string): string {
  return join(cacheFolder(), `${kind}-${sha256(`${entryPath}\n${variant}`).slice(0, 32)}.json`);
}

function removeOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= MAX_ENTRIES) return;
  const aged = names.map((name) => ({
    path: join(folder, name),
    mtimeMs: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  }));
  aged.sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const { path } of aged.slice(MAX_ENTRIES)) rmSync(path, { force: true });
}

let stamp: string | null = null;

/** Changes when linqu, its language or the versions of its tools do, without loading any of them. */
function compilerStamp(): string {
  if (stamp) return stamp;
  const own = dirname(fileURLToPath(import.meta.url));
  const folders = [own, join(packageRoot(), "dsl")];
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  );
  const facts = [...files, join(packageRoot(), "package.json")].map((file) => {
    const { size, mtimeMs } = statSync(file);
    return `${file} ${size} ${mtimeMs}`;
  });
  stamp = sha256([process.version, ...facts].join("\n"));
  return stamp;
}
