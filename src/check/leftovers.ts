import { diagnostic, ExitCode, type Diagnostic } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";
import type { Execution } from "./execution.js";
import { ranksText, type Finding } from "./findings.js";

/** Things of one site, by rank. */
class BySite {
  private readonly sites = new Map<number, { count: number; ranks: Set<number> }>();

  add(site: number, rank: number): void {
    const group = this.sites.get(site) ?? { count: 0, ranks: new Set<number>() };
    group.count++;
    group.ranks.add(rank);
    this.sites.set(site, group);
  }

  map(make: (site: number, count: number, ranks: string) => Diagnostic): Finding[] {
    return [...this.sites].map(([site, { count, ranks }]) => ({
      diagnostic: make(site, count, ranksText([...ranks])),
      exitCode: ExitCode.programFailed,
    }));
  }
}

/** Messages that nobody has received, by the place where they were sent. */
export function unreceived({ core, queues }: Execution): Finding[] {
  const { messages, channels } = queues;
  const left = new BySite();
  for (let channel = 0; channel < channels.count; channel++) {
    messages.eachOf(channel, (message) => left.add(messages.site[message]!, channels.source[channel]!));
  }
  return left.map((site, count, ranks) =>
    diagnostic({
      code: "LQ3202",
      message: `${count === 1 ? "a message is" : `${count} messages are`} sent here and never received, by ${ranks}`,
      at: core.whereIs(site),
      hint: "every send needs a receive at the other end",
    }),
  );
}

/** What was started and never waited for. */
export function unwaited({ core, started }: Execution): Finding[] {
  const left = new BySite();
  for (const what of started) if (!what.isWaitedFor) left.add(what.site, what.rank);
  return left.map((site, count, ranks) =>
    diagnostic({
      code: "LQ3203",
      message: `${count === 1 ? "what is" : `${count} times, what is`} started here is never waited for, by ${ranks}`,
      at: core.whereIs(site),
      hint: "wait for it with tl.wait before the kernel ends",
    }),
  );
}

/** Tiles that do not fit into the TCM together, even with every place used again as soon as it can be. */
export function tooMuchScratch({ core, scratch }: Execution, capacityBytes: number): Finding[] {
  const peak = scratch?.peak() ?? null;
  if (peak === null || peak.bytes <= capacityBytes) return [];
  const detail = peak.tiles.map(({ bytes, site }) => {
    const at = core.whereIs(site);
    return `${formatBytes(bytes)} from ${at === null ? "here" : `${at.file}:${at.line}:${at.column}`}`;
  });
  return [
    {
      exitCode: ExitCode.programFailed,
      diagnostic: diagnostic({
        code: "LQ3501",
        message: `the tiles that are in use together need ${peak.bytes} B, but a kernel has ${capacityBytes} B of TCM, on rank ${peak.rank}`,
        at: core.whereIs(peak.site),
        detail: ["the largest of them:", ...detail],
        hint: "work in smaller tiles, or use each before the next one is made",
      }),
    },
  ];
}
