/** Views as one SVG drawing, one below the other; names and rates are tooltips where there is no room for text. */
import { round } from "./view-table.js";
import type { View, ViewLink, ViewNode } from "./view.js";

const WIDTH = 960;
const MARGIN = 40;
const TITLE = 30;
/** Tallest drawing of one view. */
const MAX_HEIGHT = 1600;
/** With more parts than this, they are small and without text. */
const MAX_LABELLED = 120;
/** What fans out to more parts than this, such as M_CPU in a ring of 1,024 PEs, would cover all else with lines. */
const MAX_LINES_OF_A_PART = 64;
/** These share their place with a router, or stand too close to others for text. */
const UNLABELLED = new Set(["hbm_ctrl", "ucie"]);

const FILLS: Readonly<Record<string, string>> = {
  router: "#d0d7de",
  pe: "#54aeff",
  hbm_ctrl: "#ffd33d",
  sram: "#6fdd8b",
  m_cpu: "#ff8182",
  cube: "#b6e3ff",
  sip: "#b6e3ff",
  ucie: "#c297ff",
  io_ucie: "#c297ff",
};

/** Places on the page for places in millimetres. */
interface Scale {
  x(mm: number): number;
  y(mm: number): number;
  height: number;
  /** Half the side of a part's square. */
  half: number;
}

/** The text of an SVG file, in chunks. */
export function* svgOf(views: readonly View[]): Generator<string> {
  const scales = views.map(scaleOf);
  const height = scales.reduce((sum, scale) => sum + scale.height, 0);
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${round(height)}" viewBox="0 0 ${WIDTH} ${round(height)}" font-family="sans-serif" font-size="11">\n`;
  yield `<rect width="100%" height="100%" fill="#ffffff"/>\n`;
  let top = 0;
  for (const [index, view] of views.entries()) {
    const scale = scales[index]!;
    yield `<g id="${view.view}" transform="translate(0 ${round(top)})">\n`;
    yield `<text x="${MARGIN}" y="20" font-size="14">${escaped(view.title)}</text>\n`;
    yield* drawing(view, scale);
    yield "</g>\n";
    top += scale.height;
  }
  yield "</svg>\n";
}

function scaleOf(view: View): Scale {
  const inner = WIDTH - 2 * MARGIN;
  const pxPerMm = Math.min(
    inner / view.widthMm,
    MAX_HEIGHT / view.heightMm,
    // A machine of few parts need not fill the page.
    view.isToScale ? Infinity : inner / (8 * smallestStep(view)),
  );
  return {
    x: (mm) => MARGIN + mm * pxPerMm,
    y: (mm) => TITLE + MARGIN / 2 + mm * pxPerMm,
    height: TITLE + MARGIN + view.heightMm * pxPerMm,
    half: Math.max(
      view.nodes.length <= MAX_LABELLED ? 4 : 1,
      Math.min(10, (smallestStep(view) * pxPerMm) / 4),
    ),
  };
}

/** Smallest distance between two columns or rows of parts. */
function smallestStep({ nodes, widthMm }: View): number {
  let step = widthMm;
  for (const places of [nodes.map((node) => node.xMm), nodes.map((node) => node.yMm)]) {
    const sorted = [...new Set(places)].sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) step = Math.min(step, sorted[i]! - sorted[i - 1]!);
  }
  return step;
}

function* drawing(view: View, scale: Scale): Generator<string> {
  if (view.isToScale) {
    const [x, y] = [scale.x(0), scale.y(0)];
    const [width, height] = [scale.x(view.widthMm) - x, scale.y(view.heightMm) - y];
    yield `<rect x="${x}" y="${y}" width="${round(width)}" height="${round(height)}" fill="none" stroke="#8c959f"/>\n`;
  }
  const byName = new Map(view.nodes.map((node) => [node.name, node]));
  const drawn = new Set<string>();
  const lines = linesOfParts(view);
  for (const link of view.links) {
    if (drawn.has(`${link.to} ${link.from}`)) continue;
    drawn.add(`${link.from} ${link.to}`);
    if (Math.max(lines.get(link.from)!, lines.get(link.to)!) > 2 * MAX_LINES_OF_A_PART) continue;
    const [from, to] = [byName.get(link.from)!, byName.get(link.to)!];
    const ends = `x1="${round(scale.x(from.xMm))}" y1="${round(scale.y(from.yMm))}" x2="${round(scale.x(to.xMm))}" y2="${round(scale.y(to.yMm))}"`;
    yield `<line ${ends} stroke="#8c959f"><title>${escaped(linkTitle(link))}</title></line>\n`;
  }
  const isLabelled = view.nodes.length <= MAX_LABELLED;
  for (const node of view.nodes) yield part(node, scale, isLabelled && !UNLABELLED.has(node.kind));
}

/** Links that start or end at each part. */
function linesOfParts({ nodes, links }: View): Map<string, number> {
  const lines = new Map(nodes.map(({ name }) => [name, 0]));
  for (const { from, to } of links) for (const end of [from, to]) lines.set(end, lines.get(end)! + 1);
  return lines;
}

function part(node: ViewNode, { x, y, half }: Scale, isLabelled: boolean): string {
  const [left, top] = [x(node.xMm) - half, y(node.yMm) - half];
  const facts = Object.entries(node.values).map(([path, value]) => `${path} ${String(value)}`);
  const title = [node.name, ...facts].join("\n");
  const fill = FILLS[node.kind] ?? "#eaeef2";
  const square = `<rect x="${round(left)}" y="${round(top)}" width="${round(2 * half)}" height="${round(2 * half)}" fill="${fill}" stroke="#57606a"><title>${escaped(title)}</title></rect>`;
  // PEs stand beside their router, so one name goes below and the other one above.
  const baseline = node.kind === "pe" ? top + 2 * half + 11 : top - 2;
  const label = `<text x="${round(left)}" y="${round(baseline)}">${escaped(node.name)}</text>`;
  return `${square}${isLabelled ? label : ""}\n`;
}

function linkTitle({ from, to, bandwidthGBps, latencyNs, lengthMm }: ViewLink): string {
  const rate = bandwidthGBps === null ? "no limit" : `${round(bandwidthGBps)} GB/s`;
  return `${from} → ${to}: ${rate}, ${round(latencyNs)} ns, ${round(lengthMm)} mm`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
