import { diagnostic, ExitCode } from "../base/diagnostics.js";
import { formatRanges } from "../base/ranges.js";
import { ownsTensor } from "../data/arguments.js";
import type { Execution } from "./execution.js";
import { ranksText, type Finding } from "./findings.js";
import type { CheckSetup } from "./setup.js";
import type { Image } from "./image.js";

/** Ranges that a message names. */
const SHOWN_RANGES = 4;

/**
 * Elements of outputs that were never written. A rank that writes nothing at all may not be meant to, unless nobody
 * writes, or the collective says what it holds.
 */
export function unwritten(execution: Execution, setup: CheckSetup, promised: string | null): Finding[] {
  const { launch } = setup;
  const findings: Finding[] = [];
  const names = new Set(launch.byRank.flatMap(({ tensors }) => outputNames(tensors)));
  for (const name of names) {
    const partly: { rank: number; gaps: [number, number][]; image: Image }[] = [];
    let writers = 0;
    for (let rank = 0; rank < launch.world; rank++) {
      const index = launch.byRank[rank]!.tensors.findIndex((tensor) => tensor.name === name);
      const tensor = launch.byRank[rank]!.tensors[index];
      if (tensor === undefined || tensor.elements === 0 || !ownsTensor(rank, tensor, launch)) continue;
      const image = execution.tensors.of(rank, index).image!;
      const gaps: [number, number][] = [];
      image.eachGap((start, end) => gaps.push([start, end]));
      const isEmpty = gaps.length === 1 && gaps[0]![1] - gaps[0]![0] === tensor.elements;
      if (!isEmpty) writers++;
      if (gaps.length > 0) partly.push({ rank, gaps, image });
    }
    const isPromised = name === promised;
    const isEmpty = ({ gaps, image }: (typeof partly)[number]): boolean =>
      gaps.length === 1 && gaps[0]![1] - gaps[0]![0] === image.elements;
    const concerned = partly.filter((entry) => isPromised || writers === 0 || !isEmpty(entry));
    const first = concerned[0];
    if (first === undefined) continue;
    const ranges = first.gaps.slice(0, SHOWN_RANGES).map(([start, end]) => `[${start}..${end})`);
    const more = first.gaps.length > ranges.length ? ` and ${first.gaps.length - ranges.length} more` : "";
    const [start, end] = first.gaps[0]!;
    const near =
      start > 0 ? first.image.siteOf(start - 1) : first.image.siteOf(Math.min(end, first.image.elements - 1));
    const ranks = concerned.map(({ rank }) => rank);
    findings.push({
      exitCode: ExitCode.wrongValues,
      diagnostic: diagnostic({
        code: "LQ3602",
        // Where no collective says what it holds, the rest may be meant to stay as it is.
        severity: isPromised ? "error" : "warning",
        message: `output ${name} is not written in ${ranges.join(", ")}${more}, on ${ranksText(ranks)}`,
        at: execution.core.whereIs(near),
        hint: "write every element of an output; the last piece may be shorter",
      }),
    });
  }
  return findings;
}

function outputNames(tensors: readonly { name: string; role: string }[]): string[] {
  return tensors.filter(({ role }) => role === "output").map(({ name }) => name);
}

/** Do all ranks hold the same in an output? */
export function disagreement(
  execution: Execution,
  { launch }: CheckSetup,
  name: string,
): { isDecided: boolean; findings: Finding[] } {
  const values = execution.core.values!;
  const indexOf = (rank: number): number =>
    launch.byRank[rank]!.tensors.findIndex((tensor) => tensor.name === name);
  const imageOf = (rank: number): Image => execution.tensors.of(rank, indexOf(rank)).image!;
  if (launch.byRank.some((_, rank) => indexOf(rank) < 0)) return { isDecided: true, findings: [] };
  const reference = imageOf(0);
  const odd: number[] = [];
  let isDecided = !reference.isScattered;
  let first: { start: number; end: number; rank: number; site: number } | null = null;
  for (let rank = 1; rank < launch.world; rank++) {
    const image = imageOf(rank);
    if (image === reference) continue;
    if (image.isScattered) isDecided = false;
    let isOdd = image.elements !== reference.elements;
    const compare = (start: number, end: number, value: number, site: number): void => {
      if (isOdd) return;
      const other = reference.read(start, end - start);
      const comparison = values.compared(value, other, end - start);
      if (comparison === "unknown") isDecided = false;
      if (comparison !== "different") return;
      isOdd = true;
      first ??= { start, end, rank, site };
    };
    image.eachStretch(compare);
    image.eachGap((start, end) => compare(start, end, values.algebra.zero, -1));
    if (isOdd) odd.push(rank);
  }
  if (odd.length === 0) return { isDecided, findings: [] };
  const { start, end, rank, site } = first ?? { start: 0, end: reference.elements, rank: odd[0]!, site: -1 };
  const here = execution.core.whereIs(reference.siteOf(start));
  const isBeside = here !== null && site >= 0 && reference.siteOf(start) !== site;
  const related = isBeside ? [{ at: here, message: "rank 0 writes it here" }] : [];
  const alike = launch.world - odd.length;
  return {
    isDecided,
    findings: [
      {
        exitCode: ExitCode.wrongValues,
        diagnostic: diagnostic({
          code: "LQ3603",
          message: `ranks disagree on ${name}[${start}..${end}): rank ${rank} holds something else than rank 0`,
          at: execution.core.whereIs(site) ?? here,
          related,
          detail: [
            `${alike === 1 ? "only rank 0 has" : `${alike} ranks have`} what rank 0 has; others: rank ${formatRanges(odd)}`,
          ],
          hint: "an output that all ranks are to have alike must be made of the same values on each",
        }),
      },
    ],
  };
}
