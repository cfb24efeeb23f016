import { Args, Flags } from "@oclif/core";
import { usageError } from "../base/diagnostics.js";
import { BaseCommand } from "../cli/base-command.js";
import { constexprFlag, parseConstexpr } from "../cli/constexpr-flag.js";
import type { CommandOutcome } from "../cli/outcome.js";
import { assignment, runFlags, seedFlag, sizeFlag } from "../cli/run-flags.js";
import type { CheckInput } from "../cli/tasks/check.js";
import { runTask } from "../cli/worker-task.js";

/** Characters on one line of a report that goes into a file, a pipe or a terminal that has no width. */
const PLAIN_WIDTH = 100;

export default class Check extends BaseCommand {
  static override readonly summary = "Check kernels without running them: deadlock, shapes, results.";
  static override readonly description =
    "Executes every rank without clock and data, with several numbers of ranks. Decides whether the kernel ends, " +
    "whether messages match, what its outputs hold, and how deep queues must be; says what was decided. " +
    "Exit codes: 0 nothing found, 3 refused, 4 wrong results, 5 the program would fail (such as a deadlock).";
  static override readonly examples = [
    {
      description: "All kernels of a file, with 1 to 9 and 16 ranks and the machine's own number",
      command: "<%= config.bin %> check kernels/ring-allreduce.ts",
    },
    {
      description: "Other numbers of ranks and a queue of one slot, as JSON",
      command: "<%= config.bin %> check kernels/allreduce.ts --world 8,32 --depth 1 --json",
    },
  ];
  static override readonly args = {
    file: Args.string({
      description: "Kernel file, FILE#EXPORT, or the folder of a bundle.",
      required: true,
    }),
  };
  static override readonly flags = {
    world: Flags.string({ description: "Numbers of ranks, such as 2,4,8.", helpValue: "N,N,…" }),
    depth: Flags.string({ description: "Slots of a queue; the topology's when absent.", helpValue: "N" }),
    topology: runFlags.topology,
    set: Flags.string({
      description: "Override one value of the topology; may be repeated.",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "PATH=VALUE",
    }),
    bytes: runFlags.bytes,
    dtype: runFlags.dtype,
    constexpr: constexprFlag,
    data: runFlags.data,
    seed: runFlags.seed,
  };

  override async run(): Promise<CommandOutcome> {
    const { args, flags } = await this.parse(Check);
    const { supportsColor } = await import("chalk");
    const report = { colour: supportsColor !== false, width: process.stdout.columns || PLAIN_WIDTH };
    const input: CheckInput = {
      options: {
        file: args.file,
        worlds:
          flags.world === undefined ? null : flags.world.split(",").map((text) => wholeFlag("world", text)),
        depth: flags.depth === undefined ? null : wholeFlag("depth", flags.depth),
        topology: flags.topology,
        set: (flags.set ?? []).map(assignment),
        bytes: sizeFlag("bytes", flags.bytes),
        dtype: flags.dtype,
        constexpr: parseConstexpr(flags.constexpr ?? []),
        data: flags.data === "normal" ? "normal" : "±1",
        seed: seedFlag(flags.seed),
      },
      report: flags.json ? null : report,
    };
    return runTask<CheckInput, CommandOutcome>("check", input, []);
  }
}

/** @throws LQ0003 not a whole number from 1 */
function wholeFlag(name: string, typed: string): number {
  const value = /^\s*\d{1,9}\s*$/.test(typed) ? Number(typed) : 0;
  if (value > 0) return value;
  throw usageError({
    code: "LQ0003",
    message: `--${name} ${JSON.stringify(typed)} is not a whole number from 1`,
    hint:
      name === "world" ? "write numbers of ranks with commas between: --world 2,4,8" : `write --${name} 2`,
  });
}
