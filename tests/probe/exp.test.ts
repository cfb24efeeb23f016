import {test} from "vitest";
import { probe } from "../../src/probe/probe.js";
import { loadTopology } from "../../src/topology/load.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";
test("x",()=>{
const sets: [string,string[]][]=[
["host",["pe.tcm.writeGBps=64"]],["host",["pe.tcm.readGBps=64"]],["host",["pe.hbm.commitNs=20"]],["host",["pe.hbm.commitNs=0"]],["host",["pe.hbm.channels=4"]],
["host",["pe.hbm.burstBytes=64"]],["host",["pe.hbm.burstBytes=512"]],["host",["pe.hbm.burstBytes=1024"]],["host",["fabric.flitBytes=64"]],["host",["fabric.flitBytes=128"]],["host",["fabric.flitBytes=1024"]],["host",["fabric.flitBytes=512","pe.hbm.commitNs=16"]],["host",["fabric.flitBytes=100"]],
["host",["ucie.bandwidthGBps=20"]],["host",["ucie.portNs=0"]],["host",["fabric.nsPerMm=0"]],["host",["host.pcieNs=0"]],["host",["fabric.routerOverheadNs=3.3"]],["host",["fabric.flitTrains=false"]],["host",["fabric.bufferFlits=1"]],["host",["fabric.bufferFlits=4"]],["host",["pe.hbm.turnaroundNs=10"]],["cube",["fabric.bufferFlits=16"]],["ring",["fabric.bufferFlits=2"]],["ring",["counts.pesPerCube=2"]],["ring",["counts.pesPerCube=8"]],["cube",["fabric.kind=crossbar"]],["host",["cubes.columns=2","cubes.rows=1"]],["host",["cubes.columns=1"]],
["host",["fabric.routerBandwidthGBps=17.3"]],
];
for (const [preset,set] of sets) {
 let t; try { t=loadTopology(preset,set);} catch(e) {console.log(set,String(e)); continue;} const g=buildSipGraph(t);
 for (const bytes of [null,[1,100,255,257,5000,100000]]) {
 let t0=performance.now();
 const {result,diagnostics}=probe(t,g,{cases:null,bytes,hops:false});
 const worst=result.cases.filter(c=>c.accesses===1).flatMap(c=>c.sizes.map(s=>[Math.abs(s.simulatedNs-s.formulaNs),c.name+s.bytes] as const)).sort((a,b)=>b[0]-a[0])[0];
 console.log(preset,set.join(),Math.round(performance.now()-t0),result.invariants.map(i=>i.checks+"/"+i.broken).join(" "), worst!.join(" "));
 for(const d of diagnostics.slice(0,3)) console.log("   ",d.code,d.message);
 }
}
}, 300000);
