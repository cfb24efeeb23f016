import { Args } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import type { CommandOutcome } from "../../cli/outcome.js";
import { runTask } from "../../cli/worker-task.js";

export default class TopologyCheck extends BaseCommand {
  static override readonly summary = "Check a topology file without running anything.";
  static override readonly description =
    "Loads the file with all that it extends and the components it names. Says what the machine is and which values " +
    "have no effect; or every error with its line and column, and then the exit code is 3.";
  static override readonly examples = [
    { description: "A preset is a topology too", command: "<%= config.bin %> topology check pod" },
    { description: "The summary as JSON", command: "<%= config.bin %> topology check ring --json" },
  ];
  static override readonly args = {
    file: Args.string({ description: "YAML file, or a preset.", required: true }),
  };

  override async run(): Promise<CommandOutcome> {
    const { args } = await this.parse(TopologyCheck);
    return runTask<string, CommandOutcome>("topology-check", args.file, []);
  }
}
