/** What a host and its chips say to each other: one envelope for all requests, one completion for all answers. */
import { assert } from "../../base/assert.js";
import { diagnostic, type Diagnostic } from "../../base/diagnostics.js";

/** One, several or all of the cubes of a chip or PEs of a cube that a run uses, as the topology numbers them. */
export type Units = number | readonly number[] | "all";

export interface HostTarget {
  /** Position of the host among the selected hosts. */
  readonly host: number;
  /** Positions among the selected chips of that host. */
  readonly chips: readonly number[];
  readonly cubes: Units;
  readonly pes: Units;
}

/** What a message asks for; each chip of the target does it, and the message is complete when all have. */
export type HostRequest =
  /** Bytes from the host to the tensors of the target's PEs on a chip, or back. */
  | { readonly kind: "memory_write" | "memory_read"; readonly bytes: number }
  /** The tensors of the target's PEs are entered into their MMUs, or taken out. */
  | { readonly kind: "mmu_map" | "mmu_unmap" }
  | {
      readonly kind: "kernel_launch";
      /** Hash of a program that has been prepared. */
      readonly callable: string;
      /** When the host's orchestration submitted the launch; for reports, it delays nothing. */
      readonly submittedPs: number;
    };

export type HostMessage = HostRequest & {
  /** What the sender waits for: a task of the host's runtime. */
  readonly correlationId: number;
  /** Number of the message among those of its host. */
  readonly requestId: number;
  readonly target: HostTarget;
};

/** The answer to one message; errorCode and errorMessage are null exactly when ok. */
export interface HostCompletion {
  readonly correlationId: number;
  readonly requestId: number;
  readonly ok: boolean;
  readonly errorCode: Diagnostic["code"] | null;
  readonly errorMessage: string | null;
}

export type HostError = Pick<Diagnostic, "code" | "message">;

/** The answer to a message that was carried out, or could not be. */
export function completionOf(
  { correlationId, requestId }: HostMessage,
  error: HostError | null,
): HostCompletion {
  const [errorCode, errorMessage] = error === null ? [null, null] : [error.code, error.message];
  return { correlationId, requestId, ok: error === null, errorCode, errorMessage };
}

/** The error that a completion reports, or null. */
export function errorOf({ ok, errorCode, errorMessage }: HostCompletion): Diagnostic | null {
  assert(ok === (errorCode === null), "a completion has an error code exactly when it is not ok");
  assert(ok === (errorMessage === null), "a completion has an error message exactly when it is not ok");
  return errorCode === null ? null : diagnostic({ code: errorCode, message: errorMessage ?? "" });
}
