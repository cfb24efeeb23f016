import { it } from "vitest";
import { runSession } from "../../src/session/run.js";
it("x", async () => {
  const run = async (topology: string, exp: string, bytes: number, set: string[]=[]) => {
    const o = await runSession({ bench:null, kernel:`kernels/root-allreduce.ts#${exp}`, topology, set, device:"all", bytes, dtype:"f16", algorithm:null, verify:false, data:"±1", seed:1, dump:null, inject:null, force:false, trace:null }, {});
    if (o.exitCode) console.log(JSON.stringify(o.diagnostics).slice(0,300));
    return o.result!.collectiveNs;
  };
  for (const bytes of [256,2048,16384,65536]) {
    const c = await run("kernbench-apr-6sip","cornerRootAllReduce",bytes);
    console.log("apr corner", bytes, c, {256:1678,2048:1957,16384:4225,65536:12001}[bytes]);
    console.log("may centre", bytes, await run("kernbench-6sip","centreRootAllReduce",bytes));
  }
  for (const w of ["torus_2d","ring_1d","mesh_2d_no_wrap"]) {
    const set=[`sips.wiring=${w}`, ...(w==="ring_1d"?["sips.columns=6","sips.rows=1"]:[])];
    const a=await run("kernbench-6sip","cornerRootAllReduce",98304,set), b=await run("kernbench-6sip","centreRootAllReduce",98304,set);
    console.log(w, a, b, (b/a-1)*100);
  }
},100000);
