import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { runKernel, type TestOps } from "./helpers.js";

/** Every rank sends around the world's ring; on a chip this loads router, UCIe and IO links at once. */
const ringTraffic = (elements: number, messages: number) => ($: TestOps) =>
  function* () {
    const tile = $.full(1, [elements], 1, "f32");
    for (let i = 0; i < messages; i++) {
      if (!$.send(2, "E", tile)) yield;
      if (!$.send(3, "W", tile)) yield;
      if (!$.recv(4, "W", [elements], "f32")) yield;
      if (!$.recv(5, "E", [elements], "f32")) yield;
    }
  };

/** Exchange along every axis that a rank has queues on, with computation of seeded length in between. */
const axesTraffic = (elements: number, seed: number) => ($: TestOps) =>
  function* () {
    const random = new Random(seed + $.rank(0));
    const me = $.rank(0);
    for (let round = 0; round < 3; round++) {
      let tile = $.full(1, [elements], 1, "f32");
      for (let i = random.nextBelow(4); i > 0; i--) tile = $.add(2, tile, tile);
      for (const direction of ["E", "W"]) {
        if (!$.send(3, direction, tile, { axis: "pe" })) yield;
      }
      for (const direction of ["W", "E"]) {
        if (!$.recv(4, direction, [elements], "f32", { axis: "pe" })) yield;
        tile = $.add(5, tile, $.out);
      }
      if (me % 8 === 0) {
        const cube = $.rank(0, "cube");
        const neighbours: string[] = [];
        if (cube % 4 < 3) neighbours.push("E");
        if (cube % 4 > 0) neighbours.push("W");
        if (cube > 3) neighbours.push("N");
        if (cube < 12) neighbours.push("S");
        for (const direction of neighbours) if (!$.send(6, direction, tile, { axis: "cube" })) yield;
        for (const direction of neighbours) {
          if (!$.recv(7, direction, [elements], "f32", { axis: "cube" })) yield;
        }
      }
    }
  };

describe("trains against single flits", () => {
  it("give the same last arrival within 2 % for ring traffic over one SIP", () => {
    const set = ["ipcq.slots=8"];
    const trains = runKernel({ topology: "sip", set }, ringTraffic(1024, 4));
    const flits = runKernel(
      { topology: "sip", set: [...set, "fabric.flitTrains=false"] },
      ringTraffic(1024, 4),
    );
    const last = (ends: number[]): number => Math.max(...ends);
    expect(Math.abs(last(trains.endsNs) / last(flits.endsNs) - 1)).toBeLessThan(0.02);
    expect(trains.engine.events).toBeLessThan(flits.engine.events / 4);
  });

  for (const seed of [1, 2, 3]) {
    it(`give the same last arrival within 2 % for a random permutation inside one SIP (seed ${seed})`, () => {
      const world = 128;
      const random = new Random(seed);
      const target = Array.from({ length: world }, (_, rank) => rank);
      for (let i = world - 1; i > 0; i--) {
        const j = random.nextBelow(i + 1);
        [target[i], target[j]] = [target[j]!, target[i]!];
      }
      const plan = {
        insideSip: target
          .map((to, source) => ({ source, target: to, axis: 0, direction: 0, arrival: 1 }))
          .filter((queue) => queue.source !== queue.target),
        betweenSips: [],
      };
      const kernel = ($: TestOps) =>
        function* () {
          const me = $.rank(0);
          if (target[me] === me) return;
          const tile = $.full(1, [1024], 1, "f32");
          for (let i = 0; i < 8; i++) if (!$.send(2, "E", tile)) yield;
          for (let i = 0; i < 8; i++) if (!$.recv(3, "W", [1024], "f32")) yield;
        };
      const set = ["ipcq.slots=8"];
      const trains = runKernel({ topology: "sip", plan, set }, kernel);
      const flits = runKernel({ topology: "sip", plan, set: [...set, "fabric.flitTrains=false"] }, kernel);
      const [byTrain, byFlit] = [Math.max(...trains.endsNs), Math.max(...flits.endsNs)];
      expect(Math.abs(byTrain / byFlit - 1)).toBeLessThan(0.02);
    });
  }

  it("agree exactly where nothing contends and every message is one flit", () => {
    const kernel = ($: TestOps) =>
      function* () {
        if ($.rank(0) === 0 && !$.send(2, "E", $.full(1, [64], 1, "f32"))) yield;
        if ($.rank(0) === 1 && !$.recv(3, "W", [64], "f32")) yield;
      };
    const trains = runKernel({ topology: "cube" }, kernel);
    const flits = runKernel({ topology: "cube", set: ["fabric.flitTrains=false"] }, kernel);
    expect(trains.endsNs).toEqual(flits.endsNs);
  });
});

describe("running ahead against lockstep", () => {
  for (const [name, options, kernel] of [
    ["ring over one SIP", { topology: "sip" }, ringTraffic(300, 6)],
    [
      "ring over point-to-point links",
      { topology: "ring", set: ["counts.pesPerCube=16"] },
      ringTraffic(700, 9),
    ],
    ["axes of a chip, one slot", { topology: "sip", queues: ["pe", "cube"], set: ["ipcq.slots=1"] }, null],
    ["axes of a chip", { topology: "sip", queues: ["pe", "cube"] }, axesTraffic(500, 7)],
  ] as const) {
    it(`gives the same time on every rank: ${name}`, () => {
      const body = kernel ?? axesTraffic(100, 3);
      const settings = { ...options, set: [...("set" in options ? options.set : [])], queues: undefined };
      const queues = "queues" in options ? [...options.queues] : (["world"] as const);
      const ahead = runKernel({ ...settings, queues: [...queues] }, body);
      const lockstep = runKernel({ ...settings, queues: [...queues], lockstep: true }, body);
      expect(ahead.endsNs).toEqual(lockstep.endsNs);
      expect(ahead.machine.channels.peak).toEqual(lockstep.machine.channels.peak);
      expect([...ahead.machine.channels.blockedPs]).toEqual([...lockstep.machine.channels.blockedPs]);
    });
  }
});
