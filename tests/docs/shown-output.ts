import { ANY_LINES } from "./pages.js";

/** Figures that depend on the computer. */
function withoutHostFigures(line: string): string {
  return line
    .replace(/(wall time) .*/, "$1")
    .replace(/, [\d,]+ a second/, "")
    .trimEnd();
}

/** `…` inside a line stands for any characters. */
function fits(shown: string, line: string): boolean {
  const parts = withoutHostFigures(shown).split("…");
  const pattern = parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".*");
  return new RegExp(`^${pattern}$`, "u").test(withoutHostFigures(line));
}

/**
 * What is wrong with the output that a page shows, or null: its lines must occur in order, next to one another unless
 * `…` stands between them.
 */
export function disagreement(shown: readonly string[], output: string): string | null {
  const lines = output.trimEnd().split("\n");
  let at = 0;
  let maySkip = false;
  for (const wanted of shown) {
    if (wanted === ANY_LINES) {
      maySkip = true;
      continue;
    }
    const found = maySkip ? lines.findIndex((line, index) => index >= at && fits(wanted, line)) : at;
    if (found < 0 || found >= lines.length || !fits(wanted, lines[found]!)) {
      const instead = maySkip ? "" : `; line ${at + 1} of the output is:\n  ${lines[at] ?? "(none)"}`;
      return `the page shows\n  ${wanted}\nwhich the output does not have there${instead}\n--- output ---\n${output}`;
    }
    at = found + 1;
    maySkip = false;
  }
  if (maySkip || shown.length === 0 || at >= lines.length) return null;
  return `the output goes on after what the page shows:\n${lines.slice(at).join("\n")}`;
}
