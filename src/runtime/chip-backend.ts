export interface LaunchRequest {
  /** Position of the host among the selected hosts. */
  host: number;
  /** Indices of chips on that host; all of them start together. */
  chips: readonly number[];
  /** Hash of the program that `prepare` was given. */
  callable: string;
  token: number;
  /** When the host's orchestration submitted the launch. */
  submittedPs: number;
}

/**
 * The chips under a host. Each of copyIn, launch and copyOut ends with exactly one call of the runtime's `chipDone`
 * with the same host and token, from an event of its own: never from within the call that started it.
 */
export interface ChipBackend {
  /** Chips on each host. */
  readonly chipCount: number;
  /** Hands a program to all chips of a host; once for each program. */
  prepare(host: number, callable: string, codeBytes: number): void;
  /** Copies bytes from the host to a chip, starting now. */
  copyIn(host: number, chip: number, bytes: number, token: number, nowPs: number): void;
  /** Copies bytes from a chip to the host, starting now. */
  copyOut(host: number, chip: number, bytes: number, token: number, nowPs: number): void;
  /** Starts the program on some chips of a host; done when all of them have ended. */
  launch(request: LaunchRequest, nowPs: number): void;
}
