/** What `linqu init` writes: templates, and the typings that let an editor check them. */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { invalidInput } from "../base/diagnostics.js";
import { writeFileAtomic } from "../base/files.js";
import { packageRoot } from "../base/package-root.js";
import { shownPath } from "../base/shown-path.js";

interface Kind {
  templates: readonly string[];
  /** Commands to try next. */
  next: readonly string[];
}

const CHECK_RING = "linqu check ring-allreduce.ts";
const RUN_KERNEL = "linqu run --kernel vector-add.ts --verify-data";
const RUN_BENCH = "linqu run --bench bench.ts --topology cube --verify-data";
const SHOW_MACHINE = "linqu topology show machine.yaml";

const KINDS = {
  kernel: { templates: ["vector-add.ts"], next: ["linqu check vector-add.ts", RUN_KERNEL] },
  collective: {
    templates: ["ring-allreduce.ts"],
    next: [CHECK_RING, "linqu run --kernel ring-allreduce.ts --topology cube --verify-data"],
  },
  bench: { templates: ["bench.ts", "ring-allreduce.ts"], next: [RUN_BENCH] },
  topology: {
    templates: ["machine.yaml"],
    next: [SHOW_MACHINE, "linqu run --topology machine.yaml --verify-data"],
  },
  project: {
    templates: ["vector-add.ts", "ring-allreduce.ts", "bench.ts", "machine.yaml", "README.md"],
    next: [
      CHECK_RING,
      RUN_KERNEL,
      "linqu run --bench bench.ts --topology machine.yaml --verify-data",
      SHOW_MACHINE,
    ],
  },
} as const satisfies Record<string, Kind>;

export type ScaffoldKind = keyof typeof KINDS;
export const SCAFFOLD_KINDS = Object.keys(KINDS) as ScaffoldKind[];

/** Linqu's own folder in a project of a user's: copies of the typings. */
const TYPINGS = ".linqu";
const PRESET = "kernel.tsconfig.json";
const PROJECT_FILE = "tsconfig.json";
const PROJECT = { extends: `./${TYPINGS}/${PRESET}`, include: ["**/*.ts"] };

/** The `result` of `linqu init --json`. */
export interface Scaffold {
  kind: ScaffoldKind;
  /** As people read it; `.` for the current folder. */
  folder: string;
  created: string[];
  /** Files of the user's that were there already. */
  kept: string[];
  typings: string;
  next: string[];
}

interface NewFile {
  path: string;
  text: string;
}

/**
 * Writes the files of one kind, all or none. A folder that `linqu init` made before keeps what it has, and gets what it
 * lacks.
 * @throws LQ0014 a file is there already, LQ9002 the folder cannot be written
 */
export function scaffold(kind: ScaffoldKind, dir: string): Scaffold {
  const folder = resolve(dir);
  const files = [
    ...KINDS[kind].templates.map((name) => ({ path: name, text: ownText("templates", name) })),
    { path: PROJECT_FILE, text: `${JSON.stringify(PROJECT, null, 2)}\n` },
  ];
  const isAbsent = ({ path }: NewFile): boolean => !existsSync(join(folder, path));
  const created = files.filter(isAbsent);
  const kept = files.filter((file) => !isAbsent(file)).map(({ path }) => path);
  if (kept.length > 0 && !existsSync(join(folder, TYPINGS, PRESET))) throw alreadyThere(folder, kept);
  writeAll(folder, [...created, ...typings()]);
  return {
    kind,
    folder: folder === process.cwd() ? "." : shownPath(folder),
    created: created.map(({ path }) => path),
    kept,
    typings: TYPINGS,
    next: [...KINDS[kind].next],
  };
}

function typings(): NewFile[] {
  return readdirSync(join(packageRoot(), "dsl"))
    .filter((name) => name.endsWith(".ts") || name === PRESET)
    .sort()
    .map((name) => ({ path: join(TYPINGS, name), text: ownText("dsl", name) }));
}

function ownText(folder: string, name: string): string {
  return readFileSync(join(packageRoot(), folder, name), "utf8");
}

function alreadyThere(folder: string, names: readonly string[]): Error {
  const shown = names.map((name) => shownPath(join(folder, name)));
  return invalidInput({
    code: "LQ0014",
    message: `${shown.join(", ")} ${shown.length === 1 ? "is" : "are"} there already, and nothing was written`,
    hint: "choose another folder: --dir FOLDER",
  });
}

/** Writes files; should one fail, all is as it was. */
function writeAll(folder: string, files: readonly NewFile[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, text } of files) {
      const target = join(folder, path);
      undo.push(undoOf(target));
      writeFileAtomic(target, [text]);
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** What brings a path back to what it is now. */
function undoOf(target: string): () => void {
  const made = firstMissing(target);
  if (made !== null) {
    return () => {
      if (existsSync(made)) rmSync(made, { recursive: true });
    };
  }
  if (!statSync(target).isFile()) return () => undefined;
  const before = readFileSync(target);
  return () => writeFileAtomic(target, [before]);
}

/** The outermost file or folder that writing a path makes; null when the path is there. */
function firstMissing(path: string): string | null {
  if (existsSync(path)) return null;
  return firstMissing(dirname(path)) ?? path;
}
