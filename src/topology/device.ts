/** Which devices a run uses: `all`, `sip0`, `host:3/sip:1`, `sip:0/cube:0-3,5/pe:0`. */
import { invalidInput, usageError } from "../base/diagnostics.js";
import type { LinquError } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";
import { formatRanges } from "../base/ranges.js";
import { cubesPerSip, hostCount } from "./machine-size.js";
import type { Selection, Topology } from "./topology.js";

/** Outermost first, as they must follow one another. */
const LEVELS = ["host", "sip", "cube", "pe"] as const;
type Level = (typeof LEVELS)[number];

const EXAMPLES = "write all, sip:0, host:3/sip:1 or sip:0/cube:0-3,5/pe:0";

/**
 * The devices that a spec names; levels that it does not name are taken whole. Hosts are numbered over the machine.
 * @throws LQ5020 not a spec, LQ5021 unknown level, LQ5023 reversed range, LQ5024 device named twice (exit 2);
 *   LQ5022 index out of range (exit 3)
 * @example selectDevices(topology, "sip:0/cube:0-2").cubes // [0, 1, 2]
 */
export function selectDevices(topology: Topology, spec: string): Selection {
  const counts = levelCounts(topology);
  const chosen = spec === "all" ? new Map<Level, number[]>() : parseSpec(spec, counts);
  const indices = (level: Level) => chosen.get(level) ?? [...Array(counts[level]).keys()];
  return { hosts: indices("host"), sips: indices("sip"), cubes: indices("cube"), pes: indices("pe") };
}

/** A selection for reports: `all`, or the levels that are not taken whole. */
export function describeSelection(topology: Topology, selection: Selection): string {
  const counts = levelCounts(topology);
  const chosen = { host: selection.hosts, sip: selection.sips, cube: selection.cubes, pe: selection.pes };
  const parts = LEVELS.filter((level) => chosen[level].length < counts[level]).map(
    (level) => `${level}:${formatRanges(chosen[level])}`,
  );
  return parts.length === 0 ? "all" : parts.join("/");
}

function levelCounts(topology: Topology): Record<Level, number> {
  return {
    host: hostCount(topology),
    sip: topology.counts.sipsPerHost,
    cube: cubesPerSip(topology),
    pe: topology.counts.pesPerCube,
  };
}

function parseSpec(spec: string, counts: Record<Level, number>): Map<Level, number[]> {
  const chosen = new Map<Level, number[]>();
  let previous = -1;
  for (const part of spec.split("/")) {
    const match = /^([a-z_]+):?(\d[\d,-]*)$/i.exec(part);
    if (!match)
      throw malformed(spec, part === "" ? "a level is empty" : `"${part}" is not a level and its indices`);
    const name = match[1]!.toLowerCase();
    const level = LEVELS.find((each) => each === name);
    if (!level) {
      const hint = `${suggestName(name, LEVELS)} (levels are ${LEVELS.join(", ")})`;
      throw usageError({ code: "LQ5021", message: `device "${spec}": no level "${match[1]}"`, hint });
    }
    const position = LEVELS.indexOf(level);
    if (chosen.has(level)) throw malformed(spec, `${level} is given twice`);
    if (position < previous) throw malformed(spec, `${level} stands inside ${LEVELS[previous]}`);
    previous = position;
    chosen.set(level, parseIndices(spec, level, match[2]!, counts[level]));
  }
  return chosen;
}

function parseIndices(spec: string, level: Level, text: string, count: number): number[] {
  const indices = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!match) throw malformed(spec, `"${part}" is not an index or a range of ${level}`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) {
      const hint = `write ${last}-${first}`;
      throw usageError({ code: "LQ5023", message: `device "${spec}": the range ${part} is reversed`, hint });
    }
    if (last >= count) {
      const valid = count === 1 ? `only ${level} 0` : `${level}s 0 to ${count - 1}`;
      const message = `device "${spec}": there is no ${level} ${first >= count ? first : last}`;
      throw invalidInput({ code: "LQ5022", message, hint: `this topology has ${valid}` });
    }
    for (let index = first; index <= last; index++) {
      if (indices.has(index)) {
        const message = `device "${spec}": ${level} ${index} is named twice`;
        throw usageError({ code: "LQ5024", message, hint: "name each device once" });
      }
      indices.add(index);
    }
  }
  return [...indices].sort((a, b) => a - b);
}

function malformed(spec: string, why: string): LinquError {
  return usageError({ code: "LQ5020", message: `device "${spec}": ${why}`, hint: EXAMPLES });
}
