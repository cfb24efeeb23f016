// node warm-edit.js KERNEL CACHE: the time from the writing of an edit to the envelope of `linqu compile --watch`.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { median, root } from "./measure.js";

const EDITS = 7;
const [, , file, cache] = process.argv;
const watcher = spawn(process.execPath, [join(root, "bin/run.js"), "compile", file, "--watch", "--json"], {
  env: { ...process.env, XDG_CACHE_HOME: cache },
  stdio: ["ignore", "pipe", "inherit"],
});
const lines = createInterface({ input: watcher.stdout })[Symbol.asyncIterator]();
const source = readFileSync(file, "utf8");

async function nextEnvelope() {
  const { value, done } = await lines.next();
  if (done) throw new Error("linqu compile --watch ended");
  const envelope = JSON.parse(value);
  if (envelope.status !== "ok") throw new Error(envelope.error.message);
}

await nextEnvelope();
const times = [];
for (let edit = 0; edit < EDITS; edit++) {
  const start = process.hrtime.bigint();
  writeFileSync(file, `${source}\nexport const edit${edit} = ${edit};\n`);
  await nextEnvelope();
  times.push(Number(process.hrtime.bigint() - start) / 1e6);
}
writeFileSync(file, source);
watcher.kill("SIGINT");
// The first edits still meet a cold JIT; the median of all is what a user sees.
console.log(JSON.stringify({ editMs: median(times) }));
