import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { invalidInput } from "./diagnostics.js";

/** Temporary files that a signal handler must remove before the process ends. */
const pending = new Set<string>();

/** Removes what unfinished atomic writes left; called when the process is interrupted. */
export function discardPendingWrites(): void {
  for (const path of pending) rmSync(path, { force: true });
  pending.clear();
}

/**
 * Writes a file so that a reader sees the old content or the new, never a part: temporary file in the same
 * folder, fsync, rename. Chunks are written in order, so a large file need not exist in memory.
 * @throws LQ9002 when the folder or file cannot be written
 */
export function writeFileAtomic(path: string, chunks: Iterable<Uint8Array | string>): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    makeFolder(dirname(path));
    const handle = openSync(temporary, "w");
    pending.add(temporary);
    try {
      for (const chunk of chunks) {
        const bytes = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
        for (let written = 0; written < bytes.length;) written += writeSync(handle, bytes, written);
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, path);
  } catch (cause) {
    if (pending.has(temporary)) rmSync(temporary, { force: true });
    throw unwritable(path, cause);
  } finally {
    pending.delete(temporary);
  }
}

/** Makes a folder and those above it. Node's own recursive mkdir never returns for a path below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (cause) {
    // Another process may have made it in the meantime.
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  }
}

function unwritable(path: string, cause: unknown): Error {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === undefined) return cause as Error;
  return invalidInput(
    {
      code: "LQ9002",
      message: `cannot write ${path}: ${describeErrno(code)}`,
      hint:
        code === "ENOSPC"
          ? "free some space or choose another folder"
          : "choose a path that you may write to",
    },
    cause,
  );
}

/** A system error code in words. */
export function describeErrno(code: string): string {
  const words: Record<string, string> = {
    EACCES: "permission denied",
    EPERM: "operation not permitted",
    EROFS: "read-only file system",
    ENOENT: "no such file or folder",
    ENOTDIR: "a part of the path is not a folder",
    EEXIST: "a part of the path is not a folder",
    EISDIR: "it is a folder",
    ENOSPC: "no space left on the device",
    EMFILE: "too many open files",
    ENAMETOOLONG: "the name is too long",
  };
  return words[code] ?? code;
}
