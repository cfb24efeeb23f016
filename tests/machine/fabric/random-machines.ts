/** Small random machines and traffic on them. */
import fc from "fast-check";
import type { Flow } from "./traffic.js";

/** Bandwidths at which flits of 4 bytes and more take whole picoseconds: 4 bytes in 8 to 500 ps. */
const wholePs = fc.constantFrom(8, 10, 20, 25, 32, 40, 50, 64, 100, 125, 200, 250, 400, 500);
/** Any bandwidth: 255.7 GB/s, say. */
const anyRate = fc.integer({ min: 80, max: 5000 }).map((tenths) => tenths / 10);

export interface RandomMachine {
  preset: "cube" | "ring";
  set: string[];
  ranks: number;
}

const HOLES = [
  [],
  [[1, 1]],
  [[0, 1]],
  [
    [1, 0],
    [1, 1],
  ],
];

/** A chip of 1–3 × 1–3 cubes with 2 PEs each and 2–6 × 2–6 routers, or a ring of PEs. */
export function machines(rates: "whole" | "any" = "whole"): fc.Arbitrary<RandomMachine> {
  const rate = rates === "whole" ? wholePs.map((ps) => 4000 / ps) : anyRate;
  const common = {
    flit: fc.constantFrom(64, 256, 1024),
    direct: rate,
    router: rate,
    ucie: rate,
    hbm: rate,
    tcmRead: rate,
    tcmWrite: rate,
    latency: fc.integer({ min: 0, max: 50 }),
    nsPerMm: fc.constantFrom(0, 0.1, 0.37, 2),
    commitNs: fc.constantFrom(0.5, 8, 31),
    channels: fc.constantFrom(1, 2, 8),
    requests: fc.integer({ min: 1, max: 4 }),
    turnaroundNs: fc.constantFrom(0, 5),
  };
  const chip = {
    columns: fc.integer({ min: 1, max: 3 }),
    rows: fc.integer({ min: 1, max: 3 }),
    routerColumns: fc.integer({ min: 2, max: 6 }),
    routerRows: fc.integer({ min: 2, max: 6 }),
    hole: fc.constantFrom(...HOLES),
    connections: fc.integer({ min: 1, max: 4 }),
    first: place(),
    second: place(),
  };
  const shared = (m: { [K in keyof typeof common]: number }): string[] => [
    `fabric.flitBytes=${m.flit}`,
    `fabric.nsPerMm=${m.nsPerMm}`,
    `fabric.routerBandwidthGBps=${m.router}`,
    `pe.hbm.bandwidthGBps=${m.hbm}`,
    `pe.hbm.commitNs=${m.commitNs}`,
    `pe.hbm.channels=${m.channels}`,
    `pe.hbm.turnaroundNs=${m.turnaroundNs}`,
    `pe.dma.requests=${m.requests}`,
    `pe.tcm.readGBps=${m.tcmRead}`,
    `pe.tcm.writeGBps=${m.tcmWrite}`,
  ];
  const cubes = fc.record({ ...common, ...chip }).map((m): RandomMachine => {
    // A side without routers, or a grid cut in two, is no machine.
    const hole = m.routerColumns > 2 && m.routerRows > 2 ? m.hole : [];
    return {
      preset: "cube",
      ranks: 2 * m.columns * m.rows,
      set: [
        ...shared(m),
        `cubes.columns=${m.columns}`,
        `cubes.rows=${m.rows}`,
        `cube.routerColumns=${m.routerColumns}`,
        `cube.routerRows=${m.routerRows}`,
        `cube.withoutRouters=${JSON.stringify(hole)}`,
        `ucie.connectionsPerSide=${m.connections}`,
        `ucie.bandwidthGBps=${m.ucie}`,
        `fabric.routerOverheadNs=${m.latency / 10}`,
        "counts.pesPerCube=2",
        `cube.pes=${JSON.stringify([m.first, m.second])}`,
      ],
    };
  });
  const rings = fc.record({ ...common, ranks: fc.integer({ min: 2, max: 7 }) }).map((m): RandomMachine => ({
    preset: "ring",
    ranks: m.ranks,
    set: [
      ...shared(m),
      `counts.pesPerCube=${m.ranks}`,
      `fabric.direct.bandwidthGBps=${m.direct}`,
      `fabric.direct.latencyNs=${m.latency}`,
    ],
  }));
  return fc.oneof({ weight: 3, arbitrary: cubes }, { weight: 1, arbitrary: rings });
}

function place(): fc.Arbitrary<{ xMm: number; yMm: number }> {
  return fc.record({ xMm: fc.integer({ min: 0, max: 18 }), yMm: fc.integer({ min: 0, max: 15 }) });
}

/** Flows between the ranks of a machine. */
export function flowsOn(
  { ranks }: RandomMachine,
  { minLength = 1, maxLength = 8, maxBytes = 20_000 } = {},
): fc.Arbitrary<Flow[]> {
  const rank = fc.integer({ min: 0, max: ranks - 1 });
  const flow = fc.record({
    kind: fc.constantFrom("read", "write", "message") as fc.Arbitrary<Flow["kind"]>,
    rank,
    peer: rank,
    bytes: fc.integer({ min: 1, max: maxBytes }),
    atNs: fc.integer({ min: 0, max: 300 }),
    address: fc.integer({ min: 0, max: 1 << 16 }),
  });
  return fc
    .array(flow, { minLength, maxLength })
    .map((flows) =>
      flows.map((each) =>
        each.kind === "message" && each.rank === each.peer
          ? { ...each, peer: (each.rank + 1) % ranks, kind: ranks > 1 ? "message" : "read" }
          : each,
      ),
    ) as fc.Arbitrary<Flow[]>;
}

export const machineAndFlows = (options?: Parameters<typeof flowsOn>[1], rates?: "whole" | "any") =>
  machines(rates).chain((machine) =>
    fc.record({ machine: fc.constant(machine), flows: flowsOn(machine, options) }),
  );

/** To whom each of so many ranks sends. */
export const permutation = (ranks: number): fc.Arbitrary<{ targets: number[] }> => {
  const all = Array.from({ length: ranks }, (_, rank) => rank);
  return fc.shuffledSubarray(all, { minLength: ranks, maxLength: ranks }).map((targets) => ({ targets }));
};
