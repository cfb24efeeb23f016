import { nsToPs } from "../../base/units.js";
import type { RankLayout } from "../../ccl/rank-layout.js";
import { Router } from "../../topology/routes.js";
import type { SipGraph } from "../../topology/sip-graph.js";
import type { Topology } from "../../topology/topology.js";
import { HbmChannels } from "./hbm-channels.js";
import { SliceTimelines, type Way, type Ways } from "./slice-timelines.js";

/** What a rank's last request was; NONE when it stands on the timelines. */
const NONE = 0;
const READ = 1;
const WRITE = 2;
const UPDATE = 3;

/** Entries of a rank, side by side because they are used together. */
const ENTRIES = 8;
/** From when on everything is idle; the last request; time of all requests, each from grant to end, and their bytes. */
const IDLE_PS = 0;
const KIND = 1;
const AT_PS = 2;
const ADDRESS = 3;
const BYTES = 4;
const REQUESTS_PS = 5;
const MOVED_BYTES = 6;

/** Durations that are remembered; a power of two. */
const REMEMBERED = 256;

/**
 * A PE and its own slice of HBM when no other PE can reach that slice in this run: every request is timed when it is
 * made, in program order, without an event.
 *
 * Most requests find everything idle, and then take a time that depends on their size and alignment only, which is
 * remembered. Such a request is put on the timelines only when the next one meets it there.
 */
export class LocalMemory {
  /** When the engine granted the last request; the time before that is queueing. */
  startPs = 0;

  private readonly timelines: SliceTimelines;
  /** Bits of an address inside a burst, whose size is a power of two. */
  private readonly burstMask: number;
  private readonly turnaroundPs: number;
  /** Kind of way by position in the cube; positions of one kind have equal ways. */
  private readonly kindOfWay: Uint16Array;
  /** A machine with one PE for each kind of way, on which durations are measured one after the other. */
  private readonly bench: SliceTimelines;
  private benchPs = 0;
  /** Way, direction and alignment, and size, of what is remembered. */
  private readonly keys = new Float64Array(REMEMBERED).fill(-1);
  private readonly sizes = new Float64Array(REMEMBERED);
  private readonly durationsPs = new Float64Array(REMEMBERED);
  /** ENTRIES by rank. */
  private readonly state: Float64Array;

  constructor(topology: Topology, graph: SipGraph, layout: RankLayout, channels: HbmChannels) {
    const { hbm } = topology.pe;
    const { world } = layout;
    const ways = waysOf(graph, layout);
    const kinds: Ways[] = [];
    const kindOf = new Map<string, number>();
    this.kindOfWay = Uint16Array.from(ways, (way) => {
      const key = JSON.stringify(way);
      const kind = kindOf.get(key) ?? kinds.push(way) - 1;
      kindOf.set(key, kind);
      return kind;
    });
    this.timelines = new SliceTimelines(topology, ways, world, channels);
    this.bench = new SliceTimelines(topology, kinds, kinds.length, new HbmChannels(topology, kinds.length));
    this.burstMask = hbm.burstBytes - 1;
    this.turnaroundPs = nsToPs(hbm.turnaroundNs);
    this.state = new Float64Array(world * ENTRIES);
  }

  /** Reads `bytes` at `address` of the slice of `rank`; returns when the last of them is in the TCM. */
  read(rank: number, address: number, bytes: number, atPs: number): number {
    return this.request(READ, rank, address, bytes, atPs);
  }

  /** Writes `bytes` to `address` of the slice of `rank`; returns when the completion has come back. */
  write(rank: number, address: number, bytes: number, atPs: number): number {
    return this.request(WRITE, rank, address, bytes, atPs);
  }

  /** Reads and writes in one step; returns when what was there is in the TCM. */
  update(rank: number, address: number, bytes: number, atPs: number): number {
    return this.request(UPDATE, rank, address, bytes, atPs);
  }

  /** Time of a rank's requests so far, each from grant to end: those that overlap count each. */
  requestsPs(rank: number): number {
    return this.state[rank * ENTRIES + REQUESTS_PS]!;
  }

  /** Bytes that a rank has moved to and from its slice so far. */
  movedBytes(rank: number): number {
    return this.state[rank * ENTRIES + MOVED_BYTES]!;
  }

  /** When the read engine can grant its next request. */
  nextReadPs(rank: number): number {
    this.putOnTimelines(rank);
    return this.timelines.nextReadPs(rank);
  }

  private request(kind: number, rank: number, address: number, bytes: number, atPs: number): number {
    const { state, timelines } = this;
    const entry = rank * ENTRIES;
    const moved = kind === UPDATE ? 2 * bytes : bytes;
    if (atPs >= state[entry + IDLE_PS]!) {
      const end = atPs + this.durationPs(kind, rank, address, bytes);
      state[entry + IDLE_PS] = end + this.turnaroundPs;
      state[entry + KIND] = kind;
      state[entry + AT_PS] = atPs;
      state[entry + ADDRESS] = address;
      state[entry + BYTES] = bytes;
      state[entry + REQUESTS_PS]! += end - atPs;
      state[entry + MOVED_BYTES]! += moved;
      this.startPs = atPs;
      return end;
    }
    this.putOnTimelines(rank);
    const end = serve(timelines, kind, rank, address, bytes, atPs);
    state[entry + IDLE_PS] = Math.max(state[entry + IDLE_PS]!, end + this.turnaroundPs);
    this.startPs = timelines.startPs;
    state[entry + REQUESTS_PS]! += end - this.startPs;
    state[entry + MOVED_BYTES]! += moved;
    return end;
  }

  private putOnTimelines(rank: number): void {
    const { state } = this;
    const entry = rank * ENTRIES;
    const kind = state[entry + KIND]!;
    if (kind === NONE) return;
    state[entry + KIND] = NONE;
    serve(this.timelines, kind, rank, state[entry + ADDRESS]!, state[entry + BYTES]!, state[entry + AT_PS]!);
  }

  /** How long a request takes that meets no other. */
  private durationPs(kind: number, rank: number, address: number, bytes: number): number {
    const { kindOfWay, keys, sizes, durationsPs } = this;
    const way = kindOfWay[rank % kindOfWay.length]!;
    const misaligned = address & this.burstMask;
    const key = (way * UPDATE + kind - READ) * (this.burstMask + 1) + misaligned;
    const at = (bytes + misaligned + kind + way) & (REMEMBERED - 1);
    if (keys[at] !== key || sizes[at] !== bytes) {
      keys[at] = key;
      sizes[at] = bytes;
      const end = serve(this.bench, kind, way, misaligned, bytes, this.benchPs);
      durationsPs[at] = end - this.benchPs;
      this.benchPs = end + this.turnaroundPs;
    }
    return durationsPs[at]!;
  }
}

function serve(
  timelines: SliceTimelines,
  kind: number,
  rank: number,
  address: number,
  bytes: number,
  atPs: number,
): number {
  if (kind === READ) return timelines.read(rank, address, bytes, atPs);
  return kind === WRITE
    ? timelines.write(rank, address, bytes, atPs)
    : timelines.update(rank, address, bytes, atPs);
}

/** The ways between the PEs of a cube and their slices. */
function waysOf(graph: SipGraph, layout: RankLayout): Ways[] {
  const router = new Router(graph);
  const way = (from: number, to: number): Way => {
    const links = [...router.route(from, to)].map((link) => graph.links[link]!);
    return {
      psPerByte: links.map((link) => link.psPerByte),
      latencyPs: links.map((link) => link.latencyPs),
      totalLatencyPs: links.reduce((sum, { latencyPs }) => sum + latencyPs, 0),
    };
  };
  return Array.from({ length: layout.sizes[0]! }, (_, rank) => {
    const { cube, pe } = layout.pePosition(rank);
    const [node, slice] = [graph.peNode(cube, pe), graph.hbmNode(cube, pe)];
    return { to: way(node, slice), from: way(slice, node) };
  });
}
