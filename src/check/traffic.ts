import { DIRECTIONS, PEER_AXIS, QUEUE_AXES } from "../ccl/queues.js";
import type { QueueState } from "./queue-state.js";
import type { QueueTraffic } from "./report.js";

/** Messages by axis and direction, in the order of axes. */
export function trafficOf({ channels, sent, sentBytes }: QueueState): QueueTraffic[] {
  const lines = new Map<number, QueueTraffic>();
  for (let channel = 0; channel < channels.count; channel++) {
    if (sent[channel] === 0) continue;
    const axis = channels.axis[channel]!;
    const direction = channels.direction[channel]!;
    const [messages, bytes] = [sent[channel]!, sentBytes[channel]!];
    const one = { from: channels.source[channel]!, to: channels.target[channel]!, messages, bytes };
    const key = axis * 2 ** 16 + direction;
    const line = lines.get(key);
    if (line === undefined) {
      const name = axis === PEER_AXIS ? String(direction) : DIRECTIONS[direction]!;
      lines.set(key, { axis: QUEUE_AXES[axis]!, direction: name, messages, bytes, busiest: one });
    } else {
      line.messages += messages;
      line.bytes += bytes;
      if (bytes > line.busiest.bytes) line.busiest = one;
    }
  }
  return [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
}
