import { diagnostic, type Diagnostic, type RelatedLocation } from "../base/diagnostics.js";
import { formatRanges } from "../base/ranges.js";
import { formatNs, psToNs } from "../base/units.js";
import { axisText, directionText } from "../ccl/queues.js";
import { AXES } from "../ccl/rank-layout.js";
import { Reception, type Channels } from "./ipcq/channels.js";
import type { Machine } from "./machine.js";
import { PeStatus } from "./pe/pe-state.js";

const MAX_GROUPS = 12;

interface Group {
  site: number;
  status: number;
  ranks: number[];
  /** What is called, and on which axis. */
  call: string;
  where: string;
  /** What the first rank waits for; ranks that wait for something else are told apart. */
  state: string;
}

/**
 * The proof of a deadlock: nothing is scheduled, and these kernels wait. Equal ones are one line: ranks, the call,
 * its position, axis and direction, the peer of the first, and the state of its queue.
 * @returns null when no kernel is blocked
 */
export function blockedKernels(machine: Machine, opOf: (site: number) => string): Diagnostic | null {
  const groups = groupBlocked(machine);
  if (groups.length === 0) return null;
  const { core, layout } = machine;
  const blocked = groups.reduce((sum, group) => sum + group.ranks.length, 0);
  const detail: string[] = [];
  const related: RelatedLocation[] = [];
  for (const group of groups.slice(0, MAX_GROUPS)) {
    const { ranks, site, call, where } = group;
    const at = core.whereIs(site);
    const position = at === null ? "" : ` at ${at.file}:${at.line}:${at.column}`;
    const first = ranks[0]!;
    const plural = ranks.length === 1 ? `rank ${first} waits` : `ranks ${formatRanges(ranks)} wait`;
    detail.push(`${plural} in ${opOf(site)}${call}${position}, ${where}`);
    detail.push(`  ${waitOf(machine, group)}`);
    if (at !== null)
      related.push({
        at,
        message: ranks.length === 1 ? `rank ${first} waits here` : `ranks ${formatRanges(ranks)} wait here`,
      });
  }
  if (groups.length > MAX_GROUPS) detail.push(`… and ${groups.length - MAX_GROUPS} more groups`);
  const first = groups[0]!;
  const done = core.pes.status.reduce((sum, status) => sum + (status === PeStatus.done ? 1 : 0), 0);
  detail.push(
    `${done} of ${layout.world} ranks had ended; the last event was at ${formatNs(psToNs(core.engine.nowPs))}`,
  );
  return diagnostic({
    code: "LQ3101",
    message: `deadlock: ${blocked} of ${layout.world} ranks wait for something that nobody will do`,
    at: core.whereIs(first.site),
    related: related.slice(1),
    detail,
    hint: hintFor(machine, first),
  });
}

function groupBlocked(machine: Machine): Group[] {
  const groups = new Map<string, Group>();
  const { pes } = machine.core;
  for (let rank = 0; rank < machine.layout.world; rank++) {
    const status = pes.status[rank]!;
    const wait =
      status === PeStatus.awaitingBarrier
        ? barrierWait(machine, rank)
        : waitsForPeer(status)
          ? queueWait(machine, rank, status)
          : null;
    if (wait === null) continue;
    const site = pes.site[rank]!;
    const key = `${site}/${status}/${wait.call}/${wait.where}/${wait.state}`;
    const group = groups.get(key);
    if (group) group.ranks.push(rank);
    else groups.set(key, { site, status, ranks: [rank], ...wait });
  }
  return [...groups.values()].sort((a, b) => b.ranks.length - a.ranks.length || a.ranks[0]! - b.ranks[0]!);
}

function waitsForPeer(status: number): boolean {
  return (
    status === PeStatus.awaitingArrival ||
    status === PeStatus.awaitingCredit ||
    status === PeStatus.awaitingReceive
  );
}

type Wait = Pick<Group, "call" | "where" | "state">;

function queueWait({ core, channels }: Machine, rank: number, status: number): Wait {
  const channel = core.pes.channel[rank]!;
  const sends = status === PeStatus.awaitingCredit;
  const axis = channels.axis[channel]!;
  const direction = directionText(axis, sends ? channels.direction[channel]! : channels.arrival[channel]!);
  return {
    call: status === PeStatus.awaitingReceive ? ` for a receive from ${direction}` : `(${direction})`,
    where: axisText(axis),
    state: queueState(channels, channel, sends),
  };
}

function barrierWait(machine: Machine, rank: number): Wait {
  const { axis, ranks } = machine.barriers.missing(rank);
  const [first] = ranks;
  const states = `rank ${first} ${peerState(machine, first!)}`;
  const others = ranks.length === 1 ? "" : `, in all ${formatRanges(ranks)} are missing`;
  return {
    call: "()",
    where: axis < 0 ? "the whole world" : `axis ${AXES[axis]}`,
    state: `${states}${others}`,
  };
}

/** What the first rank of a group waits for. */
function waitOf(machine: Machine, { status, ranks, state }: Group): string {
  const { core, channels, layout } = machine;
  const first = ranks[0]!;
  const name = `rank ${first} (${layout.peName(first)})`;
  if (status === PeStatus.awaitingBarrier) return `${name} ← ${state}`;
  const channel = core.pes.channel[first]!;
  const sends = status === PeStatus.awaitingCredit;
  const peer = sends ? channels.target[channel]! : channels.source[channel]!;
  return `${name} ${sends ? "→" : "←"} rank ${peer} (${peerState(machine, peer)}): ${state}`;
}

/** What a sender or a receiver misses. */
function queueState(channels: Channels, channel: number, sends: boolean): string {
  const sent = channels.sent[channel]!;
  const received = channels.received[channel]!;
  const isDirect = channels.reception[channel] === Reception.direct;
  if (sends && isDirect) return `no receive posted, ${received} messages received so far`;
  if (sends)
    return `${sent - received} of ${channels.slots} slots full, ${received} messages received so far`;
  return `${isDirect ? "nothing sent" : "queue empty"}, ${received} of ${sent} sent messages received`;
}

function hintFor({ core, channels }: Machine, { status, ranks }: Group): string {
  if (status === PeStatus.awaitingBarrier)
    return "every member of a barrier's axis must come to it, as often as the others do";
  if (status !== PeStatus.awaitingCredit)
    return "every receive needs a send from that neighbour, in the same order";
  return channels.reception[core.pes.channel[ranks[0]!]!] === Reception.direct
    ? "a send that is received with tl.recvInto waits until the receive is posted: post it before waiting for anything else"
    : "every send needs a receive at the other end, or a deeper queue (--set ipcq.slots=N)";
}

function peerState({ core }: Machine, peer: number): string {
  switch (core.pes.status[peer]) {
    case PeStatus.done:
      return "has ended";
    case PeStatus.idle:
      return "was never started";
    default: {
      const at = core.whereIs(core.pes.site[peer]!);
      return at === null ? "waits too" : `waits at line ${at.line}`;
    }
  }
}
