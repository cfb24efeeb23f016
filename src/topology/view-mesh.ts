/** A mesh of equal parts drawn with line characters: SIPs of a host, cubes of a SIP, routers of a cube. */
import type { View, ViewName, ViewNode } from "./view.js";

/** Higher drawings help nobody. */
const MAX_ROWS = 64;
const WIDEST_GAP = 3;

interface Drawing {
  kinds: readonly string[];
  label: (node: ViewNode, attached: ReadonlySet<string>) => string;
}

const DRAWINGS: Record<ViewName, Drawing> = {
  system: { kinds: ["sip"], label: ({ name }) => name.replace("host0.", "") },
  sip: { kinds: ["cube", "io_ucie"], label: ({ name }) => name.replace(/^io\.ucie\d+$/, "io") },
  cube: { kinds: ["router"], label: routerLabel },
  pe: { kinds: [], label: ({ name }) => name },
};

/** The mesh of a view in at most `width` columns; one line that says why when it does not fit. */
export function drawMesh(view: View, width: number): string[] {
  const { kinds, label } = DRAWINGS[view.view];
  let nodes = view.nodes.filter((node) => kinds.length === 0 || kinds.includes(node.kind));
  const isPointToPoint = nodes.length === 0;
  if (isPointToPoint) nodes = view.nodes.filter((node) => node.kind === "pe");
  const xs = sorted(nodes.map((node) => node.xMm));
  const ys = sorted(nodes.map((node) => node.yMm));
  const attached = attachedKinds(view);
  let texts = nodes.map((node) => (isPointToPoint ? "P" : label(node, attached.get(node.name)!)));
  // Sixteen cubes fit side by side when only their numbers are written.
  if (gapOf(texts, xs.length, width) < 1) texts = texts.map((text) => text.replace(/^(cube|sip)/, ""));
  const gap = gapOf(texts, xs.length, width);
  if (gap < 1 || ys.length > MAX_ROWS)
    return [`${nodes.length} parts in ${xs.length} × ${ys.length}: too many to draw here (--svg draws them)`];
  const pitch = widestOf(texts) + gap;
  const labels = new Map(nodes.map((node, i) => [node.name, texts[i]!]));

  const links = new Set(view.links.map(({ from, to }) => `${from} ${to}`));
  const at = new Map(nodes.map((node) => [`${xs.indexOf(node.xMm)},${ys.indexOf(node.yMm)}`, node]));
  const lines: string[] = [];
  for (let row = 0; row < ys.length; row++) {
    let line = "";
    let below = "";
    for (let column = 0; column < xs.length; column++) {
      const node = at.get(`${column},${row}`);
      const joined = (other: ViewNode | undefined): boolean =>
        node !== undefined && other !== undefined && links.has(`${node.name} ${other.name}`);
      const east = joined(at.get(`${column + 1},${row}`));
      const text = node === undefined ? "" : labels.get(node.name)!;
      line += fill(text, pitch, east);
      below += (joined(at.get(`${column},${row + 1}`)) ? "│" : " ").padEnd(pitch);
    }
    lines.push(line.trimEnd());
    if (row + 1 < ys.length) lines.push(below.trimEnd());
  }
  return [...lines, ...legend(view, isPointToPoint)];
}

/** Columns between two labels; less than 1 when they do not fit. */
function gapOf(texts: readonly string[], columns: number, width: number): number {
  const free = width - columns * widestOf(texts);
  return columns === 1 ? WIDEST_GAP : Math.min(WIDEST_GAP, Math.floor(free / (columns - 1)));
}

function widestOf(texts: readonly string[]): number {
  return texts.reduce((widest, text) => Math.max(widest, text.length), 0);
}

/** A label and what leads to the east, such as `cube3 ──`. */
function fill(text: string, width: number, isJoined: boolean): string {
  if (!isJoined) return text.padEnd(width);
  const rest = width - text.length;
  return text.length === 1 || rest < 3 ? text + "─".repeat(rest) : `${text} ${"─".repeat(rest - 2)} `;
}

function legend(view: View, isPointToPoint: boolean): string[] {
  if (view.view !== "cube") return [];
  return isPointToPoint
    ? ["", "P PE with its HBM"]
    : ["", "P PE and HBM controller   M M_CPU   S SRAM   · router"];
}

/** One letter for the kinds that hang at a router. */
function routerLabel(_router: ViewNode, attached: ReadonlySet<string>): string {
  if (attached.has("pe")) return "P";
  if (attached.has("m_cpu")) return "M";
  return attached.has("sram") ? "S" : "·";
}

/** Kinds of what is linked to each part. */
function attachedKinds(view: View): Map<string, Set<string>> {
  const kindOf = new Map(view.nodes.map(({ name, kind }) => [name, kind]));
  const kinds = new Map(view.nodes.map(({ name }) => [name, new Set<string>()]));
  for (const { from, to } of view.links) kinds.get(to)!.add(kindOf.get(from)!);
  return kinds;
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
