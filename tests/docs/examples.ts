/** The examples of the diagnostics pages: what each is, and what happens when a reader tries it. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Config } from "@oclif/core";
import { afterAll, beforeAll } from "vitest";
import type { Diagnostic } from "../../src/base/diagnostics.js";
import { failureOf } from "../../src/cli/outcome.js";
import type { CommandOutcome, Envelope } from "../../src/cli/outcome.js";
import { asUsageError } from "../../src/cli/usage.js";
import { blocksOf } from "./pages.js";

export interface Example {
  files: Record<string, string>;
  /** The command line, without `linqu`. */
  argv: string[];
  /** The message as the page has it, in one line; null when it shows none. */
  shown: string | null;
}

/** The kernel that an orchestration on a page distributes, and the bench that joins the two. */
const DISTRIBUTED = {
  "kernel.ts": `import { defineKernel, input, output, tl, type Ptr } from "linqu/dsl";
export const copy = defineKernel(
  { name: "copy", args: () => [input("x", "f32", [4]), output("y", "f32", [4])] },
  (x: Ptr, y: Ptr) => tl.store(y, tl.load(x, [4])),
);
`,
  "bench.ts": `import { defineBench } from "linqu/dsl";
export default defineBench({
  name: "copy",
  description: "A copy",
  algorithms: { simple: "./kernel.ts" },
  defaultAlgorithm: "simple",
  orchestrations: ["./orchestration.ts"],
});
`,
};

type Exercise = (text: string, flags: string[]) => Pick<Example, "files" | "argv">;

const onCube = (flags: string[]): string[] =>
  flags.includes("--topology") ? flags : ["--topology", "cube", ...flags];

/** How a block is tried, by the first words after its backticks; what follows them are more flags. */
const EXERCISES: Record<string, Exercise> = {
  "ts compile": (text) => ({ files: { "kernel.ts": text }, argv: ["compile", "kernel.ts"] }),
  "ts run": (text, flags) => ({
    files: { "kernel.ts": text },
    argv: ["run", "--kernel", "kernel.ts", ...onCube(flags)],
  }),
  "ts check": (text, flags) => ({
    files: { "kernel.ts": text },
    argv: ["check", "kernel.ts", ...onCube(flags)],
  }),
  "ts orchestration": (text, flags) => ({
    files: { ...DISTRIBUTED, "orchestration.ts": text },
    argv: ["run", "--bench", "bench.ts", ...onCube(flags)],
  }),
  "ts bench": (text, flags) => ({
    files: { "kernel.ts": DISTRIBUTED["kernel.ts"], "bench.ts": text },
    argv: ["run", "--bench", "bench.ts", ...onCube(flags)],
  }),
  yaml: (text) => ({ files: { "machine.yaml": text }, argv: ["topology", "check", "machine.yaml"] }),
  sh: (text) => {
    const words = text.replace(/\\\n/g, "").match(/"[^"]*"|\S+/g)!;
    return { files: {}, argv: words.slice(1).map((word) => word.replaceAll('"', "")) };
  },
};

/** Kernels are compiled in the chapter of compiling, and run in all others. */
function exerciseOf(info: string, code: string): { exercise: Exercise; flags: string[] } | null {
  const words = info.split(" ");
  if (info === "ts") words.push(code.startsWith("LQ1") ? "compile" : "run");
  const length = words[0] === "ts" ? 2 : 1;
  const exercise = EXERCISES[words.slice(0, length).join(" ")];
  return exercise === undefined ? null : { exercise, flags: words.slice(length) };
}

/**
 * The example of a section, or null when it has none that can be tried. Blocks marked `name=FILE` are files beside it;
 * a block marked `text` that follows is the message.
 */
export function exampleOf(section: string | null, code: string): Example | null {
  const beside: Record<string, string> = {};
  let example: Example | null = null;
  for (const { info, lines } of blocksOf(section ?? "")) {
    const text = `${lines.join("\n")}\n`;
    const name = /^\w+ name=(\S+)$/.exec(info)?.[1];
    if (name !== undefined) {
      beside[name] = text;
      continue;
    }
    const found = exerciseOf(info, code);
    if (found !== null) {
      if (example !== null) throw new Error(`${code} has two examples in one section`);
      example = { ...found.exercise(text, found.flags), shown: null };
    } else if (info === "text") {
      if (example !== null) example.shown = inOneLine(text);
    } else {
      throw new Error(`${code}: nobody knows what to do with a block of \`${info}\``);
    }
  }
  return example && { ...example, files: { ...beside, ...example.files } };
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Whether a diagnostic reads as the page shows it: its first line and, if shown, its hint; `…` stands for anything. */
export function readsLike(entry: Diagnostic, shown: string): boolean {
  const hint = entry.hint === null ? "" : ` hint ${entry.hint}`;
  const full = inOneLine(`${entry.severity} ${entry.code} ${entry.message}${hint}`);
  const pattern = shown
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${pattern}( hint .*)?$`).test(full);
}

const PROJECT = process.cwd();
let root = "";
let config: Config;
let tried = 0;

/** Makes the folder that examples are tried in, removed after the tests of the file. */
export function prepareExamples(): void {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "linqu-pages-"));
    process.env["XDG_CACHE_HOME"] = join(root, "cache");
    config = await Config.load({ root: PROJECT });
  });
  afterAll(() => {
    process.chdir(PROJECT);
    rmSync(root, { recursive: true, force: true });
  });
}

/** Does what the reader would do, in a folder with linqu's own kernels, and in this process. */
export async function tryExample({ files, argv }: Pick<Example, "files" | "argv">): Promise<CommandOutcome> {
  const folder = join(root, `example${tried++}`);
  mkdirSync(folder);
  symlinkSync(join(PROJECT, "kernels"), join(folder, "kernels"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const length = argv[0] === "topology" ? 2 : 1;
  const words = argv.slice(0, length);
  const module = join(PROJECT, "src", "commands", `${words.join("/")}.ts`);
  if (!existsSync(module)) return withBuiltCli(argv, folder);
  const { default: Command } = (await import(module)) as {
    default: { run(argv: string[], config: Config): Promise<CommandOutcome>; flags?: object };
  };
  process.chdir(folder);
  try {
    return await Command.run(argv.slice(length), config);
  } catch (error) {
    const flags = [...Object.keys(Command.flags ?? {}), "json", "help"];
    return failureOf(asUsageError(error, { name: words.join(" "), flags }));
  }
}

/** What is no command is answered before any command's module is loaded. */
function withBuiltCli(argv: readonly string[], cwd: string): Promise<CommandOutcome> {
  return new Promise((settle) => {
    const command = [join(PROJECT, "bin", "run.js"), ...argv, "--json"];
    execFile(process.execPath, command, { cwd }, (_error, stdout) =>
      settle({ ...(JSON.parse(stdout) as Envelope), report: null }),
    );
  });
}
