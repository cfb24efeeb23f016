import { Args } from "@oclif/core";
import { ExitCode, usageError } from "../base/diagnostics.js";
import { nearestName } from "../base/nearest.js";
import { BaseCommand } from "../cli/base-command.js";
import { AREAS, explainedCodes, readDiagnosticPage } from "../cli/diagnostic-page.js";
import type { CommandOutcome } from "../cli/outcome.js";

/** Characters on one line of a page that goes into a file or a pipe. */
const PLAIN_WIDTH = 80;

export default class Explain extends BaseCommand {
  static override readonly summary = "Explain the code of an error, a warning or a note.";
  static override readonly description =
    "Prints what the code means and why it is so, with a wrong example and a right one. The first digit of a code " +
    "names its area: an area alone lists its codes, and without an argument the areas are listed.";
  static override readonly examples = [
    { description: "A tile as a condition", command: "<%= config.bin %> explain LQ1301" },
    { description: "All codes of the check and of running", command: "<%= config.bin %> explain LQ3" },
    { description: "A page as JSON", command: "<%= config.bin %> explain 3101 --json" },
  ];
  static override readonly args = {
    code: Args.string({ description: "Code, such as LQ1301, or area, such as LQ1; LQ may be left out." }),
  };

  override async run(): Promise<CommandOutcome> {
    const { args } = await this.parse(Explain);
    const { default: chalk } = await import("chalk");
    const width = process.stdout.columns || PLAIN_WIDTH;
    if (args.code === undefined) return areas(chalk.bold);
    const codes = explainedCodes();
    const typed = args.code.trim().toUpperCase();
    const code = typed.startsWith("LQ") ? typed : `LQ${typed}`;
    const area = AREAS[code.slice(2)];
    if (area !== undefined) return codesOf(code, area, codes, chalk.bold);
    if (!codes.includes(code)) throw unknownCode(args.code, nearestCode(code, codes));
    const result = readDiagnosticPage(code);
    const { renderPage } = await import("../cli/page-view.js");
    return {
      exitCode: ExitCode.ok,
      result,
      diagnostics: [],
      report: renderPage(result.page, width, chalk),
    };
  }
}

type Paint = (text: string) => string;

function areas(bold: Paint): CommandOutcome {
  const codes = explainedCodes();
  const result = Object.entries(AREAS).map(([digit, title]) => {
    const area = `LQ${digit}`;
    return { area, title, codes: codes.filter((code) => code.startsWith(area)).length };
  });
  const rows = result.map(
    ({ area, title, codes }) => `  ${bold(area)}  ${title.padEnd(28)}${String(codes).padStart(3)} codes`,
  );
  const ways = "linqu explain LQ3 lists the codes of an area, linqu explain LQ3101 explains one.";
  return {
    exitCode: ExitCode.ok,
    result: { areas: result },
    diagnostics: [],
    report: [...rows, "", ways].join("\n"),
  };
}

function codesOf(area: string, title: string, codes: readonly string[], bold: Paint): CommandOutcome {
  const pages = codes.filter((code) => code.startsWith(area)).map(readDiagnosticPage);
  const result = { area, title, codes: pages.map(({ code, title }) => ({ code, title })) };
  const rows = result.codes.map(({ code, title }) => `  ${bold(code)}  ${title}`);
  return {
    exitCode: ExitCode.ok,
    result,
    diagnostics: [],
    report: [bold(`${area}: ${title}`), ...rows].join("\n"),
  };
}

/** Of equally near codes one that begins alike: the first digits name the area and the kind. */
function nearestCode(code: string, codes: readonly string[]): string | null {
  const common = (other: string): number => [...other].findIndex((digit, at) => digit !== code[at]);
  return nearestName(
    code,
    [...codes].sort((a, b) => common(b) - common(a)),
  );
}

function unknownCode(typed: string, near: string | null): Error {
  return usageError({
    code: "LQ0015",
    message: `there is no code ${JSON.stringify(typed)}`,
    hint: near === null ? "linqu explain lists the areas of codes" : `did you mean ${near}?`,
  });
}
