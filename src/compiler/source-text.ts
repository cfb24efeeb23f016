import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export interface SourceText {
  /** Without a byte-order mark. */
  text: string;
  /** Of the bytes on disk, in hex. */
  sha256: string;
}

/** A file that a result was made from, as it was when it was read. */
export interface Dependency {
  /** Absolute. */
  path: string;
  sha256: string;
}

/** Reads a source file once for parsing and for hashing. */
export function readSourceText(path: string): SourceText {
  const bytes = readFileSync(path);
  const text = bytes.toString("utf8");
  return { text: text.startsWith("\u{feff}") ? text.slice(1) : text, sha256: sha256(bytes) };
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
