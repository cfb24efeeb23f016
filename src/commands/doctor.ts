import { ExitCode, diagnostic } from "../base/diagnostics.js";
import { BaseCommand } from "../cli/base-command.js";
import type { CommandOutcome } from "../cli/outcome.js";

export default class Doctor extends BaseCommand {
  static override readonly summary = "Check whether this machine has what linqu needs.";
  static override readonly description =
    "Looks at Node.js, cores, memory, temporary space, the compile cache and optional tools, each with what to do " +
    "about it. The exit code is 3 when something required is missing.";
  static override readonly examples = [
    { description: "Look at this machine", command: "<%= config.bin %> doctor" },
    { description: "The same as JSON", command: "<%= config.bin %> doctor --json" },
  ];

  override async run(): Promise<CommandOutcome> {
    await this.parse(Doctor);
    const [{ OPTIONAL_TOOLS, judge }, { hostFacts }, { cacheFolder }, { renderChecks }] = await Promise.all([
      import("../cli/doctor-checks.js"),
      import("../cli/host-facts.js"),
      import("../compiler/cache.js"),
      import("../cli/doctor-report.js"),
    ]);
    const checks = judge(await hostFacts(cacheFolder(), Object.keys(OPTIONAL_TOOLS)));
    const failed = checks.filter((check) => check.status === "fail");
    return {
      exitCode: failed.length === 0 ? ExitCode.ok : ExitCode.invalidInput,
      result: { checks },
      diagnostics: failed.map(({ name, value, fix }) =>
        diagnostic({ code: "LQ0020", message: `${name}: ${value}`, hint: fix }),
      ),
      report: renderChecks(checks),
    };
  }
}
