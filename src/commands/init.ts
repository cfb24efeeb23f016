import { Args, Flags } from "@oclif/core";
import { ExitCode } from "../base/diagnostics.js";
import { BaseCommand } from "../cli/base-command.js";
import type { CommandOutcome } from "../cli/outcome.js";
import { SCAFFOLD_KINDS, scaffold } from "../cli/scaffold.js";
import type { Scaffold, ScaffoldKind } from "../cli/scaffold.js";

export default class Init extends BaseCommand {
  static override readonly summary = "Start a kernel, a bench, a topology or a whole project.";
  static override readonly description =
    "Writes files that run at once, with a tsconfig.json and typings in .linqu/, so that any editor checks kernels " +
    "while you type. No file of yours is overwritten; in a folder that it made before, what is missing is added " +
    "and .linqu/ is brought up to date.";
  static override readonly examples = [
    {
      description: "A project: two kernels, a bench and a topology",
      command: "<%= config.bin %> init --dir my-kernels",
    },
    { description: "One kernel that communicates", command: "<%= config.bin %> init collective --dir ring" },
  ];
  static override readonly args = {
    kind: Args.string({
      description: "What to write.",
      options: [...SCAFFOLD_KINDS],
      default: "project",
    }),
  };
  static override readonly flags = {
    dir: Flags.string({ description: "Where the files go.", default: ".", helpValue: "FOLDER" }),
  };

  override async run(): Promise<CommandOutcome> {
    const { args, flags } = await this.parse(Init);
    // On this thread: no signal comes between the files.
    const result = scaffold(args.kind as ScaffoldKind, flags.dir);
    return { exitCode: ExitCode.ok, result, diagnostics: [], report: reportOf(result) };
  }
}

function reportOf({ kind, folder, created, kept, typings, next }: Scaffold): string {
  const rows = [
    ...created.map((name) => ["created", name]),
    ...kept.map((name) => ["kept", `${name} (was there already)`]),
    ["typings", `${typings}/ (for editors)`],
  ];
  const steps = folder === "." ? next : [`cd ${quoted(folder)}`, ...next];
  return [
    `${kind} in ${folder === "." ? "this folder" : folder}`,
    ...rows.map(([what, name]) => `  ${what!.padEnd(9)}${name}`),
    "",
    "next",
    ...steps.map((step) => `  ${step}`),
  ].join("\n");
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w@%+:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
