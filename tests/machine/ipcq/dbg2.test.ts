import { it } from "vitest";
import { RankLayout } from "../../../src/ccl/rank-layout.js";
import { planQueues } from "../../../src/ccl/queues.js";
import { Links } from "../../../src/machine/fabric/links.js";
import { selectDevices } from "../../../src/topology/device.js";
import { loadTopology } from "../../../src/topology/load.js";
import { buildSipGraph } from "../../../src/topology/sip-graph.js";
it("x", () => {
  const topology = loadTopology("sip", []);
  const layout = new RankLayout(topology, selectDevices(topology, "all"), "pe");
  const plan = planQueues(layout, ["cube:E","cube:W","cube:N","cube:S"]);
  const links = new Links(topology, buildSipGraph(topology), layout, plan, false);
  const r = plan.insideSip.findIndex((q) => q.source === 112 && q.target === 104);
  for (let i = 0; i < links.routeLength[r]!; i++) { const h = links.routeStart[r]! + i; console.log("HOP", i, links.nameOf(links.hopLink[h]!), 1 / links.classPsPerByte[links.hopClass[h]!]! * 1000, links.classLatencyPs[links.hopClass[h]!]); }
});
