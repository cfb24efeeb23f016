import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import type { CommandOutcome } from "../cli/outcome.js";
import { assignment, sizeFlag } from "../cli/run-flags.js";
import type { ProbeInput } from "../cli/tasks/probe.js";
import { runTask } from "../cli/worker-task.js";

/** Characters on one line of a report that goes into a file or a pipe. */
const PLAIN_WIDTH = 100;

export default class Probe extends BaseCommand {
  static override readonly summary = "Measure the memory accesses of a machine beside a formula.";
  static override readonly description =
    "Host copies and DMA of PEs, near and far, alone and together, each on an idle machine: simulated time, the time " +
    "that arithmetic gives, and the use of the bottleneck. The exit code is 6 when an invariant does not hold, such as " +
    "that time grows with distance.";
  static override readonly examples = [
    { description: "Probe the default machine", command: "<%= config.bin %> probe" },
    {
      description: "When the data of the farthest read pass each router",
      command: "<%= config.bin %> probe --case read-farthest-cube --bytes 16KiB --hops",
    },
    {
      description: "The same sizes with UCIe at half the bandwidth",
      command: "<%= config.bin %> probe --topology sip --set ucie.bandwidthGBps=64 --bytes 4KiB,64KiB",
    },
    {
      description: "Figures, terms and invariants as data",
      command: "<%= config.bin %> probe --topology cube --json",
    },
  ];
  static override readonly flags = {
    topology: Flags.string({
      description: "Machine to probe: a preset (linqu list names them) or a YAML file.",
      default: "host",
      helpValue: "PRESET|FILE",
    }),
    set: Flags.string({
      description: "Override one value of the topology; may be repeated.",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "PATH=VALUE",
    }),
    case: Flags.string({
      description: "Cases to measure; all that the machine can have when absent.",
      helpValue: "NAME[,NAME]",
    }),
    bytes: Flags.string({
      description:
        "Sizes of one access. When absent: 32KiB for all cases, and 4KiB to 1MiB for those with one access.",
      helpValue: "SIZE[,SIZE]",
    }),
    hops: Flags.boolean({ description: "Also show when the data of a single access pass each node." }),
  };

  override async run(): Promise<CommandOutcome> {
    const { flags } = await this.parse(Probe);
    const { supportsColor } = await import("chalk");
    const input: ProbeInput = {
      topology: flags.topology,
      set: (flags.set ?? []).map(assignment),
      options: {
        cases: flags.case?.split(",") ?? null,
        bytes: flags.bytes?.split(",").map((size) => sizeFlag("bytes", size)) ?? null,
        hops: flags.hops,
      },
      report: { colour: supportsColor !== false, width: process.stdout.columns || PLAIN_WIDTH },
    };
    return runTask<ProbeInput, CommandOutcome>("probe", input, []);
  }
}
