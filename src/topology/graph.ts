/** The directed graph of one SIP: what it consists of, and how it is put together. */
import { nsToPs, psPerByte } from "../base/units.js";

export type SipNodeKind =
  | "router"
  | "pe"
  | "m_cpu"
  /** The controller of one PE's slice of HBM. */
  | "hbm_ctrl"
  /** The memory that the PEs of a cube share. */
  | "sram"
  /** One UCIe connection on a side of a cube. */
  | "ucie"
  | "pcie_ep"
  | "io_cpu"
  | "io_noc"
  /** A PHY of the IO chiplet, or one of its connections. */
  | "io_ucie";

/** `direct`: between two PEs that are joined point to point. */
type SipLinkKind = "router" | "attach" | "ucie" | "io" | "direct";

interface SipNode {
  /** `cube3.r0c2`, `cube3.pe5`, `cube3.m_cpu`, `cube3.ucie_e.conn1`, `io.pcie_ep`. */
  name: string;
  kind: SipNodeKind;
  /** Index of the cube; −1 on the IO chiplet. */
  cube: number;
}

interface SipLink {
  from: number;
  to: number;
  kind: SipLinkKind;
  /** `x` for a step east or west, `y` for north or south, null for the rest. */
  axis: "x" | "y" | null;
  psPerByte: number;
  /** Propagation and the overhead of entering `to`, in whole ps. */
  latencyPs: number;
  lengthUm: number;
}

/**
 * One SIP; all SIPs are equal. Nodes and links of cube k are those of cube 0 moved by k × `nodesPerCube` and
 * k × `linksPerCube`; links between cubes and the IO chiplet follow. Both are 0 where the cubes need not be alike.
 */
export interface SipGraph {
  readonly nodes: readonly SipNode[];
  readonly links: readonly SipLink[];
  readonly nodesPerCube: number;
  readonly linksPerCube: number;
  /** Do PEs pass on what others send, as those joined point to point must? */
  readonly pesForward: boolean;
  readonly ioCpuNode: number;
  readonly pcieNode: number;
  peNode(cube: number, pe: number): number;
  /** Where the slice of HBM of a PE is reached. */
  hbmNode(cube: number, pe: number): number;
  sramNode(cube: number): number;
  mCpuNode(cube: number): number;
  /**
   * The link from a PE to its eastern or western neighbour where PEs are joined point to point, else null. With
   * two PEs both directions reach the same one over a link each, which a route between nodes cannot tell apart.
   */
  ringLink(pe: number, direction: "E" | "W"): number | null;
}

export interface LinkOptions {
  kind: SipLinkKind;
  axis?: "x" | "y" | null;
  bandwidthGBps: number;
  lengthUm: number;
  /** Latency besides propagation and the overhead of the node that is entered. */
  extraNs?: number;
}

/** Collects nodes and links. */
export class GraphBuilder {
  readonly nodes: SipNode[] = [];
  readonly links: SipLink[] = [];
  private readonly overheadPs: number[] = [];

  constructor(private readonly nsPerMm: number) {}

  /** `overheadNs` is paid by whatever enters the node. */
  addNode(kind: SipNodeKind, cube: number, name: string, overheadNs = 0): number {
    this.overheadPs.push(nsToPs(overheadNs));
    return this.nodes.push({ name, kind, cube }) - 1;
  }

  addLink(from: number, to: number, options: LinkOptions): number {
    const { kind, axis = null, bandwidthGBps, lengthUm, extraNs = 0 } = options;
    const propagationPs = Math.round(lengthUm * this.nsPerMm); // µm × ns/mm = ps
    const latencyPs = propagationPs + nsToPs(extraNs) + this.overheadPs[to]!;
    return (
      this.links.push({ from, to, kind, axis, psPerByte: psPerByte(bandwidthGBps), latencyPs, lengthUm }) - 1
    );
  }

  /** A link in each direction. */
  join(a: number, b: number, options: LinkOptions): void {
    this.addLink(a, b, options);
    this.addLink(b, a, options);
  }
}
