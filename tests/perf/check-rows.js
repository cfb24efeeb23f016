// `linqu check` of the shipped ring all-reduce, in-process; and with a call of a helper for every message.
import { medianRun, runScript } from "./measure.js";

const SMALL_WORLDS = Array.from({ length: 16 }, (_, index) => index + 1);

export const checkRows = [
  row("check, ring of 64 ranks", [64], "< 0.3 s"),
  row("check, ring of 1,024 ranks", [1024], "< 10 s, < 1,000 MB"),
  row("check, rings of 1 to 16, least depth", SMALL_WORLDS, "< 1 s"),
  row("check, 1,024 ranks, a helper a message", [1024], "", "tests/perf/fixtures/ring-helper.ts"),
];

function row(name, worlds, goal, kernel = "kernels/ring-allreduce.ts") {
  return {
    name,
    goal,
    measure: ({ quick }) => medianRun(() => runScript("check-speed.js", [worlds, kernel]), quick),
  };
}
