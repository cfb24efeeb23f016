// The chip at work, as it is and with every flit moving on its own: what its events cost, and what trains save.
import { medianRun, runLinqu, runScript } from "./measure.js";

const KB = 1024;

export const chipRows = [
  chipRow("GEMM, 8 shapes × 3 stagings", (flitTrains) => runScript("gemm-sweep.js", [flitTrains])),
  // Every rank loads and stores its vector; the root reads the sum back.
  collectiveRow("all-reduce, 256 PEs, 64 KB each", 64 * KB, "kernbench", "hierarchical", 2 * 256 + 1),
  collectiveRow("all-reduce, 96 cubes, 96 KB each", 96 * KB, "kernbench-6sip", "centre-root", 2 * 96),
  dmaRow("128 PEs read their own slices", "read", "own", 1024 * KB),
  dmaRow("128 PEs write their own slices", "write", "own", 1024 * KB),
  dmaRow("128 PEs read 5 cubes further", "read", 5, 256 * KB),
  dmaRow("128 PEs write 5 cubes further", "write", 5, 256 * KB),
];

/** @param run gives wall ms, events and bytes of one run with the value of `fabric.flitTrains` */
function chipRow(name, run) {
  return {
    name,
    measure({ quick }) {
      const trains = medianRun(() => run(true), quick);
      const flits = medianRun(() => run(false), quick);
      return { ...trains, flitWall: flits.wallMs / trains.wallMs, flitEvents: flits.events / trains.events };
    },
  };
}

/** @param accesses vectors that are loaded or stored; a message of the preset carries a whole vector */
function collectiveRow(name, bytes, topology, algorithm, accesses) {
  const flags = ["--topology", topology, "--algorithm", algorithm, "--bytes", `${bytes}`];
  return chipRow(name, (flitTrains) => {
    const { result, seconds } = runLinqu([...flags, "--set", `fabric.flitTrains=${flitTrains}`]);
    const { wallMs, events, messages } = result;
    return { seconds, wallMs, events, bytes: (accesses + messages) * bytes };
  });
}

function dmaRow(name, way, pattern, bytes) {
  return chipRow(name, (flitTrains) => runScript("dma-traffic.js", [way, pattern, bytes, flitTrains]));
}
