import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { constexprFlag, parseConstexpr } from "../cli/constexpr-flag.js";
import type { CommandOutcome } from "../cli/outcome.js";
import type { CompileInput, CompileOutput } from "../cli/tasks/compile.js";
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
  ];
  static override readonly args = {
    file: Args.string({ description: "Kernel files (TypeScript).", required: true, multiple: true }),
  };
  static override readonly flags = {
    "out-dir": Flags.string({ description: "Where the bundles go.", default: "build", helpValue: "FOLDER" }),
    constexpr: constexprFlag,
    "no-cache": Flags.boolean({ description: "Neither read nor write the compile cache." }),
  };

  override async run(): Promise<CommandOutcome> {
    const { args, flags } = await this.parse(Compile);
    const input: CompileInput = {
      files: args.file,
      cache: !flags["no-cache"],
      constexpr: parseConstexpr(flags.constexpr ?? []),
    };
    const { exitCode, bundles, diagnostics } = await runTask<CompileInput, CompileOutput>(
      "compile",
      input,
      [],
    );
    // Written on this thread: no signal comes between the files of a bundle.
    const { writeBundle } = await import("../compiler/write.js");
    const written = bundles.map((bundle) => {
      const { name, hash, kernels } = bundle.manifest;
      const { path } = writeBundle(bundle, flags["out-dir"]);
      return { name, hash, path, kernels: kernels.map((kernel) => kernel.name), cached: bundle.cached };
    });
    const lines = written.map(({ name, path, kernels, cached }) => {
      return `${name} → ${path}  (${kernels.join(", ")}${cached ? "; from the cache" : ""})`;
    });
    return { exitCode, result: { bundles: written }, diagnostics, report: lines.join("\n") };
  }
}
