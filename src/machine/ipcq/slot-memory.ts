import { transferPs } from "../../base/units.js";
import type { Channels } from "./channels.js";

/**
 * The slots of arriving messages, in the TCM of the receiver: a message is written when its last flit has come, one
 * message at a time.
 */
export class SlotMemory {
  private readonly portFreePs: Float64Array;

  constructor(
    private readonly channels: Channels,
    world: number,
    private readonly psPerByte: number,
    /** The message may be read from the slot's `backPs` on. */
    private readonly arrived: (slot: number) => void,
  ) {
    this.portFreePs = new Float64Array(world);
  }

  /** The last flit of a message has come at the slot's `backPs`. */
  write(slot: number): void {
    const { channels, portFreePs } = this;
    const target = channels.target[slot >>> channels.slotShift]!;
    const start = Math.max(channels.backPs[slot]!, portFreePs[target]!);
    const end = start + transferPs(channels.bytes[slot]!, this.psPerByte);
    portFreePs[target] = end;
    channels.backPs[slot] = end;
    this.arrived(slot);
  }
}
