import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import type { CommandOutcome } from "../cli/outcome.js";
import { runFlags, sizeFlag, toRunOptions } from "../cli/run-flags.js";
import { simulate } from "../cli/simulation.js";
import { usageError } from "../base/diagnostics.js";

/** Viewers stay quick up to about this many lanes. */
const TRACE_LANES = 500;

export default class Profile extends BaseCommand {
  static override readonly summary = "Run, and write what the rings and queues held and who waited for them.";
  static override readonly description =
    "Takes the flags of run. Writes ring_profile.json and shows the tightest rings; --trace adds a Chrome trace that " +
    "Perfetto opens.";
  static override readonly examples = [
    { description: "Profile an all-reduce on one host", command: "<%= config.bin %> profile" },
    {
      description: "Make the task ring tight and see the blocking",
      command: "<%= config.bin %> profile --set runtime.taskRing.capacity=4 --out tight.json",
    },
    {
      description: "Write a trace for Perfetto as well",
      command: "<%= config.bin %> profile --topology cube --trace trace.json",
    },
  ];
  static override readonly flags = {
    ...runFlags,
    out: Flags.string({
      description: "Where the profile goes.",
      default: "./ring_profile.json",
      helpValue: "FILE",
    }),
    trace: Flags.string({ description: "Also write a Chrome trace.", helpValue: "FILE" }),
    "trace-device": Flags.string({
      description: "Devices in the trace; the first PE of each node and the slowest ones when absent.",
      helpValue: "SPEC",
    }),
    "trace-limit": Flags.string({
      description: "Largest size of the trace.",
      default: "100MB",
      helpValue: "SIZE",
    }),
  };

  override async run(): Promise<CommandOutcome> {
    const { flags } = await this.parse(Profile);
    const device = flags["trace-device"] ?? null;
    if (device !== null && flags.trace === undefined) {
      throw usageError({
        code: "LQ0010",
        message: "--trace-device says what goes into a trace, but --trace is absent",
        hint: "add --trace FILE",
      });
    }
    const options = toRunOptions(flags);
    if (flags.trace !== undefined) options.trace = { device, maxLanes: TRACE_LANES };
    const traceLimitBytes = sizeFlag("trace-limit", flags["trace-limit"]);
    return simulate(options, { profile: flags.out, trace: flags.trace ?? null, traceLimitBytes }, flags.json);
  }
}
