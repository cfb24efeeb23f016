/** The recorded spans of a run as a Chrome trace: one process per node, one thread per lane. */
import { assert } from "../base/assert.js";
import { chromeTraceChunks } from "../format/chrome-trace.js";
import type { TraceLane, TraceSpan } from "../format/chrome-trace.js";
import type { NodeRecord, RunRecord, SpanTable } from "../record/run-record.js";
import { siteLocation } from "../session/run-result.js";

/** Process ids are level × 10,000 + the node's index in its level: 20005 is the sixth chip. */
const PIDS_PER_LEVEL = 10_000;
/** Ids of processes that are no node of the record. */
const OTHER_PIDS = 100_000;
const TOP_LEVEL = 7;

/**
 * The trace in pieces that together take at most `limitBytes`. Times are exact to a picosecond; `otherData` counts
 * the events, lanes and flows that were left out. The run must have recorded spans (`RunOptions.trace`).
 */
export function chromeTrace(record: RunRecord, options: { limitBytes: number }): Iterable<string> {
  const table = record.spans;
  assert(table !== null, "a trace needs a run that recorded spans");
  const order = byStart(table);
  const rows = separateOverlaps(table, order);
  const { lanes, laneOfRow } = laneTable(table, record.nodes, rows);
  const spans = {
    *[Symbol.iterator](): Iterator<TraceSpan> {
      for (const index of order) yield traceSpan(record, table, index, laneOfRow[rows.rowOfSpan[index]!]!);
    },
  };
  return chromeTraceChunks({
    lanes,
    spans,
    omittedLanes: table.omittedLanes,
    limitBytes: options.limitBytes,
  });
}

/** Span indices by start; an empty span comes before the one that starts where it stands. */
function byStart({ count, lane, startPs, endPs }: SpanTable): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index).sort(
    (a, b) => startPs[a]! - startPs[b]! || lane[a]! - lane[b]! || endPs[a]! - endPs[b]! || a - b,
  );
}

/** Rows of the viewer: one per lane, and more for a lane whose spans overlap. */
interface Rows {
  /** Lane of each row, and which of the lane's rows it is, from 0. */
  lane: number[];
  part: number[];
  rowOfSpan: Int32Array;
}

/** Viewers drop spans that overlap on a thread: a span goes to the first row of its lane that is free when it starts. */
function separateOverlaps(table: SpanTable, order: Uint32Array): Rows {
  const rows: Rows = {
    lane: table.lanes.map((_, lane) => lane),
    part: table.lanes.map(() => 0),
    rowOfSpan: new Int32Array(table.count),
  };
  const rowsOfLane = table.lanes.map((_, lane) => [lane]);
  const rowEndPs = table.lanes.map(() => 0);
  for (const index of order) {
    const lane = table.lane[index]!;
    const own = rowsOfLane[lane]!;
    let row = own.find((candidate) => rowEndPs[candidate]! <= table.startPs[index]!);
    if (row === undefined) {
      row = rows.lane.push(lane) - 1;
      rows.part.push(own.length);
      own.push(row);
    }
    rowEndPs[row] = table.endPs[index]!;
    rows.rowOfSpan[index] = row;
  }
  return rows;
}

/** Lanes in the viewer's order: processes from the top level down, rows in the order of the record. */
function laneTable(table: SpanTable, nodes: readonly NodeRecord[], rows: Rows) {
  const processes = processTable(table, nodes);
  const processOfRow = (row: number) => processes.get(table.lanes[rows.lane[row]!]!.process)!;
  const order = rows.lane
    .map((_, row) => row)
    .sort(
      (a, b) =>
        processOfRow(a).order - processOfRow(b).order ||
        rows.lane[a]! - rows.lane[b]! ||
        rows.part[a]! - rows.part[b]!,
    );
  const threads = new Map<number, number>();
  const laneOfRow = new Int32Array(order.length);
  const lanes = order.map((row, index): TraceLane => {
    const { process, lane } = table.lanes[rows.lane[row]!]!;
    const { pid, order: processOrder } = processOfRow(row);
    const tid = (threads.get(pid) ?? 0) + 1;
    threads.set(pid, tid);
    laneOfRow[row] = index;
    const part = rows.part[row]!;
    return {
      pid,
      processName: process,
      processOrder,
      tid,
      name: part === 0 ? lane : `${lane} (${part + 1})`,
    };
  });
  return { lanes, laneOfRow };
}

/** Id and position of each process that has a lane. */
function processTable(
  table: SpanTable,
  nodes: readonly NodeRecord[],
): Map<string, { pid: number; order: number }> {
  const known = new Map<string, { pid: number; order: number }>();
  const nodesOfLevel = new Map<number, number>();
  for (const { node, level } of nodes) {
    const index = nodesOfLevel.get(level) ?? 0;
    nodesOfLevel.set(level, index + 1);
    if (index >= PIDS_PER_LEVEL) continue;
    known.set(node, {
      pid: level * PIDS_PER_LEVEL + index,
      order: (TOP_LEVEL - level) * PIDS_PER_LEVEL + index,
    });
  }
  const processes = new Map<string, { pid: number; order: number }>();
  let others = 0;
  for (const { process } of table.lanes) {
    if (processes.has(process)) continue;
    const other = OTHER_PIDS + others;
    const place = known.get(process) ?? { pid: other, order: other };
    if (place.pid === other) others++;
    processes.set(process, place);
  }
  return processes;
}

function traceSpan(record: RunRecord, table: SpanTable, index: number, lane: number): TraceSpan {
  const site = record.sites[table.site[index]!];
  return {
    lane,
    name: table.names[table.name[index]!]!,
    startPs: table.startPs[index]!,
    endPs: table.endPs[index]!,
    args: site ? { at: siteLocation(site), op: site.op } : {},
    sends: orNull(table.flowOut[index]!),
    receives: orNull(table.flowIn[index]!),
  };
}

function orNull(message: number): number | null {
  return message < 0 ? null : message;
}
