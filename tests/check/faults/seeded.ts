import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A line of a faulty kernel that a diagnostic is to name. */
export interface Mark {
  code: string;
  line: number;
}

/** A kernel with one fault, and the same without it. */
export interface SeededFault {
  /** The file's name without its ending: a number and what is wrong. */
  name: string;
  path: string;
  /** Number of ranks to check it with. */
  worlds: number[];
  /** Those in which the fault shows. */
  failing: number[];
  /** Assignments of `--set`. */
  set: string[];
  fault: Mark;
  /** Lines that the diagnostic names besides. */
  related: number[];
  corrected: string;
}

const FOLDER = join(import.meta.dirname, "fixtures");

/**
 * Reads all seeded faults. In their sources, `// fault: CODE` ends the line that is to be reported, `// related` a line
 * that is to be named besides, and `// fixed: …` stands above a line and says what it should be.
 */
export function seededFaults(): SeededFault[] {
  return readdirSync(FOLDER).sort().map(readFault);
}

function readFault(file: string): SeededFault {
  const path = join(FOLDER, file);
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n");
  const worlds = numbers(text, "worlds") ?? [];
  const faults = marked(lines, /\/\/ fault: (LQ\d{4})$/);
  if (worlds.length === 0 || faults.length !== 1) throw new Error(`${file} lacks its worlds or its fault`);
  return {
    name: file.replace(/\.ts$/, ""),
    path,
    worlds,
    failing: numbers(text, "failing") ?? worlds,
    set: [...text.matchAll(/^\/\/ set: (\S+)$/gm)].map((found) => found[1]!),
    fault: faults[0]!,
    related: marked(lines, /\/\/ (related)$/).map(({ line }) => line),
    corrected: correct(lines),
  };
}

function numbers(text: string, key: string): number[] | null {
  const found = new RegExp(`^// ${key}: (.*)$`, "m").exec(text);
  return found === null ? null : found[1]!.split(" ").map(Number);
}

function marked(lines: readonly string[], pattern: RegExp): Mark[] {
  return lines.flatMap((text, index) => {
    const found = pattern.exec(text);
    return found === null ? [] : [{ code: found[1]!, line: index + 1 }];
  });
}

/** Puts every correction into the place of the line below it. */
function correct(lines: readonly string[]): string {
  const corrected = [...lines];
  lines.forEach((text, index) => {
    const found = /^\s*\/\/ fixed: (.*)$/.exec(text);
    if (found === null) return;
    corrected[index] = "";
    corrected[index + 1] = found[1]!;
  });
  return corrected.join("\n");
}
