/** The links of a view as a table: alike ones together, with their number. */
import { columns, round } from "./view-table.js";
import type { View, ViewLink } from "./view.js";

interface Group {
  from: string;
  to: string;
  link: ViewLink;
  count: number;
}

/** A heading and one row for each kind of link; both directions share a row where they are equal. */
export function linkRows(view: View): string[] {
  const groups = groupLinks(view);
  const rows: string[][] = [];
  const done = new Set<string>();
  for (const [key, { from, to, link, count }] of groups) {
    if (done.has(key)) continue;
    const isSame = from === to;
    const back = groups.get(keyOf(to, from, link));
    if (back) done.add(keyOf(to, from, link));
    const ends = `${from} ${back ? "↔" : "→"} ${to}`;
    const number = isSame && count % 2 === 0 ? count / 2 : count;
    const bandwidth = link.bandwidthGBps === null ? "–" : round(link.bandwidthGBps);
    rows.push([ends, number.toLocaleString("en-US"), bandwidth, round(link.latencyNs), round(link.lengthMm)]);
  }
  return rows.length === 0 ? [] : columns([["link", "number", "GB/s", "ns", "mm"], ...rows]);
}

function groupLinks({ view, nodes, links }: View): Map<string, Group> {
  const endOf = new Map(nodes.map(({ name, kind }) => [name, view === "pe" ? name : kind]));
  const groups = new Map<string, Group>();
  for (const link of links) {
    const [from, to] = [endOf.get(link.from)!, endOf.get(link.to)!];
    const key = keyOf(from, to, link);
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { from, to, link, count: 1 });
  }
  return groups;
}

function keyOf(from: string, to: string, { bandwidthGBps, latencyNs, lengthMm }: ViewLink): string {
  return [from, to, bandwidthGBps, latencyNs, lengthMm].join(" ");
}
