import { Errors } from "@oclif/core";
import { ExitCode, LinquError, diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";

/** What is known of a command when its arguments do not parse. */
export interface CommandSyntax {
  /** As typed, words separated by spaces. */
  name: string;
  flags: readonly string[];
}

/** Turns what oclif's parser throws into a usage error (exit 2); returns anything else unchanged. */
export function asUsageError(error: unknown, command: CommandSyntax): unknown {
  if (!(error instanceof Errors.CLIError) || error instanceof LinquError) return error;
  return new LinquError(ExitCode.usage, diagnose(error, command), { cause: error });
}

/** oclif exports no classes for these; the fields are what its parser's errors carry. */
type ParserError = Errors.CLIError & { flags?: unknown; args?: unknown };

function diagnose(error: ParserError, command: CommandSyntax): Diagnostic | Diagnostic[] {
  const seeHelp = `linqu ${command.name} --help lists what it takes`;
  if (Array.isArray(error.flags))
    return error.flags.map((typed) => unknownFlag(String(typed), command.flags));
  if (Array.isArray(error.args)) {
    const [first] = error.args as (string | { name: string })[];
    if (typeof first === "object") {
      return diagnostic({
        code: "LQ0006",
        message: `linqu ${command.name} needs ${first.name.toUpperCase()}`,
        hint: seeHelp,
      });
    }
    return error.args.map((typed) => unexpectedArgument(String(typed), command, seeHelp));
  }
  const message = error.message.replace(/\s*See more help with --help$/, "");
  for (const [pattern, explain] of PARSER_MESSAGES) {
    const match = pattern.exec(message);
    if (match) return explain(match, seeHelp);
  }
  return diagnostic({ code: "LQ0009", message, hint: seeHelp });
}

type Explain = (match: RegExpExecArray, seeHelp: string) => Diagnostic;

const PARSER_MESSAGES: readonly (readonly [RegExp, Explain])[] = [
  [
    /^Expected --(\S+?)=(.*) to be one of: (.*)$/s,
    ([, flag = "", typed = "", valid = ""]) =>
      diagnostic({
        code: "LQ0003",
        message: `--${flag} ${JSON.stringify(typed)} is not a valid choice`,
        hint: suggestName(typed, valid.split(", ")),
      }),
  ],
  [
    /^Expected (.*) to be one of: (.*)$/s,
    ([, typed = "", valid = ""]) =>
      diagnostic({
        code: "LQ0003",
        message: `${JSON.stringify(typed)} is not a valid choice`,
        hint: suggestName(typed, valid.split(", ")),
      }),
  ],
  [
    /^Flag --(\S+) expects (?:a value|one of these values: (.*))$/s,
    ([, flag = "", valid], seeHelp) =>
      diagnostic({
        code: "LQ0004",
        message: `--${flag} needs a value`,
        hint: valid ? `valid values: ${valid}` : seeHelp,
      }),
  ],
  [
    /^Flag --(\S+) can only be specified once$/,
    ([, flag = ""]) =>
      diagnostic({ code: "LQ0008", message: `--${flag} is given twice`, hint: "keep the one that you mean" }),
  ],
];

function unknownFlag(typed: string, valid: readonly string[]): Diagnostic {
  const name = typed.split("=")[0] ?? typed;
  return diagnostic({
    code: "LQ0002",
    message: `unknown flag ${name}`,
    hint: suggestName(
      name,
      valid.map((flag) => `--${flag}`),
    ),
  });
}

function unexpectedArgument(typed: string, command: CommandSyntax, seeHelp: string): Diagnostic {
  const isKernelFile = command.flags.includes("kernel") && /\.ts(#\w*)?$/.test(typed);
  return diagnostic({
    code: "LQ0005",
    message: `unexpected argument ${JSON.stringify(typed)}`,
    hint: isKernelFile ? `did you mean --kernel ${typed}?` : seeHelp,
  });
}
