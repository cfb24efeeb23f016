import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { ChalkInstance } from "chalk";
import type { Diagnostic, SourceLocation } from "../base/diagnostics.js";
import { readablePath } from "../base/shown-path.js";

/** How many diagnostics are shown before the rest is only counted. */
const SHOWN_LIMIT = 20;
/** Columns of a source line that a code frame shows. */
const FRAME_WIDTH = 140;

type Severity = Diagnostic["severity"];
const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

/** Diagnostics for people: what, where with the source line, why, what to do; and how many there were. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], colours: ChalkInstance): string {
  const bySeverity = SEVERITIES.flatMap((severity) =>
    diagnostics.filter((entry) => entry.severity === severity),
  );
  const blocks = bySeverity.slice(0, SHOWN_LIMIT).map((entry) => renderDiagnostic(entry, colours));
  const hidden = bySeverity.length - SHOWN_LIMIT;
  if (hidden > 0) blocks.push(`… and ${hidden} more; --json lists all of them`);
  if (bySeverity.length > 1) blocks.push(colours.bold(countBySeverity(bySeverity)));
  return blocks.join("\n\n");
}

/** Where to read more about the first error; the command line's own mistakes are plain enough. */
export function renderPointer(diagnostics: readonly Diagnostic[], colours: ChalkInstance): string | null {
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error === undefined || error.code.startsWith("LQ0")) return null;
  return colours.dim(`linqu explain ${error.code} says more`);
}

function renderDiagnostic(entry: Diagnostic, colours: ChalkInstance): string {
  const paint = { error: colours.red, warning: colours.yellow, info: colours.cyan }[entry.severity];
  const lines = [
    `${paint.bold(`${entry.severity} ${entry.code}`)}  ${colours.bold(printable(entry.message))}`,
  ];
  if (entry.at) lines.push(...renderLocation(entry.at, colours, paint));
  for (const line of entry.detail) lines.push(`  ${printable(line)}`);
  for (const related of entry.related) {
    lines.push(`  ${colours.cyan("note")} ${printable(related.message)}`);
    lines.push(...renderLocation(related.at, colours, colours.cyan).map((line) => `  ${line}`));
  }
  if (entry.hint) lines.push(`  ${colours.green("hint")} ${printable(entry.hint)}`);
  return lines.join("\n");
}

/** `2 errors, 1 warning`. */
function countBySeverity(diagnostics: readonly Diagnostic[]): string {
  return SEVERITIES.map((severity) => {
    const count = diagnostics.filter((entry) => entry.severity === severity).length;
    return count === 0 ? null : `${count} ${severity}${count === 1 || severity === "info" ? "" : "s"}`;
  })
    .filter((part) => part !== null)
    .join(", ");
}

function renderLocation(at: SourceLocation, colours: ChalkInstance, paint: ChalkInstance): string[] {
  // Not "at file:line", which reads as a stack trace.
  const lines = [`  ${colours.dim("-->")} ${shortPath(at.file)}:${at.line}:${at.column}`];
  const source = sourceLine(at);
  if (source === null) return lines;
  const gutter = `${at.line}`;
  const { text, start, length } = frameOf(source, at.column - 1, at.endColumn - at.column);
  // Tabs stay tabs under the line, so that the carets stand right whatever a tab's width is.
  const indent = text.slice(0, start).replace(/[^\t]/g, " ");
  lines.push(`  ${colours.dim(`${gutter} │`)} ${text}`);
  lines.push(`  ${" ".repeat(gutter.length)} ${colours.dim("│")} ${indent}${paint("^".repeat(length))}`);
  return lines;
}

/** The part of a line around `column` (from 0), never wider than a frame, with the place of the carets in it. */
function frameOf(
  source: string,
  column: number,
  width: number,
): { text: string; start: number; length: number } {
  const column0 = Math.min(Math.max(column, 0), source.length);
  const from = source.length <= FRAME_WIDTH ? 0 : Math.max(0, column0 - FRAME_WIDTH / 2);
  const text = printable(source.slice(from, from + FRAME_WIDTH));
  const start = column0 - from;
  return { text, start, length: Math.max(1, Math.min(width, text.length - start)) };
}

/** The source line, or null when the file is no longer there: a diagnostic is worth showing without it. */
function sourceLine(at: SourceLocation): string | null {
  try {
    const line = readFileSync(readablePath(at.file), "utf8").split(/\r?\n/)[at.line - 1];
    return line === undefined || line.trim() === "" ? null : line;
  } catch {
    return null;
  }
}

function shortPath(file: string): string {
  const short = relative(process.cwd(), resolve(file));
  return short === "" || short.startsWith("..") ? file : short;
}

/** A file or a flag may hold control characters; a terminal must not obey them. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\u{FFFD}");
}
