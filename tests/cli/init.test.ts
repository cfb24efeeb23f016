/** What `linqu init` writes: that it runs, that an editor understands it, and that nothing of the user's is lost. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { LinquError } from "../../src/base/diagnostics.js";
import { SCAFFOLD_KINDS, scaffold } from "../../src/cli/scaffold.js";
import type { ScaffoldKind } from "../../src/cli/scaffold.js";
import { envelope, linqu, temporaryFolder } from "./linqu.js";

const FILES: Record<ScaffoldKind, string[]> = {
  kernel: ["vector-add.ts"],
  collective: ["ring-allreduce.ts"],
  bench: ["bench.ts", "ring-allreduce.ts"],
  topology: ["machine.yaml"],
  project: ["README.md", "bench.ts", "machine.yaml", "ring-allreduce.ts", "vector-add.ts"],
};

function errorOf(work: () => unknown): LinquError {
  try {
    work();
  } catch (error) {
    if (error instanceof LinquError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Everything in a folder, by path. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, readFileSync(path, "utf8")];
    }),
  );
}

describe.each(SCAFFOLD_KINDS)("init %s", (kind) => {
  it("writes its files, a project file and the typings", () => {
    const folder = join(temporaryFolder(), "a folder of mine");
    const { created, kept, next } = scaffold(kind, folder);
    expect([...created].sort()).toEqual([...FILES[kind], "tsconfig.json"].sort());
    expect(kept).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual([".linqu", ...FILES[kind], "tsconfig.json"].sort());
    expect(readdirSync(join(folder, ".linqu")).sort()).toEqual(
      readdirSync("dsl").filter((name) => name !== "tsconfig.json"),
    );
    for (const command of next) {
      const named = command.split(" ").filter((word) => /\.(ts|yaml)$/.test(word));
      expect(FILES[kind]).toEqual(expect.arrayContaining(named));
    }
  });
});

it("makes a project that stock TypeScript accepts, and in which it finds errors", () => {
  const folder = join(temporaryFolder(), "my kernels");
  scaffold("project", folder);
  const tsc = (): string => {
    try {
      return execFileSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", folder], {
        encoding: "utf8",
      });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  expect(tsc()).toBe("");
  const wrong =
    'import { tl } from "linqu/dsl";\ntl.dot(tl.zeros([2, 3], "f32"), tl.zeros([4, 2], "f32"));\n';
  mkdirSync(join(folder, "more"));
  writeFileSync(join(folder, "more", "wrong.ts"), wrong);
  expect(tsc()).toContain("LQ2001 dot: inner dimensions differ: 2x3 x 4x2");
});

describe("the command", () => {
  it.each(["collective", "topology", "project"])(
    "writes a %s that runs with the commands it names",
    async (kind) => {
      const cwd = temporaryFolder();
      const folder = join(cwd, "my kernels");
      const ended = await linqu(["init", kind, "--dir", "my kernels"], { cwd });
      expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
      const [first, ...commands] = ended.stdout
        .split("\nnext\n")[1]!
        .trimEnd()
        .split("\n")
        .map((line) => line.trim());
      expect(first).toBe("cd 'my kernels'");
      expect(commands.length).toBeGreaterThan(0);
      for (const command of commands) {
        const [program, ...argv] = command.split(" ");
        expect(program).toBe("linqu");
        const { exitCode, stdout, stderr } = await linqu(argv, { cwd: folder });
        expect({ command, exitCode, stderr }).toEqual({ command, exitCode: 0, stderr: "" });
        if (argv.includes("--verify-data")) expect(stdout).toMatch(/^ +verdict +pass: max error 0,/m);
      }
    },
  );

  it("is friendly the second time, and answers with an envelope", async () => {
    const cwd = temporaryFolder();
    await linqu(["init"], { cwd });
    const again = envelope(await linqu(["init", "--json"], { cwd }));
    expect(again).toMatchObject({
      schema: "linqu/init/1",
      result: { kind: "project", folder: ".", created: [], typings: ".linqu" },
    });
    const text = await linqu(["init", "kernel"], { cwd });
    expect(text.stdout).toContain("kept     vector-add.ts (was there already)");
  });

  it("names a file that is in the way, and the kinds there are", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "tsconfig.json"), "{}");
    const refused = await linqu(["init"], { cwd });
    expect(refused).toMatchObject({ exitCode: 3, stdout: "" });
    expect(refused.stderr).toContain("error LQ0014  tsconfig.json is there already, and nothing was written");
    expect(readdirSync(cwd)).toEqual(["tsconfig.json"]);
    const mistyped = await linqu(["init", "kernal"], { cwd });
    expect(mistyped.exitCode).toBe(2);
    expect(mistyped.stderr).toContain('did you mean "kernel"?');
  });
});

describe("a folder that has files", () => {
  it("is left alone when linqu did not make it", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "vector-add.ts"), "mine");
    const before = contentOf(folder);
    const { exitCode, diagnostics } = errorOf(() => scaffold("project", folder));
    expect(exitCode).toBe(3);
    expect(diagnostics).toMatchObject([
      { code: "LQ0014", message: expect.stringContaining("vector-add.ts is there") },
    ]);
    expect(contentOf(folder)).toEqual(before);
  });

  it("keeps what it has when linqu made it, and gets what it lacks", () => {
    const folder = temporaryFolder();
    scaffold("kernel", folder);
    writeFileSync(join(folder, "vector-add.ts"), "edited");
    writeFileSync(join(folder, ".linqu", "index.ts"), "old typings");
    expect(scaffold("kernel", folder)).toMatchObject({
      created: [],
      kept: ["vector-add.ts", "tsconfig.json"],
    });
    expect(readFileSync(join(folder, ".linqu", "index.ts"), "utf8")).toBe(
      readFileSync("dsl/index.ts", "utf8"),
    );
    expect(scaffold("bench", folder)).toMatchObject({ created: FILES.bench, kept: ["tsconfig.json"] });
    expect(readFileSync(join(folder, "vector-add.ts"), "utf8")).toBe("edited");
  });
});

describe("when writing fails", () => {
  it("leaves nothing behind", () => {
    const folder = temporaryFolder();
    // A file where the folder of the typings should be: what was written before it must go again.
    writeFileSync(join(folder, ".linqu"), "not a folder");
    const { diagnostics } = errorOf(() => scaffold("project", folder));
    expect(diagnostics[0]).toMatchObject({ code: "LQ9002" });
    expect(readdirSync(folder)).toEqual([".linqu"]);
  });

  it("restores typings that were replaced already", () => {
    const folder = temporaryFolder();
    scaffold("kernel", folder);
    writeFileSync(join(folder, ".linqu", "components.ts"), "older");
    // The last file of the typings cannot be replaced.
    const last = readdirSync(join(folder, ".linqu")).sort().at(-1)!;
    rmSync(join(folder, ".linqu", last));
    mkdirSync(join(folder, ".linqu", last));
    const before = contentOf(folder);
    errorOf(() => scaffold("topology", folder));
    expect(contentOf(folder)).toEqual(before);
    expect(existsSync(join(folder, "machine.yaml"))).toBe(false);
  });

  it("says so about a folder inside a file", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(errorOf(() => scaffold("kernel", join(file, "inside"))).diagnostics[0]).toMatchObject({
      code: "LQ9002",
      message: expect.stringContaining("not a folder"),
    });
  });
});
