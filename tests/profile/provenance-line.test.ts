import { expect, it } from "vitest";
import { provenanceLine } from "../../src/profile/provenance-line.js";

const calibration = { anchors: 12, meanPercent: 1.5, worstPercent: 4.25 };

it("states the source, the anchors and what was changed since they were measured", () => {
  const line = (overridden: string[], measured: typeof calibration | null) =>
    provenanceLine({ preset: "host", source: "a data sheet", overridden, calibration: measured });
  expect(line([], null)).toBe("a data sheet");
  expect(line([], calibration)).toBe("a data sheet; 12 anchors: mean 1.5 %, worst 4.25 %");
  expect(line(["pe.math.lanes"], null)).toBe("a data sheet; values changed: pe.math.lanes");
  expect(line(["pe.math.lanes"], calibration)).toBe(
    "a data sheet; 12 anchors: mean 1.5 %, worst 4.25 %; values changed: pe.math.lanes; anchors measured without them",
  );
  expect(line(["a", "b", "c", "d", "e"], null)).toBe("a data sheet; values changed: a, b, c and 2 more");
});
