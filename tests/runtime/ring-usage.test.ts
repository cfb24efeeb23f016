import { expect, it } from "vitest";
import { RingUsage } from "../../src/runtime/ring-usage.js";

it("adds up waits, one in progress included", () => {
  const usage = new RingUsage();
  usage.block(100);
  usage.block(120);
  expect(usage.blockedPs(150)).toBe(50);
  usage.unblock(160);
  usage.unblock(170);
  expect(usage.blockedPs(200)).toBe(60);
  usage.block(300);
  expect(usage.blockedPs(310)).toBe(70);
  expect(usage.blocks).toBe(2);
});
