import type { TopologyProvenance } from "../topology/provenance.js";
import { count } from "./words.js";

const NAMED_PATHS = 3;

/** `…figures of X; 12 anchors: mean 1.3 %, worst 4.1 %`, or what was changed since they were measured. */
export function provenanceLine({ source, overridden, calibration }: TopologyProvenance): string {
  const parts = [source];
  if (calibration) {
    const { anchors, meanPercent, worstPercent } = calibration;
    parts.push(`${count(anchors, "anchor")}: mean ${meanPercent} %, worst ${worstPercent} %`);
  }
  if (overridden.length > 0) {
    const rest = overridden.length - NAMED_PATHS;
    const named = overridden.slice(0, NAMED_PATHS).join(", ");
    parts.push(`values changed: ${named}${rest > 0 ? ` and ${rest} more` : ""}`);
    if (calibration) parts.push("anchors measured without them");
  }
  return parts.join("; ");
}
