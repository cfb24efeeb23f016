// `npm run bench [-- --quick] [-- --only PATTERN]`: speed as ratios within one run. Absolute times drift between
// machines, so beside the ns per event of each row stands what a C++ heap took in the same run.
import { parseArgs } from "node:util";
import { baselineNs, engineRows } from "./engine-rows.js";
import { Unmeasured, compileHeap4 } from "./measure.js";
import { runRows } from "./run-rows.js";

const COLUMNS = [
  { title: "row", width: 33, text: ({ row }) => row.name },
  { title: "wall s", width: 8, text: ({ seconds }) => decimals(seconds, 2) },
  { title: "peak MB", width: 9, text: ({ peakMb }) => decimals(peakMb, 0) },
  { title: "simulated µs", width: 14, text: ({ simulatedUs }) => decimals(simulatedUs, 3) },
  { title: "events/msg", width: 12, text: ({ eventsPerMessage }) => decimals(eventsPerMessage, 2) },
  { title: "ns/msg", width: 8, text: ({ nsPerMessage }) => decimals(nsPerMessage, 0) },
  { title: "ns/event", width: 10, text: ({ nsPerEvent }) => decimals(nsPerEvent, 1) },
  { title: "C++", width: 7, text: ({ baselineNs: ns }) => decimals(ns, 1) },
  { title: "result", width: 24, text: ({ ratio }) => ratio ?? "" },
  { title: "goal", width: 0, text: ({ row }) => row.goal },
];

function decimals(value, digits) {
  return value === undefined || value === null ? "" : value.toFixed(digits);
}

function printLine(texts) {
  console.log(
    texts
      .map((text, column) => text.padEnd(COLUMNS[column].width))
      .join("")
      .trimEnd(),
  );
}

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" } },
});
const rows = [...engineRows, ...runRows].filter(({ name }) => name.includes(values.only ?? ""));
if (rows.length === 0) {
  console.error(
    `no row is named like "${values.only}"; there are:\n${[...engineRows, ...runRows].map(({ name }) => `  ${name}`).join("\n")}`,
  );
  process.exit(2);
}

const heap4 = compileHeap4();
const context = { heap4, quick: values.quick };
const baseline = baselineNs(heap4, values.quick);
console.log(
  "wall s: whole process. ns: the run's own wall time. C++: ns per event of a 4-ary heap, 16k pending,",
);
console.log("in this run (engine rows: at the row's own number).\n");
printLine(COLUMNS.map(({ title }) => title));
for (const row of rows) {
  try {
    const measured = row.measure(context);
    printLine(COLUMNS.map(({ text }) => text({ row, baselineNs: baseline, ...measured })));
  } catch (cause) {
    if (!(cause instanceof Unmeasured)) throw cause;
    printLine([row.name, cause.message]);
    if (cause.message.startsWith("failed")) process.exitCode = 1;
  }
}
