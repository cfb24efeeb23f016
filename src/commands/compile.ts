import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { constexprFlag, parseConstexpr } from "../cli/constexpr-flag.js";
import type { CompiledFile } from "../cli/compile-file.js";
import type { CommandOutcome } from "../cli/outcome.js";
import type { CompileInput } from "../cli/tasks/compile.js";
import { runTask } from "../cli/worker-task.js";

export default class Compile extends BaseCommand {
  static override readonly summary = "Compile kernel files into bundles.";
  static override readonly description =
    "A bundle is bundle.js, its source map and manifest.json, named by the hash of its content. An unchanged kernel " +
    "comes from the compile cache. All errors of all files are shown; then the exit code is 3.";
  static override readonly examples = [
    {
      description: "Compile one kernel into ./build",
      command: "<%= config.bin %> compile kernels/allreduce.ts",
    },
    {
      description: "Compile afresh into another folder",
      command: "<%= config.bin %> compile kernels/allreduce.ts --no-cache --out-dir bundles",
    },
    {
      description: "Choose a compile-time parameter, and compile again after each change of a source",
      command: "<%= config.bin %> compile kernels/matmul.ts --constexpr BM=16 --watch",
    },
  ];
  static override readonly args = {
    file: Args.string({ description: "Kernel files (TypeScript).", required: true, multiple: true }),
  };
  static override readonly flags = {
    "out-dir": Flags.string({ description: "Where the bundles go.", default: "build", helpValue: "FOLDER" }),
    constexpr: constexprFlag,
    watch: Flags.boolean({
      description: "Compile again whenever a source changes; with --json, one envelope a line.",
    }),
    "no-cache": Flags.boolean({ description: "Neither read nor write the compile cache." }),
  };

  override async run(): Promise<CommandOutcome> {
    const { args, flags } = await this.parse(Compile);
    const input: CompileInput = {
      files: args.file,
      cache: !flags["no-cache"],
      constexpr: parseConstexpr(flags.constexpr ?? []),
    };
    if (flags.watch) return this.watch(input, flags["out-dir"], flags.json);
    const files = await runTask<CompileInput, CompiledFile[]>("compile", input, []);
    // Written on this thread: no signal comes between the files of a bundle.
    const { compiledOutcome } = await import("../cli/compile-file.js");
    return compiledOutcome(files, flags["out-dir"]);
  }

  /** Goes on until a signal ends the process. */
  private async watch(input: CompileInput, outDir: string, json: boolean): Promise<never> {
    const [{ watchKernels }, { printInterim }] = await Promise.all([
      import("../cli/watch.js"),
      import("../cli/print.js"),
    ]);
    await watchKernels(input, outDir, async (outcome, watched) => {
      await printInterim("compile", outcome, json);
      if (process.stderr.isTTY) process.stderr.write(`watching ${watched} files; Ctrl-C ends\n`);
    });
    throw new Error("invariant violated: watching ended without a signal");
  }
}
