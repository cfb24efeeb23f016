/**
 * What a node does with a task when the program brings no orchestration of its own. Also how a program's own submit
 * at a host becomes copies and a launch.
 */
import type { CopyBytes } from "./chip-backend.js";
import type { HeapBuffer } from "./heap-buffer.js";
import type { NodeOps, Orchestration } from "./node-ops.js";
import type { Access } from "./tensor-map.js";

/** The runtime's own orchestrations stand in no source file. */
const NO_SITE = -1;

/** Above HOST: one group task to all children, then wait. */
export function* fanOutToChildren(ops: NodeOps): Orchestration {
  const target = { kind: "call", children: indices(ops.childCount()) } as const;
  if (!ops.submitTask({ name: "launch", target, accesses: [], buffers: [] }, NO_SITE)) yield;
  if (!ops.waitAll(NO_SITE)) yield;
}

/** At HOST: copies in, one launch on all chips, copies out, then wait. */
export function* fanOutToChips(ops: NodeOps, copied: CopiedBytes, copy: CopyPieces): Orchestration {
  const chips = indices(ops.childCount());
  yield* launchWithCopies(ops, { name: "launch", chips, copied, copy, accesses: [], buffers: [] }, NO_SITE);
  if (!ops.waitAll(NO_SITE)) yield;
}

/** How a copy between a host and a chip is cut: one piece for each cube of the chip, or more when those are large. */
export interface CopyPieces {
  pieces: number;
  maxBytes: number;
}

/** What is copied to and from a chip. */
type CopiedBytes = (chip: number) => CopyBytes;

interface HostLaunch {
  name: string;
  chips: readonly number[];
  copied: CopiedBytes;
  copy: CopyPieces;
  /** The program's own buffers that the launch reads and writes. */
  accesses: readonly Access[];
  buffers: readonly HeapBuffer[];
}

/**
 * Copies each chip's input in, launches on all chips together, copies each chip's output out. The launch takes one slot
 * in the scope of the caller; every copy has a scope and a staging buffer of its own one level deeper, so that any ring
 * with room for one of them suffices. What the program's buffers read is ready before the launch; what it writes is
 * complete when the last copy out is.
 */
export function* launchWithCopies(ops: NodeOps, launch: HostLaunch, site: number): Orchestration {
  const { name, chips, copied, copy, accesses, buffers } = launch;
  const memories = chips.map((chip) => {
    const { inputBytes, outputBytes } = copied(chip);
    return { chip, inputBytes, outputBytes, memoryBytes: inputBytes + outputBytes };
  });
  const writes = accesses.filter((access) => access.write);

  function* copies(kind: "copyIn" | "copyOut", also: readonly Access[]): Orchestration {
    const cuts = memories.map(({ chip, inputBytes, outputBytes, memoryBytes }) => {
      const totalBytes = kind === "copyIn" ? inputBytes : outputBytes;
      const pieceBytes = Math.min(copy.maxBytes, Math.ceil(totalBytes / copy.pieces));
      return { chip, memoryBytes, totalBytes, pieceBytes };
    });
    // Piece by piece over all chips, so that their links work at the same time.
    for (let piece = 0; cuts.some((cut) => piece * cut.pieceBytes < cut.totalBytes); piece++) {
      for (const { chip, memoryBytes, totalBytes, pieceBytes } of cuts) {
        const offset = piece * pieceBytes;
        if (offset >= totalBytes) continue;
        const bytes = Math.min(pieceBytes, totalBytes - offset);
        ops.scopeBegin(site);
        if (!ops.alloc(bytes, site)) yield;
        const staging = ops.allocated!;
        // A tensor may be input and output at once, so a copy out needs all of the chip's memory to stay as it is.
        const range = kind === "copyIn" ? { offset, length: bytes } : { offset: 0, length: memoryBytes };
        const request = {
          name: `${name} ${kind} chip${chip}`,
          target: { kind, chip, bytes },
          accesses: [{ handle: chipMemory(chip), ...range, write: kind === "copyIn" }, ...also],
          buffers: [staging, ...buffers],
        };
        if (!ops.submitTask(request, site)) yield;
        ops.scopeEnd(site);
      }
    }
  }

  yield* copies("copyIn", []);
  const memory = memories.map(({ chip, memoryBytes }) => ({
    handle: chipMemory(chip),
    offset: 0,
    length: memoryBytes,
    write: true,
  }));
  const target = { kind: "launch", chips } as const;
  if (!ops.submitTask({ name, target, accesses: [...memory, ...accesses], buffers }, site)) yield;
  yield* copies("copyOut", writes);
}

/** What the program sees of a chip's memory, its input first: a negative handle, so that it is never a buffer's. */
function chipMemory(chip: number): number {
  return -1 - chip;
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
