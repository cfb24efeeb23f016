import { Engine } from "../engine/engine.js";
import { Links } from "../machine/fabric/links.js";
import { HbmChannels } from "../machine/memory/hbm-channels.js";
import { memorySystem } from "../machine/memory/memory-system.js";
import { psToNs } from "../base/units.js";
import type { Access, ProbedHost } from "./accesses.js";

/** Times in ns of accesses of so many bytes that start together on an idle machine; 0 for one that never ends. */
export type Measure = (host: ProbedHost, accesses: readonly Access[], bytes: number) => number[];

export const simulateAccesses: Measure = ({ topology, graph, layout }, accesses, bytes) => {
  const engine = new Engine();
  const links = new Links(topology, graph, layout, { insideSip: [], betweenSips: [] }, true);
  const hbm = new HbmChannels(topology, layout.world);
  const { traffic, memories } = memorySystem(engine, topology, graph, layout, links, hbm);
  const endsNs = accesses.map(() => 0);
  accesses.forEach(({ way, from, slice }, index) => {
    const done = (_startPs: number, endPs: number): void => void (endsNs[index] = psToNs(endPs));
    traffic[way]({ from, memory: memories.hbmOf(slice), address: 0, bytes, done }, 0);
  });
  engine.run(() => true);
  return endsNs;
};
