import { expect, it } from "vitest";
import { disagreement } from "./shown-output.js";

const OUTPUT =
  "  title\n  wall time  3 ms, peak memory 1 MiB\n  events  49, 1,272 a second\n\n  verdict  pass: 0\n";

it("accepts the whole output, whatever it cost on this computer", () => {
  const shown = [
    "  title",
    "  wall time  110 ms, peak memory 95 MiB",
    "  events  49, 9 a second",
    "",
    "  verdict  pass: 0",
  ];
  expect(disagreement(shown, OUTPUT)).toBeNull();
});

it("skips lines and parts of lines where the page has an ellipsis", () => {
  expect(disagreement(["…", "  events  49…", "…"], OUTPUT)).toBeNull();
  expect(disagreement(["  title", "…", "  verdict  pa…"], OUTPUT)).toBeNull();
  expect(disagreement(["…", "…pass: …"], OUTPUT)).toBeNull();
});

it("notices another value, another order, a line too few and a line too many", () => {
  expect(disagreement(["…", "  events  50, 1,272 a second", "…"], OUTPUT)).toContain("events  50");
  expect(disagreement(["…", "  verdict  pass: 0", "…", "  title", "…"], OUTPUT)).toContain("title");
  expect(disagreement(["  title", "  events  49", "…"], OUTPUT)).toContain("wall time");
  expect(disagreement(["…", "  verdict  (pass|fail): …"], OUTPUT)).toContain("pass|fail");
  expect(disagreement(["  title"], OUTPUT)).toContain("goes on");
});
