import { dtypeByCode } from "../../data/dtypes.js";
import type { Tile } from "../../ops/handles.js";
import type { KernelCore } from "../pe/kernel-core.js";
import type { Channels } from "./channels.js";

/** Is the message in a slot what the receive at a site expects? @throws LQ3201 */
export function checkMatch(
  core: KernelCore,
  channels: Channels,
  site: number,
  slot: number,
  tile: Tile,
): void {
  if (channels.shape[slot] === tile.shape && channels.dtype[slot] === tile.dtype) return;
  const { shapes } = core;
  const describe = (dtype: number, shape: number): string =>
    `${dtypeByCode(dtype).name}${shapes.describe(shape)}`;
  const sent = describe(channels.dtype[slot]!, channels.shape[slot]!);
  const wanted = describe(tile.dtype, tile.shape);
  const channel = slot >>> channels.slotShift;
  const sender = channels.source[channel]!;
  const sendAt = core.whereIs(channels.site[slot]!);
  // A message may come while another rank runs, but it is the receiver that is told.
  core.rank = channels.target[channel]!;
  throw core.fault(site, {
    code: "LQ3201",
    message: `recv ${wanted} meets send ${sent} of rank ${sender}`,
    related: sendAt === null ? [] : [{ at: sendAt, message: `rank ${sender} sent ${sent} here` }],
    hint: "shape and dtype must be the same on both sides, in the same order",
  });
}
