/** What a command line asks for, read before any command is loaded. */

/** Whether the answer must be one JSON object, even if the rest of the command line does not parse. */
export function wantsJson(argv: readonly string[]): boolean {
  return flagsOf(argv).some((word) => word === "--json" || word.startsWith("--json="));
}

export function wantsHelp(argv: readonly string[]): boolean {
  return flagsOf(argv).some((word) => word === "--help" || word === "-h");
}

/** The longest run of leading words that names a command, such as `["autocomplete", "script"]`; empty when none does. */
export function commandWords(argv: readonly string[], ids: readonly string[]): string[] {
  const words = leadingWords(argv);
  for (let count = words.length; count > 0; count--) {
    const candidate = words.slice(0, count);
    if (ids.includes(candidate.join(":"))) return candidate;
  }
  return [];
}

/** The words before the first flag. */
export function leadingWords(argv: readonly string[]): string[] {
  const end = argv.findIndex((word) => word.startsWith("-"));
  return argv.slice(0, end === -1 ? argv.length : end);
}

function flagsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).filter((word) => word.startsWith("-"));
}
