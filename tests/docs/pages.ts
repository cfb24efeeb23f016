/** The documentation as data: pages, their code blocks, and what a reader would do with them. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface Block {
  /** What stands after the three backticks, such as `ts file=scale.ts`. */
  info: string;
  lines: string[];
  /** Line of the page on which the block begins, from 1. */
  line: number;
}

export type Step =
  | { kind: "file"; name: string; text: string }
  | { kind: "command"; argv: string[]; shown: string[]; exitCode: number; line: number };

/** A line that stands for any lines. */
export const ANY_LINES = "…";
const PROMPT = "$ npx linqu ";
const ASK_EXIT_CODE = "$ echo $?";

/** Every page for users, as a path from the root. */
export function pagePaths(): string[] {
  const pages = readdirSync("docs", { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  return ["README.md", "CONTRIBUTING.md", ...pages.map((name) => join("docs", name)).sort()];
}

export function readPage(path: string): string {
  return readFileSync(path, "utf8");
}

/** The fenced code blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  page.split("\n").forEach((text, index) => {
    if (!text.startsWith("```")) open?.lines.push(text);
    else if (open === null) blocks.push((open = { info: text.slice(3).trim(), lines: [], line: index + 1 }));
    else open = null;
  });
  return blocks;
}

/** The page without its code blocks. */
export function proseOf(page: string): string {
  return page.replace(/^```[\s\S]*?^```$/gm, "");
}

/** Files to write and commands to run, in the order of the page. */
export function stepsOf(page: string): Step[] {
  return blocksOf(page).flatMap((block): Step[] => {
    const name = /^\w+ file=(\S+)$/.exec(block.info)?.[1];
    if (name !== undefined) return [{ kind: "file", name, text: `${block.lines.join("\n")}\n` }];
    return block.info === "console" ? commandsOf(block) : [];
  });
}

function commandsOf({ lines, line }: Block): Step[] {
  const commands: Extract<Step, { kind: "command" }>[] = [];
  for (let at = 0; at < lines.length; at++) {
    const text = lines[at]!;
    const last = commands[commands.length - 1];
    if (text.startsWith(PROMPT)) {
      const argv = text.slice(PROMPT.length).trim().split(/\s+/);
      commands.push({ kind: "command", argv, shown: [], exitCode: 0, line: line + at + 1 });
    } else if (last === undefined || (text.startsWith("$ ") && text !== ASK_EXIT_CODE)) {
      throw new Error(`line ${line + at + 1}: a console block holds \`$ npx linqu …\` commands, not ${text}`);
    } else if (text === ASK_EXIT_CODE) {
      last.exitCode = Number(lines[++at]);
    } else {
      last.shown.push(text);
    }
  }
  return commands;
}
