/** The pages of docs/diagnostics: one for each code, with what it means, a wrong example and a right one. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../base/package-root.js";

/** The `result` of `linqu explain CODE --json`. */
export interface DiagnosticPage {
  code: string;
  title: string;
  /** Markdown, as the page has it: what happened and why it is so. */
  meaning: string;
  /** The section with the wrong example and the message that it gives; null where no input shows the code. */
  wrong: string | null;
  right: string | null;
  /** The whole page, as Markdown. */
  page: string;
}

/** What the first digit of a code stands for. */
export const AREAS: Readonly<Record<string, string>> = {
  "0": "command line",
  "1": "compiling",
  "2": "shapes, dtypes, arguments",
  "3": "checking and running",
  "5": "topologies and devices",
  "6": "limits and memory",
  "7": "runtime and orchestrations",
  "9": "files and values",
};

const FOLDER = join(packageRoot(), "docs", "diagnostics");

/** Every code that has a page, in numeric order. */
export function explainedCodes(): string[] {
  return readdirSync(FOLDER)
    .map((name) => /^(LQ\d{4})\.md$/.exec(name)?.[1])
    .filter((code) => code !== undefined)
    .sort();
}

/** The page of a code that has one. */
export function readDiagnosticPage(code: string): DiagnosticPage {
  return parseDiagnosticPage(readFileSync(join(FOLDER, `${code}.md`), "utf8"));
}

/** Takes a page apart: a heading `# CODE: title`, the meaning, then sections. */
function parseDiagnosticPage(page: string): DiagnosticPage {
  const [head = "", ...sections] = page.split(/^(?=## )/m);
  const [heading = "", ...meaning] = head.split("\n");
  const [, code = "", title = ""] = /^# (LQ\d{4}): (.+)$/.exec(heading) ?? [];
  const section = (name: string): string | null => {
    const found = sections.find((text) => text.startsWith(`## ${name}\n`));
    return found === undefined ? null : found.slice(found.indexOf("\n")).trim();
  };
  const meaningText = meaning.join("\n").trim();
  return { code, title, meaning: meaningText, wrong: section("Wrong"), right: section("Right"), page };
}
