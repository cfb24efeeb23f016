import { ExitCode, LinquError, diagnostic, type Diagnostic } from "../base/diagnostics.js";

/** The simulated program failed (exit 5) at values that only replay sees. Who knows the sources adds the place. */
export class DataFault extends LinquError {
  constructor(
    readonly site: number,
    readonly problem: Pick<Diagnostic, "code" | "message" | "hint">,
  ) {
    super(ExitCode.programFailed, diagnostic(problem));
  }
}
