/**
 * All TypeScript of the pages compiles, and their kernels give what the pages say on four ranks. A block is a whole file
 * (`ts file=NAME`), statements of a kernel (`ts fragment`) or one option of `defineKernel` (`ts option`).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { LinquError, type Diagnostic } from "../../src/base/diagnostics.js";
import { compileKernel } from "../../src/compiler/compile.js";
import { compileHostModule } from "../../src/compiler/host-module.js";
import { ownCache, run } from "../session/harness.js";
import { blocksOf, pagePaths, readPage, stepsOf, type Block } from "./pages.js";

vi.mock("../../src/session/replay.js", () => import("../kernels/replay-here.js"));
ownCache();

const PAGES = pagePaths()
  .filter((path) => !path.startsWith("docs/diagnostics/"))
  .map((path) => ({ path, blocks: blocksOf(readPage(path)).filter(({ info }) => /^ts\b/.test(info)) }))
  .filter(({ blocks }) => blocks.length > 0);

const IMPORTS = `import {
  allReduce, constexpr, defineKernel, input, inout, output, sizeOf, tl,
  type Axis, type Direction, type DpPolicy, type DType, type Mask, type Ptr, type Tile,
} from "linqu/dsl";`;
/** What the fragments of all pages take for granted. */
const PARAMETERS = "x: Ptr, y: Ptr, z: Ptr, n: number, at: number, dtype: DType, tile: Tile, sum: Tile";

function sourceOf({ info, lines }: Block): string {
  const text = lines.join("\n");
  if (info === "ts fragment") {
    return `${IMPORTS}\nexport const k = defineKernel({ name: "k", args: () => [] as never }, (${PARAMETERS}) => {\n${text}\n});\n`;
  }
  if (info === "ts option") {
    const isArgs = text.startsWith("args:");
    const args = isArgs ? "" : 'args: () => [input("x", "f32", [1]), output("y", "f32", [1])],';
    return `${IMPORTS}\nexport const k = defineKernel({ name: "k", ${args}\n${text}\n}, (x: Ptr, y: Ptr) => {\n  tl.store(y, tl.load(x, [1]));\n});\n`;
  }
  return `${text}\n`;
}

type Problem = Pick<Diagnostic, "code" | "message">;

const fileNameOf = ({ info, line }: Block): string => /^ts file=(\S+)$/.exec(info)?.[1] ?? `line-${line}.ts`;

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "linqu blocks "));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folderOf(path: string, blocks: readonly Block[]): string {
  const folder = join(root, path.replaceAll("/", "-"));
  mkdirSync(folder, { recursive: true });
  for (const block of blocks) writeFileSync(join(folder, fileNameOf(block)), sourceOf(block));
  return folder;
}

/** The exports of a file that are kernels with arguments of their own. */
async function kernelsIn(file: string, source: string): Promise<string[]> {
  if (source.includes("export default")) {
    await compileHostModule(file);
    return [];
  }
  const { manifest } = await compileKernel(file);
  return manifest.kernels.filter(({ defined }) => defined).map(({ export: name }) => name);
}

/** The codes of errors that a page shows for a file; none where some command with it succeeds. */
function shownErrors(path: string, name: string): string[] {
  const commands = stepsOf(readPage(path)).flatMap((step) => (step.kind === "command" ? [step] : []));
  const own = commands.filter(({ argv }) => argv.some((arg) => arg.startsWith(name)));
  if (own.some(({ exitCode }) => exitCode === 0)) return [];
  const codes = own.flatMap(({ shown }) => shown.flatMap((line) => /^error (LQ\d{4})/.exec(line)?.[1] ?? []));
  return [...new Set(codes)];
}

async function errorsOfRun(kernel: string, verify: boolean): Promise<Problem[]> {
  for (const device of ["pe:0-3", "pe:0"]) {
    const { diagnostics, result } = await run({ bench: null, kernel, device, verify, bytes: 1001 });
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    if (errors.length > 0 || result?.verify.status === (verify ? "pass" : "off")) return errors;
  }
  return [{ code: "LQ3003", message: `${kernel} admits neither one rank nor four` }];
}

describe.each(PAGES)("$path", ({ path, blocks }) => {
  it("says of every block what it is", () => {
    const unmarked = blocks.filter(({ info }) => !/^ts (file=\S+\.ts|fragment|option)$/.test(info));
    expect(unmarked.map(({ line, info }) => `${path}:${line} ${info}`)).toEqual([]);
  });

  it("has TypeScript that compiles, and kernels that do what it says", { timeout: 120_000 }, async () => {
    const folder = folderOf(path, blocks);
    for (const block of blocks) {
      const name = fileNameOf(block);
      const where = `${path}:${block.line}`;
      const errors: Problem[] = [];
      let kernels: string[] = [];
      try {
        kernels = await kernelsIn(join(folder, name), sourceOf(block));
      } catch (error) {
        if (!(error instanceof LinquError)) throw error;
        errors.push(...error.diagnostics);
      }
      for (const kernel of block.info.startsWith("ts file=") ? kernels : []) {
        const judged = sourceOf(block).includes("expect:");
        errors.push(...(await errorsOfRun(`${join(folder, name)}#${kernel}`, judged)));
      }
      const isProgram = kernels.length > 0 || errors.length > 0;
      const shown = isProgram ? shownErrors(path, name) : [];
      const details = errors.map(({ message }) => `${where}: ${message}`).join("\n");
      expect([...new Set(errors.map(({ code }) => code))], details).toEqual(shown);
    }
  });
});

it("notices a block that does not compile", async () => {
  const block: Block = { info: "ts fragment", lines: ["tl.store(y, tl.lode(x, [n]));"], line: 1 };
  const folder = folderOf("wrong", [block]);
  await expect(kernelsIn(join(folder, "line-1.ts"), sourceOf(block))).rejects.toThrow(/lode/);
});
