import { Flags } from "@oclif/core";
import { usageError } from "../base/diagnostics.js";
import type { ConstexprValue } from "../compiler/bundle.js";

/** Flag of the commands that compile kernels. */
export const constexprFlag = Flags.string({
  description: "Choose a compile-time parameter of the kernel; may be repeated.",
  multiple: true,
  multipleNonGreedy: true,
  helpValue: "NAME=VALUE",
});

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * Values by name from repeated `NAME=VALUE`: numbers, `true` and `false` as such, anything else as text; text in double
 * quotes is always text. The last of several values of one name counts.
 * @throws LQ0003 no name or no value
 */
export function parseConstexpr(assignments: readonly string[]): Record<string, ConstexprValue> {
  return Object.fromEntries(assignments.map(parseAssignment));
}

function parseAssignment(assignment: string): [string, ConstexprValue] {
  const equals = assignment.indexOf("=");
  const name = assignment.slice(0, Math.max(equals, 0)).trim();
  const text = assignment.slice(equals + 1).trim();
  if (!NAME.test(name) || text === "") {
    throw usageError({
      code: "LQ0003",
      message: `--constexpr ${JSON.stringify(assignment)} is not NAME=VALUE`,
      hint: "for example --constexpr BLOCK=64",
    });
  }
  return [name, parseValue(text)];
}

function parseValue(text: string): ConstexprValue {
  if (text === "true" || text === "false") return text === "true";
  const quoted = /^"(.*)"$/s.exec(text);
  if (quoted) return quoted[1]!;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}
