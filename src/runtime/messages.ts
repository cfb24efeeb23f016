import type { Diagnostic } from "../base/diagnostics.js";

/** Sizes of the data that a chip takes in and gives back in one call: of the chip that has most of each. */
export interface CallWork {
  inputBytesPerChip: number;
  outputBytesPerChip: number;
}

/** An error on its way up: the node where it happened, and what happened. */
export interface TaskFailure {
  path: string;
  diagnostic: Diagnostic;
}

/** What nodes say to each other: the first and third travel down, the others up. */
export type Message =
  | { readonly kind: "REGISTER"; readonly hash: string; readonly codeBytes: number }
  /** This node and all nodes below it hold the callable; `callable` is the id that this node gave it. */
  | { readonly kind: "REGISTERED"; readonly hash: string; readonly callable: number }
  | {
      readonly kind: "CALL_TASK";
      readonly callable: number;
      readonly token: number;
      /** When the parent's orchestration submitted the task. */
      readonly submittedPs: number;
      readonly work: CallWork;
    }
  | { readonly kind: "TASK_COMPLETE"; readonly token: number; readonly failure: TaskFailure | null };

/** Magic, version, type, sender, target, payload size. */
const HEADER_BYTES = 24;
const HASH_BYTES = 32;
const encoder = new TextEncoder();

/** Bytes of a message on the wire: a 24-byte header and its payload. */
export function wireBytes(message: Message): number {
  return HEADER_BYTES + payloadBytes(message);
}

function payloadBytes(message: Message): number {
  switch (message.kind) {
    case "REGISTER":
      return HASH_BYTES + 4 + message.codeBytes;
    case "REGISTERED":
      return HASH_BYTES + 4;
    case "CALL_TASK":
      // Callable and token (u32 each), submit time and the two sizes (u64 each).
      return 4 + 4 + 8 + 8 + 8;
    case "TASK_COMPLETE":
      // Token, status, length of the error text, the text.
      return 4 + 4 + 4 + (message.failure ? encoder.encode(JSON.stringify(message.failure)).length : 0);
  }
}
