import { ExitCode } from "../base/diagnostics.js";
import { BaseCommand } from "../cli/base-command.js";
import type { CommandOutcome } from "../cli/outcome.js";
import type { Listing } from "../cli/tasks/list.js";
import { runTask } from "../cli/worker-task.js";
import type { Column, Row } from "../profile/text-table.js";

/** Characters on one line of a list that goes into a file or a pipe. */
const PLAIN_WIDTH = 100;

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
  const [{ default: chalk }, { renderTable }, { count }] = await Promise.all([
    import("chalk"),
    import("../profile/text-table.js"),
    import("../profile/words.js"),
  ]);
  const width = process.stdout.columns || PLAIN_WIDTH;
  const plain = (text: string): string => text;
  const name: Column = { align: "left", overflow: "end", style: chalk.cyan };
  const text: Column = { align: "left", overflow: "wrap", style: plain };
  const section = (title: string, columns: readonly Column[], rows: readonly Row[]): string =>
    `${chalk.bold(title)}\n${renderTable(columns, rows, width)}`;
  return [
    section(
      "benches",
      [name, text],
      benches.flatMap((bench) => [
        [bench.name, bench.description],
        ["", `algorithms: ${bench.algorithms.join(", ")}`],
      ]),
    ),
    section(
      "kernels",
      [name, text],
      kernels.map((kernel) => [kernel.name, kernel.file]),
    ),
    section(
      "topologies",
      [name, text, { ...text, style: chalk.dim }],
      topologies.map(({ name, description, ranks }) => [name, description, count(ranks, "rank")]),
    ),
    section(
      "algorithms",
      [name],
      algorithms.map((algorithm) => [algorithm]),
    ),
  ].join("\n");
}
