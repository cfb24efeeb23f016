// `node tests/perf/gemm-sweep.js FLIT_TRAINS`: all shapes and stagings of fixtures/gemm-sweep.ts on one PE, one run
// after the other. Prints wall ms, events and bytes of all runs together as JSON.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runSession } from "../../dist/src/session/run.js";

const [flitTrains] = process.argv.slice(2);
const shapes = JSON.parse(readFileSync(new URL("fixtures/gemm-shapes.json", import.meta.url), "utf8"));
const kernels = fileURLToPath(new URL("fixtures/gemm-sweep.ts", import.meta.url));
const ELEMENT_BYTES = 2;
/** Tiles of the preset, in rows of A, inner dimension and columns of B. */
const TILE = [32, 64, 32];

/** What the DMA moves: loaded operands once, streamed ones for every tile that needs another part of them. */
function bytesMoved([m, k, n], [a, b]) {
  const [rows, depth, columns] = [m, k, n].map((size, axis) => Math.ceil(size / TILE[axis]));
  const timesA = a === "ref" && depth > 1 ? columns : 1;
  const timesB = b === "ref" && (depth > 1 || columns > 1) ? rows : 1;
  return ELEMENT_BYTES * (timesA * m * k + timesB * k * n + m * n);
}

const sum = { wallMs: 0, events: 0, bytes: 0 };
for (const shape of shapes) {
  for (const staging of ["load_load", "load_ref", "ref_ref"]) {
    const { result, diagnostics } = await runSession(
      {
        bench: null,
        kernel: `${kernels}#${staging}_${shape.join("x")}`,
        topology: "kernbench",
        set: [`fabric.flitTrains=${flitTrains}`],
        device: "sip:0/cube:0/pe:0",
        bytes: 4,
        dtype: "f16",
        algorithm: null,
        verify: false,
        data: "±1",
        seed: 1,
        dump: null,
        inject: null,
        force: false,
        trace: null,
      },
      {},
    );
    if (result === null) throw new Error(diagnostics[0].message);
    sum.wallMs += result.wallMs;
    sum.events += result.events;
    sum.bytes += bytesMoved(shape, staging.split("_"));
  }
}
console.log(JSON.stringify(sum));
