import { nsToPs } from "../base/units.js";
import type { CopyPieces } from "./fan-out.js";
import type { Topology } from "../topology/topology.js";

/** The runtime's settings, equal on every node. */
export interface NodeConfig {
  /** What one submit costs the orchestration. */
  submitPs: number;
  /** Slots of each task ring; one ring for each scope depth. */
  taskRingCapacity: number;
  /** Bytes of each heap ring; one ring for each scope depth. */
  heapRingBytes: number;
  tensorMapCapacity: number;
  /** How many scopes may be open inside one another. */
  maxScopeDepth: number;
  copy: CopyPieces;
  /** Loop steps an orchestration may take without waiting. */
  stepBudget: number;
}

export function nodeConfig(topology: Pick<Topology, "cubes" | "runtime" | "limits">): NodeConfig {
  const { cubes, runtime, limits } = topology;
  return {
    submitPs: nsToPs(runtime.submitNs),
    taskRingCapacity: runtime.taskRing.capacity,
    heapRingBytes: runtime.heapRing.capacityBytes,
    tensorMapCapacity: runtime.tensorMap.capacity,
    maxScopeDepth: runtime.maxScopeDepth,
    copy: {
      pieces: cubes.columns * cubes.rows,
      // A piece passes through a staging buffer, so it cannot be larger than the ring that holds the buffer.
      maxBytes: Math.min(runtime.copyChunkBytes, runtime.heapRing.capacityBytes),
    },
    stepBudget: limits.stepBudget,
  };
}
