import { RankLayout } from "../ccl/rank-layout.js";
import type { Requester } from "../machine/memory/memory-traffic.js";
import { cubesPerSip } from "../topology/machine-size.js";
import type { SipGraph } from "../topology/sip-graph.js";
import type { Topology } from "../topology/topology.js";
import { HOST, Ways } from "./ways.js";
import type { Hop } from "./ways.js";

/** One read or write of a slice of HBM. */
export interface Access {
  way: "read" | "write";
  from: Requester;
  /** Rank of the PE whose slice it is. */
  slice: number;
  /** Names of both ends. */
  source: string;
  target: string;
  /** From the requester to the memory, and back. */
  there: Hop[];
  back: Hop[];
}

/** The first host of a machine, and what may be asked of its memories. */
export class ProbedHost {
  /** Ranks of the first host. */
  readonly layout: RankLayout;
  readonly cubes: number;
  readonly pesPerCube: number;
  private readonly ways: Ways;

  constructor(
    readonly topology: Topology,
    readonly graph: SipGraph,
  ) {
    const { sipsPerHost, pesPerCube } = topology.counts;
    this.cubes = cubesPerSip(topology);
    this.pesPerCube = pesPerCube;
    const indices = (count: number): number[] => [...Array(count).keys()];
    // Hosts are alike and share no memory, and all of a cluster would not fit.
    const devices = {
      hosts: [0],
      sips: indices(sipsPerHost),
      cubes: indices(this.cubes),
      pes: indices(pesPerCube),
    };
    this.layout = new RankLayout(topology, devices, "pe");
    this.ways = new Ways(topology, graph);
  }

  rank(sip: number, cube: number, pe: number): number {
    return (sip * this.cubes + cube) * this.pesPerCube + pe;
  }

  /** An access of the host to a slice. */
  byHost(way: Access["way"], slice: number): Access {
    return this.access(way, { place: HOST }, slice);
  }

  /** An access of a PE to a slice. */
  byPe(way: Access["way"], rank: number, slice: number): Access {
    return this.access(way, { rank, engine: way }, slice);
  }

  /** The way that data read from a slice take to a PE. */
  readWay(rank: number, slice: number): Hop[] {
    return this.ways.between(this.placeOf("hbm", slice), this.placeOf("pe", rank));
  }

  private access(way: Access["way"], from: Requester, slice: number): Access {
    const source = "place" in from ? from.place : this.placeOf("pe", from.rank);
    const target = this.placeOf("hbm", slice);
    const { ways } = this;
    return {
      way,
      from,
      slice,
      source: ways.nameOf(source),
      target: ways.nameOf(target),
      there: ways.between(source, target),
      back: ways.between(target, source),
    };
  }

  private placeOf(what: "pe" | "hbm", rank: number) {
    const { cube, pe } = this.layout.pePosition(rank);
    const node = what === "pe" ? this.graph.peNode(cube, pe) : this.graph.hbmNode(cube, pe);
    return { sip: this.layout.sipOf(rank), node };
  }
}
