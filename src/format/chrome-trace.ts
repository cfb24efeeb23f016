/**
 * Chrome trace JSON, as Perfetto and chrome://tracing read it: lanes, complete events and flow arrows, in a file
 * that never exceeds its limit. The text is ASCII, so that a character is a byte.
 */
import { assert } from "../base/assert.js";

const SCHEMA = "linqu/chrome_trace/1";
const HEAD = '{\n"displayTimeUnit": "ns",\n"traceEvents": [\n';
const SEPARATOR = ",\n";
const PS_PER_US = 1_000_000;
const CHUNK_BYTES = 1 << 16;

/** One row of the viewer; its spans may touch but not overlap. Lanes of one process stand together. */
export interface TraceLane {
  pid: number;
  processName: string;
  processOrder: number;
  tid: number;
  name: string;
}

/** Something that took time on one lane. */
export interface TraceSpan {
  /** Index into the lanes. */
  lane: number;
  name: string;
  startPs: number;
  endPs: number;
  args: Readonly<Record<string, string | number>>;
  /** Id of the message that this span sends, and of the one that it receives, or null. */
  sends: number | null;
  receives: number | null;
}

export interface ChromeTrace {
  lanes: readonly TraceLane[];
  /** Sorted by start; iterated twice. */
  spans: Iterable<TraceSpan>;
  /** Lanes that were never recorded; those that do not fit are added. */
  omittedLanes: number;
  limitBytes: number;
}

/** What fits: so many lanes, so many of their spans, and the messages whose arrow is drawn. */
interface Plan {
  lanes: number;
  spans: number;
  arrows: Set<number>;
  otherData: string;
}

/** A message whose sending and receiving span are both known. */
interface Flow {
  message: number;
  send: TraceSpan;
  receive: TraceSpan;
}

/**
 * The trace in pieces: lanes, then spans from the earliest on until the next would exceed `limitBytes`; `otherData`
 * counts what was left out. A limit below the size of an empty trace gives the empty trace.
 */
export function* chromeTraceChunks(trace: ChromeTrace): Iterable<string> {
  const plan = planWithinLimit(trace);
  let chunk = HEAD;
  let separator = "";
  for (const event of eventTexts(trace, plan)) {
    chunk += separator + event;
    separator = SEPARATOR;
    if (chunk.length >= CHUNK_BYTES) {
      yield chunk;
      chunk = "";
    }
  }
  yield chunk + plan.otherData;
}

function planWithinLimit(trace: ChromeTrace): Plan {
  const most = Number.MAX_SAFE_INTEGER;
  let leftBytes = trace.limitBytes - HEAD.length - otherDataText(most, most, most, trace.limitBytes).length;
  // The first event that does not fit ends the trace, so that what it shows is complete up to a time.
  const fits = (texts: string[]) => {
    leftBytes -= texts.reduce((bytes, text) => bytes + text.length + SEPARATOR.length, 0);
    return leftBytes >= 0;
  };

  let lanes = 0;
  while (lanes < trace.lanes.length && fits(laneTexts(trace.lanes, lanes))) lanes++;

  let count = 0;
  let spans = 0;
  const arrows = new Set<number>();
  const ends = messageEnds();
  for (const span of checked(trace)) {
    count++;
    const flows = ends.add(span).filter(insideBothSpans);
    if (leftBytes < 0) continue;
    const texts = flows.flatMap((flow) => [flowStartText(trace, flow.send), flowFinishText(trace, flow)]);
    if (!fits([spanText(trace, span), ...texts])) continue;
    spans++;
    for (const flow of flows) arrows.add(flow.message);
  }
  const omittedLanes = trace.omittedLanes + trace.lanes.length - lanes;
  const otherData = otherDataText(
    count - spans,
    omittedLanes,
    ends.messages() - arrows.size,
    trace.limitBytes,
  );
  return { lanes, spans, arrows, otherData };
}

function* eventTexts(trace: ChromeTrace, plan: Plan): Iterable<string> {
  for (let lane = 0; lane < plan.lanes; lane++) yield* laneTexts(trace.lanes, lane);
  const ends = messageEnds();
  let spans = 0;
  for (const span of trace.spans) {
    if (spans++ === plan.spans) return;
    yield spanText(trace, span);
    if (span.sends !== null && plan.arrows.has(span.sends)) yield flowStartText(trace, span);
    for (const flow of ends.add(span)) {
      if (plan.arrows.has(flow.message)) yield flowFinishText(trace, flow);
    }
  }
}

/** The spans, with what a viewer relies on asserted: they come in time order and none overlaps in its lane. */
function* checked(trace: ChromeTrace): Iterable<TraceSpan> {
  const laneEndPs = new Float64Array(trace.lanes.length);
  let previousPs = 0;
  for (const span of trace.spans) {
    assert(span.startPs >= previousPs, "the spans of a trace are sorted by start");
    assert(span.startPs >= laneEndPs[span.lane]!, `span "${span.name}" overlaps another one of its lane`);
    assert(span.endPs >= span.startPs, `span "${span.name}" ends before it starts`);
    previousPs = span.startPs;
    laneEndPs[span.lane] = span.endPs;
    yield span;
  }
}

/** Matches the two ends of every message as their spans go by; keeps only the ends that still wait for the other. */
function messageEnds() {
  const sends = new Map<number, TraceSpan>();
  const receives = new Map<number, TraceSpan>();
  let paired = 0;
  return {
    /** The flows that this span completes. */
    add(span: TraceSpan): Flow[] {
      const flows: Flow[] = [];
      if (span.sends !== null) {
        const receive = receives.get(span.sends);
        if (receive) flows.push({ message: span.sends, send: span, receive });
        else sends.set(span.sends, span);
      }
      if (span.receives !== null) {
        const send = sends.get(span.receives);
        if (send) flows.push({ message: span.receives, send, receive: span });
        else receives.set(span.receives, span);
      }
      for (const { message } of flows) {
        sends.delete(message);
        receives.delete(message);
      }
      paired += flows.length;
      return flows;
    },
    /** Messages of which at least one end was seen. */
    messages: () => paired + sends.size + receives.size,
  };
}

/** The arrow's head: the earliest time at which the message is under way and its receiver's span is open. */
function arrivalPs({ send, receive }: Flow): number {
  return Math.max(send.startPs, receive.startPs);
}

function insideBothSpans(flow: Flow): boolean {
  const { startPs, endPs } = flow.receive;
  const headPs = arrivalPs(flow);
  return headPs === startPs || headPs < endPs;
}

function laneTexts(lanes: readonly TraceLane[], index: number): string[] {
  const { pid, tid, processName, processOrder, name } = lanes[index]!;
  const texts = [
    json({ ph: "M", name: "thread_name", pid, tid, args: { name } }),
    json({ ph: "M", name: "thread_sort_index", pid, tid, args: { sort_index: tid } }),
  ];
  if (lanes[index - 1]?.pid === pid) return texts;
  return [
    json({ ph: "M", name: "process_name", pid, args: { name: processName } }),
    json({ ph: "M", name: "process_sort_index", pid, args: { sort_index: processOrder } }),
    ...texts,
  ];
}

function spanText(trace: ChromeTrace, span: TraceSpan): string {
  const { pid, tid } = trace.lanes[span.lane]!;
  const times = `"ts":${microseconds(span.startPs)},"dur":${microseconds(span.endPs - span.startPs)}`;
  const args = Object.keys(span.args).length > 0 ? `,"args":${json(span.args)}` : "";
  return `{"ph":"X","name":${json(span.name)},"pid":${pid},"tid":${tid},${times}${args}}`;
}

function flowStartText(trace: ChromeTrace, send: TraceSpan): string {
  return `{"ph":"s",${flowFields(trace, send, send.sends!, send.startPs)}}`;
}

function flowFinishText(trace: ChromeTrace, flow: Flow): string {
  return `{"ph":"f","bp":"e",${flowFields(trace, flow.receive, flow.message, arrivalPs(flow))}}`;
}

function flowFields(trace: ChromeTrace, span: TraceSpan, message: number, ps: number): string {
  const { pid, tid } = trace.lanes[span.lane]!;
  return `"cat":"flow","name":"message","id":${message},"pid":${pid},"tid":${tid},"ts":${microseconds(ps)}`;
}

function otherDataText(events: number, lanes: number, flows: number, limitBytes: number): string {
  const data = {
    schema: SCHEMA,
    omittedEvents: events,
    omittedLanes: lanes,
    omittedFlows: flows,
    limitBytes,
  };
  return `\n],\n"otherData": ${json(data)}\n}\n`;
}

/** Picoseconds as microseconds, exactly: 1 ps is `0.000001`. */
export function microseconds(ps: number): string {
  assert(Number.isSafeInteger(ps) && ps >= 0, `a trace's time is a whole number of picoseconds, not ${ps}`);
  const fraction = ps % PS_PER_US;
  return `${(ps - fraction) / PS_PER_US}.${String(fraction).padStart(6, "0")}`;
}

/** JSON in ASCII: JSON.stringify leaves DEL, C1 controls and everything beyond them as they are. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
