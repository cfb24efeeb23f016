/** Views as text for a terminal of 80 columns: a drawing, what its parts are, and their links. */
import { formatBytes } from "../base/units.js";
import { drawMesh } from "./view-mesh.js";
import { linkRows } from "./view-links.js";
import { columns, round, TABLE_WIDTH } from "./view-table.js";
import type { View, ViewNode } from "./view.js";

const INDENT = "  ";
/** Attached parts are listed for this many routers. */
const MAX_ATTACHED_ROWS = 16;

/** All views, one below the other; no line has more than 80 characters but for the machine's own description. */
export function renderViews(views: readonly View[]): string {
  return views.map(renderView).join("\n\n");
}

function renderView(view: View): string {
  const blocks = [drawMesh(view, TABLE_WIDTH), attached(view), described(view), linkRows(view)];
  const body = blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${INDENT}${line}`.trimEnd()).join("\n"));
  return [view.title, ...body].join("\n\n");
}

/** Where PEs, M_CPU and SRAM hang in a cube with routers. */
function attached(view: View): string[] {
  if (view.view !== "cube") return [];
  const kinds = new Map(view.nodes.map((node) => [node.name, node]));
  const byRouter = new Map<string, ViewNode[]>();
  for (const { from, to } of view.links) {
    const [part, router] = [kinds.get(from)!, kinds.get(to)!];
    if (router.kind !== "router" || part.kind === "router" || part.kind === "ucie") continue;
    byRouter.set(to, [...(byRouter.get(to) ?? []), part]);
  }
  const rows = [...byRouter].map(([router, parts]) => {
    const { xMm, yMm } = kinds.get(router)!;
    return [router, `at ${round(xMm)}, ${round(yMm)} mm`, parts.map(({ name }) => name).join(", ")];
  });
  const hidden = rows.length - MAX_ATTACHED_ROWS;
  const shown = columns(rows.slice(0, MAX_ATTACHED_ROWS));
  return hidden > 0 ? [...shown, `and ${hidden} more routers with parts (--json has all)`] : shown;
}

/** Parts with values of their own; alike ones once. */
function described(view: View): string[] {
  const seen = new Set<string>();
  const rows: string[][] = [];
  for (const { name, kind, count, values } of view.nodes) {
    const known = kind === "sip" || Object.keys(values).length === 0 || seen.has(kind);
    if (known && !(view.view === "system" && !seen.has(kind))) continue;
    seen.add(kind);
    const facts = Object.entries(values).map(([path, value]) => fact(path, value));
    const number = view.view === "system" ? [`× ${count * parallel(view, kind)}`] : [];
    rows.push([view.view === "system" ? kind : name, ...number, facts.join(", ")]);
  }
  return columns(rows);
}

/** How many parts of a kind the drawing itself has. */
function parallel(view: View, kind: string): number {
  return view.nodes.filter((node) => node.kind === kind).length;
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
