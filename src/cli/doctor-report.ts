import chalk from "chalk";
import type { Check } from "./doctor-checks.js";

const MARKS = { ok: chalk.green("ok  "), warn: chalk.yellow("warn"), fail: chalk.red("fail") };

/** One line for each check, with its fix under it. */
export function renderChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  return checks
    .flatMap(({ name, status, value, fix }) => [
      `${MARKS[status]}  ${name.padEnd(width)}  ${value}`,
      ...(fix === null ? [] : [`      ${" ".repeat(width)}  ${chalk.dim(fix)}`]),
    ])
    .join("\n");
}
