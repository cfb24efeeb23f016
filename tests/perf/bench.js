// `npm run bench [-- --quick] [-- --only PATTERN]`: speed as ratios within one run. Absolute times drift between
// machines, so beside the ns per event of each row stands what a C++ heap took in the same run.
import { parseArgs } from "node:util";
import { checkRows } from "./check-rows.js";
import { chipRows } from "./chip-rows.js";
import { compileRows } from "./compile-rows.js";
import { baselineNs, engineRows } from "./engine-rows.js";
import { Unmeasured, compileHeap4 } from "./measure.js";
import { runRows } from "./run-rows.js";

const RUN_COLUMNS = [
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

const CHIP_COLUMNS = [
  { title: "row", width: 34, text: ({ row }) => row.name },
  { title: "wall s", width: 9, text: ({ wallMs }) => decimals(wallMs / 1000, 3) },
  { title: "events", width: 12, text: ({ events }) => grouped(events) },
  { title: "events/s", width: 12, text: ({ events, wallMs }) => grouped((1000 * events) / wallMs) },
  { title: "MB moved", width: 10, text: ({ bytes }) => decimals(bytes / 1e6, 1) },
  { title: "events/byte", width: 14, text: ({ events, bytes }) => (events / bytes).toExponential(1) },
  { title: "flits: wall", width: 13, text: ({ flitWall }) => `${decimals(flitWall, 2)}×` },
  { title: "flits: events", width: 0, text: ({ flitEvents }) => `${decimals(flitEvents, 2)}×` },
];

const COMPILE_COLUMNS = [
  { title: "row", width: 34, text: ({ row }) => row.name },
  { title: "linqu ms", width: 11, text: ({ linquMs }) => decimals(linquMs, 0) },
  { title: "tsc ms", width: 9, text: ({ tscMs }) => decimals(tscMs, 0) },
  { title: "ratio", width: 9, text: ({ ratio }) => `${decimals(ratio, 2)}×` },
  { title: "goal", width: 0, text: ({ row }) => row.goal },
];

const CHECK_COLUMNS = [
  { title: "row", width: 42, text: ({ row }) => row.name },
  { title: "ms", width: 9, text: ({ ms }) => decimals(ms, 0) },
  { title: "operations", width: 13, text: ({ operations }) => grouped(operations) },
  { title: "M ops/s", width: 10, text: ({ operations, ms }) => decimals(operations / ms / 1000, 2) },
  { title: "peak MB", width: 10, text: ({ peakMb }) => decimals(peakMb, 0) },
  { title: "goal", width: 0, text: ({ row }) => row.goal },
];

const TABLES = [
  {
    columns: RUN_COLUMNS,
    rows: [...engineRows, ...runRows],
    about: [
      "wall s: whole process. ns: the run's own wall time. C++: ns per event of a 4-ary heap, 16k pending,",
      "in this run (engine rows: at the row's own number).",
    ],
  },
  {
    columns: CHIP_COLUMNS,
    rows: chipRows,
    about: [
      "The chip. wall s: the run's own wall time. MB moved: what DMA engines read and write and messages carry.",
      "flits: the same run with `--set fabric.flitTrains=false`, in multiples of this one.",
    ],
  },
  {
    columns: COMPILE_COLUMNS,
    rows: compileRows,
    about: [
      "The compiler, on a kernel of 100 lines. tsc: `tsc --noEmit -p` of TypeScript 6 on the same file.",
    ],
  },
  {
    columns: CHECK_COLUMNS,
    rows: checkRows,
    about: ["The check, in-process and warm: every rank of the shipped ring all-reduce."],
  },
];

function decimals(value, digits) {
  return value === undefined || value === null ? "" : value.toFixed(digits);
}

function grouped(value) {
  return Math.round(value).toLocaleString("en-US");
}

function printLine(columns, texts) {
  console.log(
    texts
      .map((text, column) => text.padEnd(columns[column].width))
      .join("")
      .trimEnd(),
  );
}

function printTable({ columns, rows, about }, context, baseline) {
  console.log(`${about.join("\n")}\n`);
  printLine(
    columns,
    columns.map(({ title }) => title),
  );
  for (const row of rows) {
    try {
      const measured = row.measure(context);
      printLine(
        columns,
        columns.map(({ text }) => text({ row, baselineNs: baseline, ...measured })),
      );
    } catch (cause) {
      if (!(cause instanceof Unmeasured)) throw cause;
      printLine(columns, [row.name, cause.message]);
      if (cause.message.startsWith("failed")) process.exitCode = 1;
    }
  }
}

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" } },
});
const tables = TABLES.map((table) => ({
  ...table,
  rows: table.rows.filter(({ name }) => name.includes(values.only ?? "")),
})).filter(({ rows }) => rows.length > 0);
if (tables.length === 0) {
  const names = TABLES.flatMap(({ rows }) => rows).map(({ name }) => `  ${name}`);
  console.error(`no row is named like "${values.only}"; there are:\n${names.join("\n")}`);
  process.exit(2);
}

const heap4 = compileHeap4();
const context = { heap4, quick: values.quick };
const baseline = baselineNs(heap4, values.quick);
tables.forEach((table, index) => {
  if (index > 0) console.log();
  printTable(table, context, baseline);
});
