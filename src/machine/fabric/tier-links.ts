import { nsToPs, psPerByte } from "../../base/units.js";
import type { Topology } from "../../topology/topology.js";

interface TierLink {
  name: string;
  psPerByte: number;
  latencyPs: number;
}

/**
 * Links above the SIP, made when first used. One crossing of a tier takes its latency, half of it on the way up and
 * half on the way down; a message pays the network's overhead once, where it enters the host's NIC. The uplink of a
 * pod or supernode carries the tier's bandwidth of all hosts below it, divided by its oversubscription.
 *
 * PCIe's latency is that between host and chip; half of it lies on each side of the host's switch.
 */
export class TierLinks {
  readonly links: TierLink[] = [];
  private readonly numberOf = new Map<string, number>();

  constructor(private readonly topology: Topology) {}

  /** Link numbers from the PCIe end point of one SIP to that of another. */
  route(source: { host: number; sip: number }, target: { host: number; sip: number }): number[] {
    const { network, counts } = this.topology;
    const route = [this.sip("up", source)];
    if (source.host !== target.host) {
      const pod = (index: number): number => Math.floor(index / counts.hostsPerPod);
      const supernode = (index: number): number => Math.floor(pod(index) / counts.podsPerSupernode);
      const samePod = pod(source.host) === pod(target.host);
      const sameSupernode = supernode(source.host) === supernode(target.host);
      const { hostsPerPod, podsPerSupernode } = counts;
      const podGBps = (network.clos1.bandwidthGBps * hostsPerPod) / network.clos1.oversubscription;
      const supernodeGBps =
        (network.clos2.bandwidthGBps * hostsPerPod * podsPerSupernode) / network.clos2.oversubscription;
      const half = (latencyNs: number): number => latencyNs / 2;
      const nic = network.pod.bandwidthGBps / network.pod.oversubscription;
      route.push(
        this.add(`host${source.host} → pod`, nic, half(network.pod.latencyNs) + network.messageOverheadNs),
      );
      if (!samePod) {
        route.push(this.add(`pod${pod(source.host)} → clos1`, podGBps, half(network.clos1.latencyNs)));
        if (!sameSupernode) {
          const [up, down] = [supernode(source.host), supernode(target.host)];
          route.push(this.add(`supernode${up} → clos2`, supernodeGBps, half(network.clos2.latencyNs)));
          route.push(this.add(`clos2 → supernode${down}`, supernodeGBps, half(network.clos2.latencyNs)));
        }
        route.push(this.add(`clos1 → pod${pod(target.host)}`, podGBps, half(network.clos1.latencyNs)));
      }
      route.push(this.add(`pod → host${target.host}`, nic, half(network.pod.latencyNs)));
    }
    route.push(this.sip("down", target));
    return route;
  }

  /** The link from the host's switch down to a SIP, or from the SIP up to it. */
  sip(way: "up" | "down", { host, sip }: { host: number; sip: number }): number {
    const { pcieGBps, pcieNs } = this.topology.host;
    const name = way === "up" ? `host${host}/sip${sip} → switch` : `host${host}/switch → sip${sip}`;
    return this.add(name, pcieGBps, pcieNs / 2);
  }

  /** The link between a host and its switch, which is wide enough for all SIPs at once. */
  host(way: "up" | "down", { host }: { host: number }): number {
    const { host: pcie, counts } = this.topology;
    const name = way === "up" ? `host${host}/switch → host` : `host${host} → switch`;
    return this.add(name, pcie.pcieGBps * counts.sipsPerHost, pcie.pcieNs / 2);
  }

  private add(name: string, bandwidthGBps: number, latencyNs: number): number {
    const known = this.numberOf.get(name);
    if (known !== undefined) return known;
    this.numberOf.set(name, this.links.length);
    return this.links.push({ name, psPerByte: psPerByte(bandwidthGBps), latencyPs: nsToPs(latencyNs) }) - 1;
  }
}
