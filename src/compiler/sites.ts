import type { SiteTuple } from "./bundle.js";
import type { KernelProgram, TS } from "./program.js";
import { rangeOf } from "./syntax.js";

/** Numbers the operations, operators and loops of all files; the number is what compiled code passes to `$`. */
export class SiteTable {
  readonly tuples: SiteTuple[] = [];
  private readonly files: readonly TS.SourceFile[];

  constructor({ files }: KernelProgram) {
    this.files = files;
  }

  add(file: TS.SourceFile, start: number, end: number, op: string): number {
    const { line, column, endColumn } = rangeOf(file, start, end);
    return this.tuples.push([this.files.indexOf(file), line, column, endColumn, op]) - 1;
  }
}
