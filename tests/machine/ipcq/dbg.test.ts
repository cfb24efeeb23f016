import { it } from "vitest";
import { runKernel, type TestOps } from "../helpers.js";
import { Trains } from "../../../src/machine/fabric/trains.js";
it("dbg", () => {
  const proto = Trains.prototype as any;
  const orig = proto.walk;
  const log: string[] = [];
  proto.walk = function (slot: number, channel: number) {
    const { channels } = this;
    const b = [channels.hop[slot], channels.frontPs[slot], channels.backPs[slot]];
    orig.call(this, slot, channel);
    if (channel === (globalThis as any).bad) console.log(this.engine.nowPs, "slot", slot, "bytes", channels.bytes[slot], b.join("/"), "->", channels.hop[slot], channels.frontPs[slot], channels.backPs[slot]);
  };
  const oa = proto.reach;
  proto.reach = function (slot: number) {
    const { channels, links } = this;
    const channel = slot >>> channels.slotShift;
    const done = channels.hop[slot] >= links.routeLength[channels.route[channel]];
    if (done && slot !== channels.nextArrival(channel)) console.log("BAD", channel, "axis", channels.axis[channel], slot, channels.nextArrival(channel), channels.backPs[slot], "src", channels.source[channel], channels.target[channel], "rs", channels.receiveSlot[channel], channels.arrived[channel], channels.received[channel], channels.sent[channel]);
    oa.call(this, slot);
  };
  const kernel = ($: TestOps) => function* () {
      const me = $.rank(0);
      const elements = 301;
      const tile = $.full(1, [elements], 1, "f32");
      if (me % 8 === 0) {
          const cube = $.rank(0, "cube");
          const neighbours: string[] = [];
          if (cube % 4 < 3) neighbours.push("E");
          if (cube % 4 > 0) neighbours.push("W");
          if (cube > 3) neighbours.push("N");
          if (cube < 12) neighbours.push("S");
          for (const direction of neighbours) if (!$.send(12, direction, tile, { axis: "cube" })) yield;
          for (const direction of neighbours) {
            if (!$.recv(13, direction, [elements], "f32", { axis: "cube" })) yield;
          }
        }
  };
  (globalThis as any).bad = Number(process.env.BAD ?? -1);
  runKernel({ topology: "sip", set: ["ipcq.slots=3", "ipcq.slotBytes=512","fabric.flitTrains=false"], queues: ["cube"] }, kernel);
});
