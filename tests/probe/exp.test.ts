import {test} from "vitest";
import { ProbedHost } from "../../src/probe/accesses.js";
import { simulateAccesses } from "../../src/probe/simulate.js";
import { loadTopology } from "../../src/topology/load.js";
import { buildSipGraph } from "../../src/topology/sip-graph.js";
test("x",()=>{
for (const preset of ["ring","host"]) {
 const t=loadTopology(preset,[]); const h=new ProbedHost(t,buildSipGraph(t));
 const n=h.cubes*h.pesPerCube;
 let t0=performance.now();
 const a=Array.from({length:n},(_,i)=>h.byPe("read",i,i)); console.log(preset,"paths local",performance.now()-t0); t0=performance.now();
 const b=Array.from({length:n},(_,i)=>h.byPe("read",i,0)); console.log("paths one",performance.now()-t0);t0=performance.now();
 console.log(Math.max(...simulateAccesses(h,a,32768)), "sim local",performance.now()-t0);t0=performance.now();
 console.log(Math.max(...simulateAccesses(h,b,preset==="ring"?4096:1<<20)), "sim one",performance.now()-t0);t0=performance.now();
}
}, 100000);
