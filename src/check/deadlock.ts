import { diagnostic, type Diagnostic, type RelatedLocation } from "../base/diagnostics.js";
import { axisText, directionText } from "../ccl/queues.js";
import { AXES } from "../ccl/rank-layout.js";
import { RankStatus } from "./check-core.js";
import type { Execution } from "./execution.js";
import { ranksText } from "./findings.js";
import type { CheckSetup } from "./setup.js";

const MAX_GROUPS = 12;
/** Ranks of a cycle that are written out. */
const SHOWN_CYCLE = 9;

/** Ranks that wait at one place for the same. */
interface Group {
  site: number;
  call: string;
  state: string;
  ranks: number[];
}

/** What stands still: ranks that wait for each other, and ranks that wait for one that has ended. */
export interface Standstill {
  deadlock: Diagnostic | null;
  starvation: Diagnostic | null;
}

/** Whom every blocked rank waits for, and what follows from that. */
export function standstill(execution: Execution, setup: CheckSetup): Standstill {
  const waits = new WaitGraph(execution);
  const { cycle, inCycle, starved } = waits.analyse();
  const { world } = setup.layout;
  return {
    deadlock:
      cycle === null
        ? null
        : report(execution, setup, {
            code: "LQ3101",
            message: `deadlock: ${inCycle.length} of ${world} ranks wait for each other`,
            ranks: inCycle,
            first: cycleText(cycle),
            hint: hintFor(execution, cycle[0]!),
          }),
    starvation:
      starved.length === 0
        ? null
        : report(execution, setup, {
            code: "LQ3102",
            message: `${starved.length} of ${world} ranks wait for ranks that have ended: nothing more will come`,
            ranks: starved,
            first: null,
            hint: "every receive needs a send, every barrier all of its ranks",
          }),
  };
}

const DEEPER =
  "every send needs a receive at the other end before queues are full: receive in between, or post receives first";
const ORDER = "let one of these ranks send before it receives";
const OTHER_SIDE =
  "receive from the side that the messages come from: what one rank sends to the E, the next receives from the W";

function hintFor(execution: Execution, rank: number): string {
  if (execution.core.status[rank] === RankStatus.awaitingSlot) return DEEPER;
  return unreadText(execution, rank) === null ? ORDER : OTHER_SIDE;
}

function cycleText(cycle: readonly number[]): string {
  const shown = cycle.slice(0, SHOWN_CYCLE);
  const rest = cycle.length > shown.length ? ` → … (${cycle.length} ranks)` : ` → ${cycle[0]}`;
  return `rank ${shown.join(" → ")}${rest}, each waiting for the next`;
}

/** Who waits for whom. */
class WaitGraph {
  constructor(private readonly execution: Execution) {}

  /** A cycle, all ranks that are in some cycle or wait only for one, and those that wait for an ended rank themselves. */
  analyse(): { cycle: number[] | null; inCycle: number[]; starved: number[] } {
    const { core } = this.execution;
    const { world } = core.layout;
    /** What a rank's waiting comes to in the end. */
    const ends = new Uint8Array(world);
    const [unknown, onPath, cyclic, ended] = [0, 1, 2, 3];
    let cycle: number[] | null = null;
    const inCycle: number[] = [];
    const starved: number[] = [];
    for (let start = 0; start < world; start++) {
      const path: number[] = [];
      let rank = start;
      while (isBlocked(core.status[rank]!) && ends[rank] === unknown) {
        ends[rank] = onPath;
        path.push(rank);
        rank = this.nextOf(rank);
      }
      let end: number = ended;
      if (isBlocked(core.status[rank]!)) {
        end = ends[rank] === onPath ? cyclic : ends[rank]!;
        if (ends[rank] === onPath) {
          const found = path.slice(path.indexOf(rank));
          cycle ??= found;
          inCycle.push(...found);
        }
      } else if (core.status[rank] === RankStatus.ended && path.length > 0) {
        starved.push(path[path.length - 1]!);
      }
      for (const member of path) ends[member] = end;
    }
    return { cycle, inCycle: inCycle.sort((a, b) => a - b), starved: starved.sort((a, b) => a - b) };
  }

  /** The rank that a blocked one waits for: of several, one that has ended before others. */
  nextOf(rank: number): number {
    const { core, queues, barriers } = this.execution;
    if (core.status[rank] === RankStatus.awaitingBarrier) {
      const { ranks } = barriers.missing(rank);
      return (
        ranks.find((other) => core.status[other] === RankStatus.failed) ??
        ranks.find((other) => core.status[other] === RankStatus.ended) ??
        ranks[0]!
      );
    }
    const { source, target } = queues.channels;
    const channel = core.channel[rank]!;
    return core.status[rank] === RankStatus.awaitingMessage ? source[channel]! : target[channel]!;
  }
}

export function isBlocked(status: number): boolean {
  return status >= RankStatus.awaitingMessage && status <= RankStatus.awaitingBarrier;
}

interface Report {
  code: `LQ${string}`;
  message: string;
  ranks: readonly number[];
  first: string | null;
  hint: string;
}

function report(execution: Execution, setup: CheckSetup, asked: Report): Diagnostic {
  const { core } = execution;
  const groups = grouped(execution, setup, asked.ranks);
  const detail = asked.first === null ? [] : [asked.first];
  const related: RelatedLocation[] = [];
  for (const { ranks, site, call, state } of groups.slice(0, MAX_GROUPS)) {
    const at = core.whereIs(site);
    const who = ranksText(ranks);
    const position = at === null ? "" : ` at ${at.file}:${at.line}:${at.column}`;
    detail.push(`${who} ${ranks.length === 1 ? "waits" : "wait"} in ${call}${position}, ${state}`);
    detail.push(`  ${peerText(execution, new WaitGraph(execution), ranks[0]!)}`);
    const unread = unreadText(execution, ranks[0]!);
    if (unread !== null) detail.push(`  ${unread}`);
    detail.push(`  last operations of rank ${ranks[0]}: ${lastOperations(execution, setup, ranks[0]!)}`);
    if (at !== null) related.push({ at, message: `${who} ${ranks.length === 1 ? "waits" : "wait"} here` });
  }
  if (groups.length > MAX_GROUPS) detail.push(`… and ${groups.length - MAX_GROUPS} more groups`);
  const others =
    core.status.reduce((sum, status) => sum + (isBlocked(status) ? 1 : 0), 0) - asked.ranks.length;
  if (others > 0) detail.push(`${others} other ${others === 1 ? "rank waits" : "ranks wait"} for these`);
  const { code, message, hint } = asked;
  return diagnostic({
    code,
    message,
    at: core.whereIs(groups[0]!.site),
    related: related.slice(1),
    detail,
    hint,
  });
}

/** Blocked ranks by place and by what they wait for, the largest group first. */
function grouped(execution: Execution, setup: CheckSetup, ranks: readonly number[]): Group[] {
  const groups = new Map<string, Group>();
  for (const rank of ranks) {
    const site = execution.core.site[rank]!;
    const [call, state] = waitText(execution, setup, rank);
    const key = `${site} ${call} ${state}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { site, call, state, ranks: [rank] });
    else group.ranks.push(rank);
  }
  return [...groups.values()].sort((a, b) => b.ranks.length - a.ranks.length || a.ranks[0]! - b.ranks[0]!);
}

/** The operation that a rank waits in, and the state of what it waits for. */
function waitText({ core, queues, barriers }: Execution, setup: CheckSetup, rank: number): [string, string] {
  const op = setup.opOf(core.site[rank]!);
  if (core.status[rank] === RankStatus.awaitingBarrier) {
    const { axis, ranks } = barriers.missing(rank);
    return [`${op} of ${axis < 0 ? "the world" : `axis ${AXES[axis]}`}`, `for ${ranksText(ranks)}`];
  }
  const { axis, direction, arrival } = queues.channels;
  const channel = core.channel[rank]!;
  const where = axisText(axis[channel]!);
  if (core.status[rank] === RankStatus.awaitingMessage) {
    const from = directionText(axis[channel]!, arrival[channel]!);
    const call = op === "wait" ? `wait for a receive from ${from}` : `${op}(${from})`;
    return [call, `${where}: ${queues.sent[channel] === 0 ? "nothing was sent" : "the queue is empty"}`];
  }
  const isDirect = core.status[rank] === RankStatus.awaitingPost;
  const state = isDirect ? "no receive is posted" : `${queues.used[channel]} of ${queues.slots} slots full`;
  return [`${op}(${directionText(axis[channel]!, direction[channel]!)})`, `${where}: ${state}`];
}

/** Whom a rank waits for, and what that one does. */
function peerText({ core }: Execution, waits: WaitGraph, rank: number): string {
  const peer = waits.nextOf(rank);
  const at = isBlocked(core.status[peer]!) ? core.whereIs(core.site[peer]!) : null;
  const state = at === null ? "has ended" : `waits at line ${at.line}`;
  return `rank ${rank} (${core.layout.peName(rank)}) waits for rank ${peer}, which ${state}`;
}

/** What has come for a rank that waits for something else: it may receive from the wrong side. */
function unreadText({ core, queues }: Execution, rank: number): string | null {
  if (core.status[rank] !== RankStatus.awaitingMessage) return null;
  const { axis, arrival, source, target } = queues.channels;
  const channel = target.findIndex((to, each) => to === rank && queues.sent[each]! > queues.received[each]!);
  if (channel < 0) return null;
  const call = `recv(${directionText(axis[channel]!, arrival[channel]!)})`;
  return `what rank ${source[channel]} has sent to rank ${rank} waits for ${call}, ${axisText(axis[channel]!)}`;
}

/** The last operations of a rank with their lines, the oldest first. */
function lastOperations({ core }: Execution, setup: CheckSetup, rank: number): string {
  const parts = core.lastSites(rank).map((site) => {
    const at = core.whereIs(site);
    return at === null ? setup.opOf(site) : `${setup.opOf(site)} (line ${at.line})`;
  });
  return parts.join(", ");
}
