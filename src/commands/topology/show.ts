import { dirname } from "node:path";
import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.js";
import type { CommandOutcome } from "../../cli/outcome.js";
import { assignment } from "../../cli/run-flags.js";
import type { TopologyShowInput } from "../../cli/tasks/topology-show.js";
import { runTask } from "../../cli/worker-task.js";
import { VIEW_NAMES } from "../../topology/view.js";

export default class TopologyShow extends BaseCommand {
  static override readonly summary = "Draw a machine: the system, a SIP, a cube and a PE.";
  static override readonly description =
    "Shows what the machine consists of and how it is joined, with the bandwidth, latency and length of every kind of " +
    "link. --json has every node and link; --svg writes one drawing.";
  static override readonly examples = [
    { description: "The default machine", command: "<%= config.bin %> topology show host" },
    {
      description: "The routers of a cube, with two columns fewer",
      command:
        "<%= config.bin %> topology show cube --view cube --set cube.routerColumns=4 --set cube.withoutRouters=[]",
    },
    { description: "A drawing of a SIP", command: "<%= config.bin %> topology show sip --svg sip.svg" },
    {
      description: "Every node and link as data",
      command: "<%= config.bin %> topology show cube --view cube --json",
    },
  ];
  static override readonly args = {
    topology: Args.string({ description: "Preset or YAML file.", required: true }),
  };
  static override readonly flags = {
    set: Flags.string({
      description: "Override one value of the topology; may be repeated.",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "PATH=VALUE",
    }),
    view: Flags.option({ options: VIEW_NAMES })({ description: "Show one of the four views only." }),
    svg: Flags.string({ description: "Write the views as one SVG drawing.", helpValue: "FILE" }),
  };

  override async run(): Promise<CommandOutcome> {
    const { args, flags } = await this.parse(TopologyShow);
    const svg = flags.svg ?? null;
    const input: TopologyShowInput = {
      topology: args.topology,
      set: (flags.set ?? []).map(assignment),
      views: flags.view === undefined ? VIEW_NAMES : [flags.view],
      svg,
    };
    return runTask<TopologyShowInput, CommandOutcome>(
      "topology-show",
      input,
      svg === null ? [] : [dirname(svg)],
    );
  }
}
