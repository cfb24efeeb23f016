/** Where a machine's numbers come from, and how far the anchors of its preset are from what was published. */
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { basePreset, loadTopology } from "./load.js";
import { topologyFields } from "./schema.js";
import type { Topology } from "./topology.js";
import { valueAt } from "./value-at.js";

/** How well a preset reproduces published figures: deviations are absolute, over all its anchors. */
interface Calibration {
  anchors: number;
  meanPercent: number;
  worstPercent: number;
}

export interface TopologyProvenance {
  /** The preset that the machine is, or that its file extends; null for a file that stands alone. */
  preset: string | null;
  /** In one line, as the topology states it. */
  source: string;
  /** Paths of values that differ from the preset's, by `--set` or in the user's file. */
  overridden: string[];
  /** Measured with the preset's own values; null for a preset without anchors. */
  calibration: Calibration | null;
}

/** Say what a machine is, not how it behaves. */
const LABELS = new Set(["name", "description", "provenance"]);
const CALIBRATION_FILE = new URL("./presets/calibration.json", import.meta.url);

/** Provenance of a topology that `loadTopology(nameOrPath, …)` has returned. */
export function provenanceOf(topology: Topology, nameOrPath: string): TopologyProvenance {
  const preset = basePreset(nameOrPath);
  const source = topology.provenance;
  if (preset === null) return { preset, source, overridden: [], calibration: null };
  const original = loadTopology(preset, []);
  const overridden = [...topologyFields.keys()].filter(
    (path) => !LABELS.has(path) && !isDeepStrictEqual(valueAt(topology, path), valueAt(original, path)),
  );
  return { preset, source, overridden, calibration: calibrationOf(preset) };
}

function calibrationOf(preset: string): Calibration | null {
  const byPreset = JSON.parse(readFileSync(CALIBRATION_FILE, "utf8")) as Record<string, Calibration>;
  return byPreset[preset] ?? null;
}
