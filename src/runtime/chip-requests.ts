import { assert } from "../base/assert.js";
import type { HostRequest } from "../machine/host/messages.js";
import type { ChipBackend, CopyBytes } from "./chip-backend.js";
import type { Task } from "./task.js";

/** Correlation of messages that belong to a call as a whole: tokens of tasks are never negative. */
export const WHOLE_CALL = -1;

const KINDS = { copyIn: "memory_write", copyOut: "memory_read" } as const;

/** What a host asks of its chips, as messages. */
export class ChipRequests {
  private requests = 0;

  constructor(
    private readonly chips: ChipBackend,
    private readonly host: number,
  ) {}

  /** What is copied to and from a chip around a launch. */
  copied(chip: number): CopyBytes {
    return this.chips.copied(this.host, chip);
  }

  /** A task's launch or copy, starting now. */
  submitTask({ token, submittedPs, request: { target } }: Task, callable: string, nowPs: number): void {
    assert(target.kind !== "call", "a host has chips to launch on, and no nodes to call");
    if (target.kind === "launch") {
      return this.submit({ kind: "kernel_launch", callable, submittedPs }, target.chips, token, nowPs);
    }
    const { kind, chip, bytes } = target;
    this.submit({ kind: KINDS[kind], bytes }, [chip], token, nowPs);
  }

  /** The call begins: its tensors are mapped on all chips. Copies need not wait for that; launches on a chip do. */
  mapTensors(nowPs: number): void {
    this.submit({ kind: "mmu_map" }, this.all(), WHOLE_CALL, nowPs);
  }

  /** The call's results are out: its tensors are unmapped, and nobody waits for that. */
  unmapTensors(nowPs: number): void {
    this.submit({ kind: "mmu_unmap" }, this.all(), WHOLE_CALL, nowPs);
  }

  private all(): number[] {
    return Array.from({ length: this.chips.chipCount }, (_, chip) => chip);
  }

  private submit(work: HostRequest, chips: readonly number[], correlationId: number, nowPs: number): void {
    const target = { host: this.host, chips, cubes: "all", pes: "all" } as const;
    this.chips.submit({ ...work, correlationId, requestId: this.requests++, target }, nowPs);
  }
}
