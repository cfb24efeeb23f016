import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { SweepResult } from "../../src/session/sweep.js";
import { envelope, start, temporaryFolder } from "./linqu.js";
import type { Started } from "./linqu.js";

/** Never ends within the test: the step budget is lifted on the command line. */
const ENDLESS_KERNEL = `
import { defineKernel, output, tl, type Ptr } from "linqu/dsl";

export const endless = defineKernel(
  {
    name: "endless",
    // With a single slot it ends.
    args: ({ topology }) => [output("y", "f32", [1]), topology.queue.slots > 1 ? 1e15 : 1],
  },
  (y: Ptr<"f32">, steps: number) => {
    let x = 0;
    for (let i = 0; i < steps; i++) x = x * 0.5 + i;
    tl.store(y, tl.full([1], x, "f32"));
  },
);
`;

function startEndless(folder: string, command: string, ...flags: string[]): Started {
  writeFileSync(join(folder, "endless.ts"), ENDLESS_KERNEL);
  const argv = [
    command,
    "--kernel",
    "endless.ts",
    "--topology",
    "pe",
    "--set",
    "limits.stepBudget=9007199254740991",
  ];
  // oclif's log line is the sign that the program has begun; its handlers were there before.
  return start([...argv, ...flags], { cwd: folder, env: { DEBUG: "oclif:config" } });
}

/** Long enough to be inside the kernel's loop; wherever the process is, the answer must be the same. */
async function whileRunning({ process }: Started): Promise<void> {
  await new Promise((begun) => process.stderr!.once("data", begun));
  await delay(2500);
}

describe.concurrent("a signal during a simulation", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("%s ends it with 130 and a complete envelope", async (signal) => {
    const started = startEndless(temporaryFolder(), "run", "--json");
    await whileRunning(started);
    started.process.kill(signal);
    // npx passes on what the terminal has sent already.
    started.process.kill(signal);
    const ended = await started.ended;
    expect(ended.exitCode).toBe(130);
    const { schema, error } = envelope(ended);
    expect(schema).toBe("linqu/run/1");
    expect(error).toMatchObject({
      code: "LQ0130",
      message: expect.stringContaining("interrupted") as string,
    });
  });

  it("keeps the runs of a sweep that are over", async () => {
    const started = startEndless(temporaryFolder(), "run", "--json", "--set", "ipcq.slots=1,2");
    // Off a terminal a command says every ten seconds what it is doing.
    await new Promise<void>((isSecond) => {
      started.process.stderr!.on("data", (text: string) => text.includes("run 2 of 2") && isSecond());
    });
    started.process.kill("SIGINT");
    const ended = await started.ended;
    const { exitCode, result, error } = envelope(ended);
    expect([exitCode, error!.code]).toEqual([130, "LQ0130"]);
    const { paths, runs } = (result as SweepResult).sweep;
    expect(paths).toEqual(["ipcq.slots"]);
    expect(runs).toMatchObject([{ set: { "ipcq.slots": 1 }, exitCode: 0, result: { kernel: "endless" } }]);
  });

  it("leaves no file behind, and says so once on stderr", async () => {
    const folder = temporaryFolder();
    const started = startEndless(folder, "profile", "--dump", "values.npz", "--trace", "trace.json");
    await whileRunning(started);
    started.process.kill("SIGINT");
    const ended = await started.ended;
    expect(ended.exitCode).toBe(130);
    expect(ended.stdout).toBe("");
    expect(ended.stderr.match(/LQ0130/g)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(["endless.ts"]);
  });
});
