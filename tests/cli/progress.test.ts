import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startProgress } from "../../src/cli/progress.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function pipe(): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = {
    isTTY: false,
    write: (text: string) => written.push(text),
  } as unknown as NodeJS.WriteStream;
  return { stream, written };
}

it("writes one plain line every ten seconds off a terminal", () => {
  const { stream, written } = pipe();
  const progress = startProgress(stream);
  progress.progress("simulate", "12 µs");
  vi.advanceTimersByTime(9_999);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(1);
  progress.progress("replay", "");
  vi.advanceTimersByTime(10_000);
  expect(written).toEqual(["linqu: simulate: 12 µs\n", "linqu: replay\n"]);
  progress.stop();
  vi.advanceTimersByTime(60_000);
  expect(written).toHaveLength(2);
});
