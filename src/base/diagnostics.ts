/** Errors are data: a Diagnostic says what, where, why and what to do; rendering is elsewhere. */

/** Documented process exit codes (docs/reference/exit-codes.md). */
export const ExitCode = {
  ok: 0,
  internal: 1,
  usage: 2,
  invalidInput: 3,
  wrongValues: 4,
  programFailed: 5,
  gateFailed: 6,
  nodeFailed: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A place in a source file; lines and columns count from 1, `endColumn` is exclusive. */
export interface SourceLocation {
  file: string;
  line: number;
  column: number;
  endColumn: number;
}

export interface RelatedLocation {
  at: SourceLocation;
  message: string;
}

export interface Diagnostic {
  /** `LQ` and four digits; the first digit names the area (docs/reference/diagnostics.md). */
  code: `LQ${string}`;
  severity: "error" | "warning" | "info";
  message: string;
  at: SourceLocation | null;
  related: RelatedLocation[];
  /** What to do next, as one sentence. */
  hint: string | null;
  /** Lines that belong to the message: the blocked ranks of a deadlock, the source line shown. */
  detail: string[];
}

type DiagnosticInput = Pick<Diagnostic, "code" | "message"> & Partial<Diagnostic>;

/** Builds a diagnostic with the optional fields filled in. */
export function diagnostic(input: DiagnosticInput): Diagnostic {
  return { severity: "error", at: null, related: [], hint: null, detail: [], ...input };
}

/** A failure that a user can act on. Anything else that escapes is a bug in linqu (exit 1). */
export class LinquError extends Error {
  override readonly name = "LinquError";
  readonly diagnostics: readonly Diagnostic[];
  readonly exitCode: ExitCode;

  constructor(
    exitCode: ExitCode,
    diagnostics: Diagnostic | readonly Diagnostic[],
    options?: { cause?: unknown },
  ) {
    const list = Array.isArray(diagnostics)
      ? (diagnostics as readonly Diagnostic[])
      : [diagnostics as Diagnostic];
    super(list[0]?.message ?? "unknown error", options);
    this.diagnostics = list;
    this.exitCode = exitCode;
  }
}

/** Refused before any rank ran (exit 3). */
export function invalidInput(input: DiagnosticInput, cause?: unknown): LinquError {
  return new LinquError(ExitCode.invalidInput, diagnostic(input), { cause });
}

/** A flag, argument or command that does not exist or does not parse (exit 2). */
export function usageError(input: DiagnosticInput, cause?: unknown): LinquError {
  return new LinquError(ExitCode.usage, diagnostic(input), { cause });
}
