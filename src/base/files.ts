import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
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
 * folder, fsync, rename. Chunks are written in order, so a large file need not exist in memory. What is not a regular
 * file, such as /dev/null or a pipe, is written directly and stays what it is.
 * @throws LQ9002 when the folder or file cannot be written
 */
export function writeFileAtomic(path: string, chunks: Iterable<Uint8Array | string>): void {
  try {
    if (isSpecialFile(path)) writeChunks(path, chunks);
    else replaceFile(path, chunks);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function isSpecialFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

function replaceFile(path: string, chunks: Iterable<Uint8Array | string>): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  makeFolder(dirname(path));
  pending.add(temporary);
  try {
    writeChunks(temporary, chunks);
    renameSync(temporary, path);
  } catch (error) {
    // Only what exists can be removed; the folder itself may be what is wrong.
    if (existsSync(temporary)) rmSync(temporary);
    throw error;
  } finally {
    pending.delete(temporary);
  }
}

function writeChunks(path: string, chunks: Iterable<Uint8Array | string>): void {
  const handle = openSync(path, "w");
  try {
    for (const chunk of chunks) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
      for (let written = 0; written < bytes.length;) written += writeSync(handle, bytes, written);
    }
    if (fstatSync(handle).isFile()) fsyncSync(handle);
  } finally {
    closeSync(handle);
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
