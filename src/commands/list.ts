import { ExitCode } from "../base/diagnostics.js";
import { BaseCommand } from "../cli/base-command.js";
import type { CommandOutcome } from "../cli/outcome.js";
import type { Listing } from "../cli/tasks/list.js";
import { runTask } from "../cli/worker-task.js";

export default class List extends BaseCommand {
  static override readonly summary = "List benches, kernels, topologies and algorithms.";
  static override readonly description =
    "These come with linqu; run also takes kernel files, bench files and topology files of your own.";
  static override readonly examples = [
    { description: "What there is to run, and on what", command: "<%= config.bin %> list" },
    { description: "The same as JSON", command: "<%= config.bin %> list --json" },
  ];

  override async run(): Promise<CommandOutcome> {
    const { flags } = await this.parse(List);
    const listing = await runTask<null, Listing>("list", null, []);
    return {
      exitCode: ExitCode.ok,
      result: listing,
      diagnostics: [],
      report: flags.json ? null : await render(listing),
    };
  }
}

async function render({ benches, kernels, topologies, algorithms }: Listing): Promise<string> {
  const { default: chalk } = await import("chalk");
  const section = (title: string, rows: readonly (readonly string[])[]): string => {
    const width = Math.max(...rows.map(([name = ""]) => name.length));
    const lines = rows.map(([name = "", ...rest]) =>
      `  ${chalk.cyan(name.padEnd(width))}  ${rest.join("  ")}`.trimEnd(),
    );
    return [chalk.bold(title), ...lines].join("\n");
  };
  return [
    section(
      "benches",
      benches.map((bench) => [bench.name, bench.description, chalk.dim(bench.algorithms.join(", "))]),
    ),
    section(
      "kernels",
      kernels.map((kernel) => [kernel.name, kernel.file]),
    ),
    section(
      "topologies",
      topologies.map(({ name, description, ranks }) => [
        name,
        description,
        chalk.dim(`${ranks.toLocaleString("en-US")} rank${ranks === 1 ? "" : "s"}`),
      ]),
    ),
    section(
      "algorithms",
      algorithms.map((algorithm) => [algorithm]),
    ),
  ].join("\n\n");
}
