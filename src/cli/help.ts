import type { Config } from "@oclif/core";
import { Help } from "@oclif/core/help";
import { ExitCode } from "../base/diagnostics.js";
import type { CommandOutcome } from "./outcome.js";

/** oclif's help, collected instead of printed, so that it fits into the envelope too. */
class CollectedHelp extends Help {
  readonly lines: string[] = [];

  protected override log(...text: string[]): void {
    this.lines.push(text.join(" "));
  }
}

/** Help of the whole program, or of the command that `words` names. */
export async function helpOutcome(config: Config, words: readonly string[]): Promise<CommandOutcome> {
  const help = new CollectedHelp(config, config.pjson.oclif.helpOptions);
  await help.showHelp([...words]);
  const text = help.lines.join("\n");
  return { exitCode: ExitCode.ok, result: { text }, diagnostics: [], report: text };
}
