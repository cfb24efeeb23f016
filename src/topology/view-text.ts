/** Views as text for a terminal of 80 columns: a drawing, what its parts are, and their links. */
import { formatBytes } from "../base/units.js";
import { drawMesh } from "./view-mesh.js";
import { linkRows } from "./view-links.js";
import { columns, round, TABLE_WIDTH } from "./view-table.js";
import type { View, ViewNode } from "./view.js";

const INDENT = "  ";
/** Attached parts are listed for this many routers. */
const MAX_ATTACHED_ROWS = 16;
/** And so many names for each router. */
const MAX_LISTED = 16;

/** All views, one below the other; no line has more than 80 characters but for the machine's own description. */
export function renderViews(views: readonly View[]): string {
  return views.map(renderView).join("\n\n");
}

function renderView(view: View): string {
  const hasPlaces =
    view.isToScale || view.view !== "cube" || view.nodes.every(({ kind }) => kind !== "router");
  const blocks = [
    hasPlaces ? drawMesh(view, TABLE_WIDTH) : [],
    attached(view),
    described(view),
    linkRows(view),
  ];
  const body = blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${INDENT}${line}`.trimEnd()).join("\n"));
  return [view.title, ...body].join("\n\n");
}

/** Where PEs, M_CPU and SRAM hang in a cube with routers, and where these are: on the die, or next to which others. */
function attached(view: View): string[] {
  if (view.view !== "cube") return [];
  const byName = new Map(view.nodes.map((node) => [node.name, node]));
  const byRouter = new Map<string, string[]>();
  const neighbours = new Map<string, string[]>();
  const add = (lists: Map<string, string[]>, key: string, name: string): void => {
    const list = lists.get(key);
    if (list) list.push(name);
    else lists.set(key, [name]);
  };
  for (const { from, to } of view.links) {
    const fromKind = byName.get(from)!.kind;
    if (byName.get(to)!.kind !== "router" || fromKind === "ucie") continue;
    add(fromKind === "router" ? neighbours : byRouter, to, from);
  }
  const rows = [...byRouter].map(([router, parts]) => {
    const { xMm, yMm } = byName.get(router)!;
    if (view.isToScale) return [router, `at ${round(xMm)}, ${round(yMm)} mm`, listed(parts)];
    return [router, `${listed(parts)}, to ${listed(neighbours.get(router) ?? ["no router"])}`];
  });
  const hidden = rows.length - MAX_ATTACHED_ROWS;
  const shown = columns(rows.slice(0, MAX_ATTACHED_ROWS));
  return hidden > 0 ? [...shown, `and ${hidden} more routers with parts (--json has all)`] : shown;
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? [`and ${names.length - MAX_LISTED} more`] : [];
  return [...names.slice(0, MAX_LISTED), ...more].join(", ");
}

/** The values of each kind of part; in the system's view also how many of them the machine has. */
function described(view: View): string[] {
  const byKind = new Map<string, ViewNode[]>();
  for (const node of view.nodes) {
    const alike = byKind.get(node.kind);
    if (alike) alike.push(node);
    else byKind.set(node.kind, [node]);
  }
  const rows: string[][] = [];
  for (const [kind, parts] of byKind) {
    const { name, count, values } = parts[0]!;
    const facts = Object.entries(values).map(([path, value]) => fact(path, value));
    if (view.view === "system")
      rows.push([kind, `× ${(count * parts.length).toLocaleString("en-US")}`, facts.join(", ")]);
    else if (facts.length > 0) rows.push([name, facts.join(", ")]);
  }
  return columns(rows);
}

/** `pe.tcm.sizeBytes` as `size 16 MiB`, `host.pcieNs` as `pcie 500 ns`. */
function fact(path: string, value: unknown): string {
  const key = path.slice(path.lastIndexOf(".") + 1);
  for (const [unit, words] of UNITS) {
    if (typeof value === "number" && key.endsWith(unit) && key !== unit)
      return `${key.slice(0, -unit.length)} ${words === "bytes" ? formatBytes(value) : `${value} ${words}`}`;
  }
  return `${key} ${String(value)}`;
}

const UNITS = [
  ["Bytes", "bytes"],
  ["GBps", "GB/s"],
  ["GHz", "GHz"],
  ["Ns", "ns"],
] as const;
