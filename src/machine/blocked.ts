import { diagnostic, type Diagnostic, type RelatedLocation } from "../base/diagnostics.js";
import { formatRanges } from "../base/ranges.js";
import { formatNs, psToNs } from "../base/units.js";
import { axisText, directionText } from "../ccl/queues.js";
import { Reception, type Channels } from "./ipcq/channels.js";
import type { Machine } from "./machine.js";
import { PeStatus } from "./pe/pe-state.js";

const MAX_GROUPS = 12;

interface Group {
  site: number;
  status: number;
  axis: number;
  direction: number;
  ranks: number[];
  /** Ranks whose queue is in another state are told apart. */
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
  const { core, channels, layout } = machine;
  const blocked = groups.reduce((sum, group) => sum + group.ranks.length, 0);
  const detail: string[] = [];
  const related: RelatedLocation[] = [];
  for (const group of groups.slice(0, MAX_GROUPS)) {
    const { ranks, site, axis, direction, status } = group;
    const call =
      status === PeStatus.awaitingReceive
        ? `${opOf(site)} for a receive from ${directionText(axis, direction)}`
        : `${opOf(site)}(${directionText(axis, direction)})`;
    const where = axisText(axis);
    const at = core.whereIs(site);
    const position = at === null ? "" : ` at ${at.file}:${at.line}:${at.column}`;
    const first = ranks[0]!;
    const channel = core.pes.channel[first]!;
    const sends = status === PeStatus.awaitingCredit;
    const peer = sends ? channels.target[channel]! : channels.source[channel]!;
    const plural = ranks.length === 1 ? `rank ${first} waits` : `ranks ${formatRanges(ranks)} wait`;
    detail.push(`${plural} in ${call}${position}, ${where}`);
    detail.push(
      `  rank ${first} (${layout.peName(first)}) ${sends ? "→" : "←"} rank ${peer} (${peerState(machine, peer)}): ${group.state}`,
    );
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

function groupBlocked({ core, channels, layout }: Machine): Group[] {
  const groups = new Map<string, Group>();
  const { pes } = core;
  for (let rank = 0; rank < layout.world; rank++) {
    const status = pes.status[rank]!;
    if (!waitsForPeer(status)) continue;
    const channel = pes.channel[rank]!;
    const sends = status === PeStatus.awaitingCredit;
    const axis = channels.axis[channel]!;
    const direction = sends ? channels.direction[channel]! : channels.arrival[channel]!;
    const state = queueState(channels, channel, sends);
    const site = pes.site[rank]!;
    const key = `${site}/${status}/${axis}/${direction}/${state}`;
    const group = groups.get(key);
    if (group) group.ranks.push(rank);
    else groups.set(key, { site, status, axis, direction, ranks: [rank], state });
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
