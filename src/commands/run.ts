import { BaseCommand } from "../cli/base-command.js";
import type { CommandOutcome } from "../cli/outcome.js";
import { checkFlag, runFlags, toRunOptions } from "../cli/run-flags.js";
import { simulate } from "../cli/simulation.js";

export default class Run extends BaseCommand {
  static override readonly summary = "Run a bench or a kernel on a simulated machine.";
  static override readonly description =
    "Compiles what it needs, simulates the run, computes real values when asked to, and says where the time went. " +
    "Exit codes: 0 ok, 3 refused before it started, 4 wrong values, 5 the program failed (such as a deadlock).";
  static override readonly examples = [
    { description: "All-reduce of 4 KiB per rank on one host", command: "<%= config.bin %> run" },
    {
      description: "The same on one cube, with real values checked",
      command: "<%= config.bin %> run --topology cube --verify-data",
    },
    {
      description: "A kernel file of your own, as JSON",
      command: "<%= config.bin %> run --kernel kernels/allreduce.ts --topology cube --bytes 64KiB --json",
    },
    {
      description: "Another machine: two queue slots instead of the preset's",
      command: "<%= config.bin %> run --topology cube --set ipcq.slots=2",
    },
    {
      description: "A sweep: one run for each value, in one table",
      command: "<%= config.bin %> run --topology cube --bytes 64KiB --set ipcq.slots=1,2,4",
    },
  ];
  static override readonly flags = { ...runFlags, check: checkFlag };

  override async run(): Promise<CommandOutcome> {
    const { flags } = await this.parse(Run);
    return simulate(toRunOptions(flags), null, flags.json);
  }
}
