import { fileURLToPath } from "node:url";
import type { Config } from "@oclif/core";
import { ExitCode, usageError } from "../base/diagnostics.js";
import { describeErrno } from "../base/files.js";
import { suggestName } from "../base/nearest.js";
import { commandWords, leadingWords, wantsHelp, wantsJson } from "./arguments.js";
import { installSignalHandlers, isInterrupted } from "./interrupt.js";
import { failureOf } from "./outcome.js";
import type { CommandOutcome } from "./outcome.js";
import { printOutcome } from "./print.js";

/** Runs the command line of this process: prints one outcome and sets the exit code; never throws. */
export async function main(importMetaUrl: string): Promise<void> {
  const argv = process.argv.slice(2);
  const json = wantsJson(argv);
  let command = "error";
  const print = (outcome: CommandOutcome): Promise<void> => printOutcome(command, outcome, json);
  const finish = async (outcome: CommandOutcome): Promise<void> => {
    if (!isInterrupted()) await print(outcome);
  };

  respectNoColor();
  watchOutput();
  installSignalHandlers(print);
  process.on("uncaughtException", async (error) => {
    await finish(failureOf(error));
    if (!isInterrupted()) process.exit(ExitCode.internal);
  });

  try {
    // Loaded only now: a signal that comes while it loads finds its handler.
    const [{ Config }, { settings }] = await Promise.all([
      import("@oclif/core/config"),
      import("@oclif/core/settings"),
    ]);
    // Never looks for TypeScript sources of our own, whatever NODE_ENV says.
    settings.enableAutoTranspile = false;
    const config = await Config.load(fileURLToPath(importMetaUrl));
    const outcome = await dispatch(config, argv, (name) => (command = name));
    if (outcome) await finish(outcome);
  } catch (error) {
    await finish(failureOf(error));
  }
}

/** Finds the command and runs it; `named` learns its name first. A plugin's command prints for itself: null. */
async function dispatch(
  config: Config,
  argv: readonly string[],
  named: (command: string) => void,
): Promise<CommandOutcome | null> {
  const words = commandWords(argv, config.commandIDs);
  if (words[0] === "help") return help(config, leadingWords(argv).slice(1), named);
  if (words.length === 0) {
    const typed = leadingWords(argv);
    if (isTopic(typed, config)) return help(config, typed, named);
    if (typed.length > 0) throw unknownCommand(typed, config);
    if (argv[0] === "--version") return version(config, named);
    const stray = argv.find((word) => !["--help", "-h", "--json"].includes(word));
    if (stray !== undefined) {
      throw usageError({
        code: "LQ0002",
        message: `unknown flag ${stray}`,
        hint: `a command comes before its flags: linqu run ${argv.join(" ")}`,
      });
    }
    return help(config, [], named);
  }
  if (wantsHelp(argv)) return help(config, words, named);

  const id = words.join(":");
  named(id.replaceAll(":", "-"));
  try {
    return (await config.runCommand(id, argv.slice(words.length))) as CommandOutcome | null;
  } catch (error) {
    const { asUsageError } = await import("./usage.js");
    const flags = Object.values(config.findCommand(id)?.flags ?? {}).map((flag) =>
      // What can be switched off is on already: nobody types the other form.
      flag.type === "boolean" && flag.allowNo ? `no-${flag.name}` : flag.name,
    );
    throw asUsageError(error, { name: id.replaceAll(":", " "), flags: [...flags, "help"] });
  }
}

async function help(
  config: Config,
  words: readonly string[],
  named: (command: string) => void,
): Promise<CommandOutcome> {
  const known = isTopic(words, config) ? words : commandWords(words, config.commandIDs);
  if (words.length > 0 && known.length === 0) throw unknownCommand(words, config);
  named("help");
  const { helpOutcome } = await import("./help.js");
  return helpOutcome(config, known);
}

function version(config: Config, named: (command: string) => void): CommandOutcome {
  named("version");
  const result = { name: config.name, version: config.version, node: process.version };
  return { exitCode: ExitCode.ok, result, diagnostics: [], report: config.userAgent };
}

/** Whether the words name a group of commands, such as `topology`. */
function isTopic(words: readonly string[], config: Config): boolean {
  return words.length === 1 && config.topics.some((topic) => topic.name === words[0]);
}

function unknownCommand(words: readonly string[], config: Config): Error {
  const names = config.commands.filter((command) => !command.hidden).map(({ id }) => id.replaceAll(":", " "));
  const isInTopic = isTopic(words.slice(0, 1), config);
  const typed = words.slice(0, isInTopic ? 2 : 1).join(" ");
  // A mistyped topic is answered with the topic, however right the word behind it is.
  if (!isInTopic) names.push(...config.topics.map(({ name }) => name));
  return usageError({
    code: "LQ0001",
    message: `unknown command ${JSON.stringify(typed)}`,
    hint: suggestName(typed, names.sort()),
  });
}

/** Tells every colour library the same: NO_COLOR wins unless FORCE_COLOR is set (chalk reads only the latter). */
function respectNoColor(): void {
  if (!process.env["NO_COLOR"] || process.env["FORCE_COLOR"] !== undefined) return;
  process.env["FORCE_COLOR"] = "0";
  delete process.env["NO_COLOR"];
}

/** `linqu list | head` closes our output early, which is no error of ours; a full disk loses the answer. */
function watchOutput(): void {
  // Diagnostics that nobody can read are no reason to fail; the exit code tells.
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    const reason = describeErrno(error.code ?? error.message);
    process.stderr.write(`error LQ9002  cannot write to standard output: ${reason}\n`);
    process.exit(ExitCode.invalidInput);
  });
}
