// Whole runs of the shipped kernels, as users start them.
import { Unmeasured, errorLine, medianRun, pythonWithSimpy, runLinqu, runProcess } from "./measure.js";

const RING = ["--kernel", "kernels/ring-allreduce.ts"];
/** The link and queue of preset `ring`: latency in ns, bandwidth in GB/s, slots. */
const RING_LINK = ["500", "50", "4"];
const CLUSTER_PES = 262_144;
const MB = 1e6;

export const runRows = [
  {
    name: "ring of 1,024, 1 MB, vs SimPy",
    goal: "≥ 15× (25×), ≤ 250 MB",
    measure: ringAgainstSimpy,
  },
  runRow("ring of 1,024 over 4 hosts, NoC", [
    ...RING,
    "--topology",
    "pod",
    "--device",
    "host:0-3",
    "--bytes",
    "1MB",
  ]),
  runRow("supernode, 4 KiB, verified", ["--topology", "supernode", "--verify-data"], "≤ 2 s, ≤ 600 MB"),
  runRow("cluster, 4 KiB", ["--topology", "cluster"], "≤ 10 s, ≤ 1,000 MB"),
  runRow("cluster, 96 KiB", ["--topology", "cluster", "--bytes", "96KiB"], "≤ 60 s, ≤ 1,500 MB", {
    slow: true,
  }),
  ...[64, 256, 1024, 4096].map((ranks) =>
    runRow(`ring of ${ranks}, 1 KiB a message`, ringOf(ranks), "equal ns/message", { slow: ranks === 4096 }),
  ),
  runRow("65,536 ranks, hierarchical", ["--topology", "cluster", "--device", "host:0-255"], "< 5 s"),
  { name: "an idle PE", goal: "≤ 512 B", measure: () => bytesPerPe(["--device", "host:0"]) },
  { name: "a running PE", goal: "≤ 2,048 B", measure: () => bytesPerPe([]) },
];

function runRow(name, args, goal = "", { slow = false } = {}) {
  return {
    name,
    goal,
    measure({ quick }) {
      if (quick && slow) throw new Unmeasured("skipped: --quick");
      return figures(medianRun(() => runLinqu(args), quick));
    },
  };
}

/** Simulation only: the check that a run begins with has rows of its own. */
function ringOf(ranks) {
  return [
    ...RING,
    "--topology",
    "ring",
    "--set",
    `counts.pesPerCube=${ranks}`,
    "--bytes",
    `${ranks}KiB`,
    "--no-check",
  ];
}

function figures({ result, seconds }) {
  return {
    seconds,
    peakMb: result.peakRssBytes / MB,
    simulatedUs: result.simulatedNs / 1000,
    eventsPerMessage: result.events / result.messages,
    nsPerMessage: (result.wallMs * 1e6) / result.messages,
    nsPerEvent: (result.wallMs * 1e6) / result.events,
  };
}

/** Whole process against whole process; the quick form takes a quarter of the ranks. */
function ringAgainstSimpy({ quick }) {
  const ranks = quick ? 256 : 1024;
  const ours = figures(medianRun(() => runLinqu(ringOf(ranks)), quick));
  const python = pythonWithSimpy();
  if (python === null) return { ...ours, ratio: "skipped: no SimPy" };
  const program = ["tests/perf/ring/ring_simpy.py", `${ranks}`, `${ranks * 1024}`, ...RING_LINK];
  const simpy = runProcess(python, program);
  if (simpy.status !== 0) throw new Unmeasured(`failed: ${errorLine(simpy.stderr) ?? "SimPy"}`);
  const ratio = (simpy.seconds / ours.seconds).toFixed(1);
  return { ...ours, ratio: `${ratio}× SimPy${quick ? " at 256" : ""}` };
}

/** Growth of peak memory from one host to the cluster, over the PEs that were added. */
function bytesPerPe(device) {
  const small = runLinqu(["--topology", "host"]).result;
  const large = runLinqu(["--topology", "cluster", ...device]).result;
  const bytes = (large.peakRssBytes - small.peakRssBytes) / (CLUSTER_PES - small.pes);
  return { peakMb: large.peakRssBytes / MB, ratio: `${Math.round(bytes)} B` };
}
