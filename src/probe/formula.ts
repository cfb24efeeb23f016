/**
 * How long an access takes by arithmetic on the way's figures, and how much its bottleneck lets through. Nothing here
 * asks the simulator: the two are compared.
 */
import type { Topology } from "../topology/topology.js";
import type { Access } from "./accesses.js";
import { latencyNs } from "./ways.js";
import type { Hop } from "./ways.js";

/** Name of the term for the commit of the last burst being put off. */
export const CHANNEL_WAIT = "wait for its channel";

/** One part of a formula's time. */
export interface Term {
  what: string;
  ns: number;
}

/** Something on the way of data that lets so many bytes through, and how many accesses of the case use it. */
export interface Stage {
  name: string;
  bandwidthGBps: number;
  users: number;
}

export interface Formula {
  terms: Term[];
  ns: number;
  /** The stage with the smallest bandwidth for each user; the first of several. */
  bottleneck: Stage;
  /** What the bottleneck lets through for this access. */
  shareGBps: number;
}

/** When the first and the last flit of an access's data stand at a node, from its start. */
export interface NodePassage {
  node: string;
  firstNs: number;
  lastNs: number;
}

/** The formulas of accesses that start together: they share what they have in common in equal parts. */
export class Formulas {
  private readonly users = new Map<string, number>();

  constructor(
    private readonly topology: Topology,
    accesses: readonly Access[],
  ) {
    for (const access of accesses)
      for (const name of this.stagesOf(access).map((stage) => stage.name))
        this.users.set(name, (this.users.get(name) ?? 0) + 1);
  }

  of(access: Access, bytes: number): Formula {
    const stages = this.stagesOf(access).map((stage) => ({ ...stage, users: this.users.get(stage.name)! }));
    const bottleneck = stages.reduce((worst, stage) => (shareOf(stage) < shareOf(worst) ? stage : worst));
    const parts = access.way === "read" ? this.readTerms(access, bytes) : this.writeTerms(access, bytes);
    const terms = parts.map(({ what, ns }) => ({ what, ns: tidyNs(ns) })).filter(({ ns }) => ns > 0);
    return {
      terms,
      ns: tidyNs(terms.reduce((sum, { ns }) => sum + ns, 0)),
      bottleneck,
      shareGBps: shareOf(bottleneck),
    };
  }

  /** Node by node, for an access that is alone. */
  passages(access: Access, bytes: number): NodePassage[] {
    const flit = this.flit(bytes);
    const isRead = access.way === "read";
    const way = isRead ? access.back : access.there;
    const passages: NodePassage[] = [];
    const pass = (node: string, firstNs: number, restNs = 0): void =>
      void passages.push({ node, firstNs: tidyNs(firstNs), lastNs: tidyNs(firstNs + restNs) });
    let firstNs = this.lookUpNs(access);
    if (isRead) {
      firstNs += latencyNs(access.there);
      pass(`${access.target}, the command`, firstNs);
    }
    firstNs += isRead ? this.firstCommitNs(bytes) : flit / this.tcmGBps(access);
    const readyNs = isRead ? this.roundsNs(access, bytes) : (bytes - flit) / this.tcmGBps(access);
    pass(isRead ? access.target : access.source, firstNs, readyNs);
    way.forEach((hop, index) => {
      firstNs += flit / hop.bandwidthGBps + hop.latencyNs;
      pass(hop.to, firstNs, this.restNs(way.slice(0, index + 1), bytes, readyNs));
    });
    pass(`${access.source}, ${isRead ? "all of it" : "the completion"}`, this.of(access, bytes).ns);
    return passages;
  }

  private readTerms(access: Access, bytes: number): Term[] {
    const intoTcmNs = (bytes - this.flit(bytes)) / this.tcmGBps(access);
    return [
      { what: "look-up of the address", ns: this.lookUpNs(access) },
      { what: "command to the memory", ns: latencyNs(access.there) },
      { what: "commit of the first flit", ns: this.firstCommitNs(bytes) },
      { what: `first flit over ${links(access.back)}`, ns: firstFlitNs(access.back, this.flit(bytes)) },
      {
        what: "the rest at the bottleneck",
        ns: Math.max(this.restNs(access.back, bytes, this.roundsNs(access, bytes)), intoTcmNs),
      },
    ];
  }

  private writeTerms(access: Access, bytes: number): Term[] {
    const flit = this.flit(bytes);
    const tcmGBps = this.tcmGBps(access);
    const restNs = this.restNs(access.there, bytes, (bytes - flit) / tcmGBps);
    const { commitNs } = this.topology.pe.hbm;
    return [
      { what: "look-up of the address", ns: this.lookUpNs(access) },
      { what: "first flit out of the TCM", ns: flit / tcmGBps },
      { what: `first flit over ${links(access.there)}`, ns: firstFlitNs(access.there, flit) },
      { what: "the rest at the bottleneck", ns: restNs },
      { what: "commit of the last burst", ns: commitNs },
      { what: CHANNEL_WAIT, ns: this.channelWaitNs(access, bytes, restNs) },
      { what: "completion from the memory", ns: latencyNs(access.back) },
    ];
  }

  /**
   * How long after the first flit the last one comes out of a way when the source has it `readyNs` after the first. It
   * may be shorter than the others: then it catches up with the one before it, and follows it from that link on.
   */
  private restNs(way: readonly Hop[], bytes: number, readyNs: number): number {
    const flit = this.flit(bytes);
    const flits = Math.ceil(bytes / flit);
    if (flits === 1) return 0;
    const last = bytes - (flits - 1) * flit;
    const beforeReadyNs = (readyNs * (flits - 2)) / (flits - 1);
    let outNs = readyNs + firstFlitNs(way, last);
    let slowest = Infinity;
    let inNs = 0;
    way.forEach((hop, index) => {
      slowest = Math.min(slowest, this.shareOfLink(hop));
      const beforeNs = Math.max(((flits - 2) * flit) / slowest, beforeReadyNs);
      const leftNs = inNs + flit / hop.bandwidthGBps + beforeNs;
      const ownNs = last / this.shareOfLink(hop) + hop.latencyNs + firstFlitNs(way.slice(index + 1), last);
      outNs = Math.max(outNs, leftNs + ownNs);
      inNs += flit / hop.bandwidthGBps + hop.latencyNs;
    });
    return outNs - inNs;
  }

  /** A PE's addresses are virtual, those of the host are not. */
  private lookUpNs({ from }: Access): number {
    return "rank" in from ? this.topology.pe.mmu.tlbNs : 0;
  }

  /** Until all bursts of a read's first flit are committed, which may take some rounds of the channels. */
  private firstCommitNs(bytes: number): number {
    return this.roundsOfNs(this.flit(bytes), 1);
  }

  /** From then until the last commit. */
  private roundsNs(access: Access, bytes: number): number {
    return this.roundsOfNs(bytes, this.users.get(hbmName(access))!) - this.firstCommitNs(bytes);
  }

  /** A channel commits one burst after the other. */
  private roundsOfNs(bytes: number, users: number): number {
    const { channels, burstBytes, commitNs } = this.topology.pe.hbm;
    return Math.ceil((Math.ceil(bytes / burstBytes) * users) / channels) * commitNs;
  }

  /**
   * How long the last commit of a write is put off because bursts come faster than the channels commit them. A burst
   * is there with the flit that has its last byte; the last flit comes `arrivalNs` after the first.
   */
  private channelWaitNs(access: Access, bytes: number, arrivalNs: number): number {
    const { channels, burstBytes, commitNs } = this.topology.pe.hbm;
    const flit = this.flit(bytes);
    const lastFlit = Math.ceil(bytes / flit) - 1;
    const slowest = Math.min(this.tcmGBps(access), ...access.there.map((hop) => this.shareOfLink(hop)));
    const freeNs = new Float64Array(channels);
    for (let start = 0, burst = 0; start < bytes; start += burstBytes, burst++) {
      const index = Math.floor((Math.min(bytes, start + burstBytes) - 1) / flit);
      const thereNs = index === lastFlit ? arrivalNs : (index * flit) / slowest;
      const channel = burst % channels;
      freeNs[channel] = Math.max(freeNs[channel]!, thereNs) + commitNs;
    }
    return Math.max(...freeNs) - arrivalNs - commitNs;
  }

  private shareOfLink(hop: Hop): number {
    return hop.bandwidthGBps / this.users.get(linkName(hop))!;
  }

  /** Only a PE has a TCM that its data leave or enter. */
  private tcmGBps({ way, from }: Access): number {
    if ("place" in from) return Infinity;
    const { readGBps, writeGBps } = this.topology.pe.tcm;
    return way === "read" ? writeGBps : readGBps;
  }

  /** All that the data of an access pass. */
  private stagesOf(access: Access): Omit<Stage, "users">[] {
    const { channels, burstBytes, commitNs } = this.topology.pe.hbm;
    const way = access.way === "read" ? access.back : access.there;
    const stages = way.map((hop) => ({ name: linkName(hop), bandwidthGBps: hop.bandwidthGBps }));
    if ("rank" in access.from)
      stages.push({ name: `TCM of ${access.source}`, bandwidthGBps: this.tcmGBps(access) });
    stages.push({ name: hbmName(access), bandwidthGBps: (channels * burstBytes) / commitNs });
    return stages;
  }

  private flit(bytes: number): number {
    return Math.min(bytes, this.topology.fabric.flitBytes);
  }
}

/** Without the last digits, in which sums of fractions are off: a thousandth of a picosecond stays. */
export function tidyNs(ns: number): number {
  return Math.round(ns * 1e6) / 1e6;
}

function firstFlitNs(way: readonly Hop[], flit: number): number {
  return way.reduce((sum, hop) => sum + flit / hop.bandwidthGBps + hop.latencyNs, 0);
}

function shareOf({ bandwidthGBps, users }: Stage): number {
  return bandwidthGBps / users;
}

function linkName({ from, to }: Hop): string {
  return `${from} → ${to}`;
}

function hbmName({ target }: Access): string {
  return `channels of ${target}`;
}

function links(way: readonly Hop[]): string {
  return way.length === 1 ? "1 link" : `${way.length} links`;
}
