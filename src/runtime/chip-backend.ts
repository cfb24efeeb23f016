import type { HostMessage } from "../machine/host/messages.js";

/** Bytes of a chip's tensors that go in before a launch and come out after it. */
export interface CopyBytes {
  inputBytes: number;
  outputBytes: number;
}

/**
 * The chips under a host. Each message that is submitted ends with exactly one call of the runtime's `chipDone` with
 * its completion, from an event of its own: never from within the call that submitted it.
 */
export interface ChipBackend {
  /** Chips on each host. */
  readonly chipCount: number;
  /** Hands a program to all chips of a host; once for each program. */
  prepare(host: number, callable: string, codeBytes: number): void;
  /** What is copied to and from a chip around a launch. */
  copied(host: number, chip: number): CopyBytes;
  /** Hands a host's message to the chips that it names, now. */
  submit(message: HostMessage, nowPs: number): void;
}
