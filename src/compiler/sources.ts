/** Parsed sources that outlive a compilation, so that `--watch` parses only what has changed. */
import { readSourceText } from "./source-text.js";
import type { SourceText } from "./source-text.js";

export interface ParsedSource<T> {
  source: T;
  sha256: string;
}

export class Sources {
  /** All by one and the same parser. */
  private readonly parsed = new Map<string, ParsedSource<unknown>>();
  /** What the latest compilation read, with its hash, and what it looked for in vain, with null. */
  private readonly wanted = new Map<string, string | null>();

  /** Begins a compilation, which wants its entry at least. */
  begin(entryPath: string): void {
    this.wanted.clear();
    this.wanted.set(entryPath, null);
  }

  /** @throws the error of the file system */
  read<T>(path: string, parse: (text: string) => T): ParsedSource<T> {
    this.wanted.set(path, null);
    const { text, sha256 } = readSourceText(path);
    this.wanted.set(path, sha256);
    const known = this.parsed.get(path);
    if (known?.sha256 === sha256) return known as ParsedSource<T>;
    const fresh = { source: parse(text), sha256 };
    this.parsed.set(path, fresh);
    return fresh;
  }

  /** Notes a file that would be read if there were one. */
  miss(path: string): void {
    if (!this.wanted.has(path)) this.wanted.set(path, null);
  }

  paths(): string[] {
    return [...this.wanted.keys()];
  }

  /** Whether a file is not as the latest compilation found it. */
  haveChanged(): boolean {
    return [...this.wanted].some(([path, sha256]) => hashOf(path) !== sha256);
  }
}

function hashOf(path: string): string | null {
  let content: SourceText;
  try {
    content = readSourceText(path);
  } catch {
    return null; // it is not there any more, or not yet
  }
  return content.sha256;
}
