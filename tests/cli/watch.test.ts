import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { CommandOutcome } from "../../src/cli/outcome.js";
import { watchKernels } from "../../src/cli/watch.js";

const KERNEL = (scale: string, imports = ""): string =>
  `import { tl, type Ptr } from "linqu/dsl";\n${imports}
export const copy = (x: Ptr<"f32">) => { tl.store(x, tl.load(x, [4]) * ${scale}); };\n`;

/** A session over a folder, whose outcomes are taken one by one. */
class Session {
  readonly folder = mkdtempSync(join(tmpdir(), "linqu-watch-"));
  private readonly ending = new AbortController();
  private readonly outcomes: CommandOutcome[] = [];
  private wanted: ((outcome: CommandOutcome) => void) | null = null;
  private ended: Promise<void> = Promise.resolve();

  start(...files: string[]): void {
    const input = {
      files: files.map((file) => join(this.folder, file)),
      cache: false,
      constexpr: {},
    };
    const take = async (outcome: CommandOutcome): Promise<void> => {
      if (!this.wanted) return void this.outcomes.push(outcome);
      this.wanted(outcome);
      this.wanted = null;
    };
    this.ended = watchKernels(input, join(this.folder, "out"), take, this.ending.signal);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  /** The codes of the next outcome, or the hash of its only bundle. */
  async next(): Promise<string[]> {
    const outcome =
      this.outcomes.shift() ?? (await new Promise<CommandOutcome>((resolve) => (this.wanted = resolve)));
    if (outcome.diagnostics.length > 0) return outcome.diagnostics.map(({ code }) => code);
    return (outcome.result as { bundles: { hash: string }[] }).bundles.map(({ hash }) => hash);
  }

  async end(): Promise<number> {
    this.ending.abort();
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
    return this.outcomes.length;
  }
}

describe("linqu compile --watch", () => {
  let session: Session;
  afterEach(async () => {
    expect(await session.end()).toBe(0);
  });

  it("compiles again after edits, and gives the same bundle for the same text", async () => {
    session = new Session();
    session.write("kernel.ts", KERNEL("2"));
    session.start("kernel.ts");
    const [first] = await session.next();
    session.write("kernel.ts", KERNEL("3"));
    const [second] = await session.next();
    expect(second).toMatch(/^sha256-/);
    expect(second).not.toBe(first);
    // As an editor does that writes beside a file and renames.
    session.write("kernel.ts~", KERNEL("2"));
    renameSync(join(session.folder, "kernel.ts~"), join(session.folder, "kernel.ts"));
    expect(await session.next()).toEqual([first]);
  });

  it("survives errors, deleted files and folders", async () => {
    session = new Session();
    session.write("kernel.ts", KERNEL("2"));
    session.start("kernel.ts");
    const first = await session.next();
    session.write("kernel.ts", KERNEL("'two'"));
    expect(await session.next()).toEqual(["LQ1002"]);
    unlinkSync(join(session.folder, "kernel.ts"));
    expect(await session.next()).toEqual(["LQ9001"]);
    session.write("kernel.ts", KERNEL("2"));
    expect(await session.next()).toEqual(first);
  });

  it("follows imports: new ones, changed ones and those that are still to be written", async () => {
    session = new Session();
    session.write("kernel.ts", KERNEL("2"));
    session.start("kernel.ts");
    await session.next();
    session.write("kernel.ts", KERNEL("scale", 'import { scale } from "./lib/deep/scale.js";'));
    expect(await session.next()).toEqual(["LQ1002"]);
    session.write("lib/deep/scale.ts", "export const scale = 4;\n");
    const [four] = await session.next();
    expect(four).toMatch(/^sha256-/);
    session.write("lib/deep/scale.ts", "export const scale = 5;\n");
    const [five] = await session.next();
    expect(five).not.toBe(four);
    rmSync(join(session.folder, "lib"), { recursive: true });
    expect(await session.next()).toEqual(["LQ1002"]);
    session.write("lib/deep/scale.ts", "export const scale = 4;\n");
    expect(await session.next()).toEqual([four]);
  });

  it("compiles only what has changed of several kernels, and shows all", async () => {
    session = new Session();
    session.write("a.ts", KERNEL("2"));
    session.write("b.ts", KERNEL("3"));
    session.start("a.ts", "b.ts");
    const [a, b] = await session.next();
    session.write("b.ts", KERNEL("4"));
    const [same, other] = await session.next();
    expect(same).toBe(a);
    expect(other).not.toBe(b);
  });
});
