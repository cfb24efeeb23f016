// node check-speed.js WORLDS KERNEL: checks a ring all-reduce in this process; prints operations, ms and peak memory.
import { performance } from "node:perf_hooks";
import { join } from "node:path";
import { checkSession } from "../../dist/src/session/check.js";
import { root } from "./measure.js";

const worlds = process.argv[2].split(",").map(Number);
const options = {
  file: join(root, process.argv[3]),
  worlds,
  depth: null,
  topology: "host",
  set: [],
  bytes: 4096,
  dtype: "f32",
  constexpr: {},
  data: "±1",
  seed: 0,
};
// Once for the compiler's cache, and the JIT, as in a session that lasts.
await checkSession({ ...options, worlds: [4] }, {});
const start = performance.now();
const { result, exitCode } = await checkSession(options, {});
const ms = performance.now() - start;
if (exitCode !== 0) throw new Error(`the check ended with exit code ${exitCode}`);
const operations = result.kernels[0].worlds.reduce((sum, world) => sum + world.operations, 0);
const leastDepths = result.kernels[0].worlds.map(({ leastDepth }) => leastDepth);
const peakMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
console.log(JSON.stringify({ ms, operations, peakMb, leastDepths }));
