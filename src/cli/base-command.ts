import { Command, Flags } from "@oclif/core";
import type { CommandOutcome } from "./outcome.js";

/** Base of all commands: parses, works and returns an outcome; `main.ts` prints it and turns errors into outcomes. */
export abstract class BaseCommand extends Command {
  static override readonly baseFlags = {
    json: Flags.boolean({ description: "Print one JSON object on stdout, whatever happens." }),
  };

  abstract override run(): Promise<CommandOutcome>;

  /** Hands the error to `main.ts`; oclif's own handler would print here and choose other exit codes. */
  protected override async catch(error: Error): Promise<never> {
    this.parsed = true;
    throw error;
  }
}
