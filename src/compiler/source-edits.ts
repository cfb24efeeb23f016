import MagicString from "magic-string";
import type { TS } from "./program.js";

/** Edits of one source's text, by the nodes of its tree. */
export class SourceEdits {
  readonly text: MagicString;
  /** Where a statement would now begin with a parenthesis, and so continue the line before it. */
  private readonly parenthesised = new Set<number>();

  constructor(readonly file: TS.SourceFile) {
    this.text = new MagicString(file.text);
  }

  startOf(node: TS.Node): number {
    return node.getStart(this.file);
  }

  before(node: TS.Node, inserted: string): void {
    const start = this.startOf(node);
    if (inserted.startsWith("(")) this.parenthesised.add(start);
    this.text.prependRight(start, this.apart(start, inserted));
  }

  after(node: TS.Node, inserted: string): void {
    this.text.appendLeft(node.end, inserted);
  }

  /** Puts something in the place of a token. */
  replace(token: TS.Node, replacement: string): void {
    const start = this.startOf(token);
    this.text.update(start, token.end, this.apart(start, replacement));
  }

  /** Puts something in the place of the sign before an operand. */
  replaceSign(node: TS.Node, replacement: string): void {
    const start = this.startOf(node);
    this.text.update(start, start + 1, this.apart(start, replacement));
  }

  beginsWithParenthesis(node: TS.Node): boolean {
    return this.parenthesised.has(this.startOf(node));
  }

  /** With a space where two words would become one. */
  private apart(start: number, inserted: string): string {
    const touchesWord = /[\w$]/.test(this.file.text[start - 1] ?? "") && /^[\w$]/.test(inserted);
    return touchesWord ? ` ${inserted}` : inserted;
  }
}
