// The event queue with one coroutine per event against a 4-ary heap in C++, in the same hold loop.
import { Unmeasured, errorLine, median, runProcess } from "./measure.js";

const ROUNDS = 5;
const QUICK_ROUNDS = 3;

export const engineRows = [
  engineRow("engine, 1k pending", 1024, "uniform"),
  engineRow("engine, 16k pending", 16384, "uniform"),
  engineRow("engine, 4k within 1 ns", 4096, "clustered"),
];

/** C++ ns per event at 16k pending: the yardstick beside every row. */
export function baselineNs(heap4, quick) {
  if (heap4 === null) return null;
  const rounds = Array.from(
    { length: QUICK_ROUNDS },
    () => hold(heap4, [], 16384, "uniform", quick).nsPerEvent,
  );
  return median(rounds);
}

function engineRow(name, pending, delays) {
  return {
    name,
    goal: "≥ 1.00× C++",
    measure({ heap4, quick }) {
      if (heap4 === null) throw new Unmeasured("skipped: no g++");
      // A, B, A, B: what else the machine does meets both alike.
      const rounds = Array.from({ length: quick ? QUICK_ROUNDS : ROUNDS }, () => {
        const cpp = hold(heap4, [], pending, delays, quick);
        const js = hold(process.execPath, ["tests/perf/hold/hold.js"], pending, delays, quick);
        if (js.timePs !== cpp.timePs)
          throw new Error(`${name}: the loops disagree: ${js.timePs} and ${cpp.timePs} ps`);
        return { cpp: cpp.nsPerEvent, js: js.nsPerEvent };
      });
      return {
        nsPerEvent: median(rounds.map(({ js }) => js)),
        baselineNs: median(rounds.map(({ cpp }) => cpp)),
        ratio: `${median(rounds.map(({ js, cpp }) => cpp / js)).toFixed(2)}× C++`,
      };
    },
  };
}

function hold(command, args, pending, delays, quick) {
  const iterations = quick ? 1_000_000 : 4_000_000;
  const { status, stdout, stderr } = runProcess(command, [...args, `${pending}`, `${iterations}`, delays]);
  if (status !== 0) throw new Unmeasured(`failed: ${errorLine(stderr) ?? `exit code ${status}`}`);
  const [nsPerEvent, timePs] = stdout.trim().split(" ").map(Number);
  return { nsPerEvent, timePs };
}
