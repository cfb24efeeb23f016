/** Routers of cube 0 on a circle, so that no link hides behind another part; what hangs at each lies outside of it. */
import type { SipGraph } from "./graph.js";
import type { ViewNode } from "./view.js";

/** Between two parts of the drawing. */
const STEP = 2;

interface RingLayout {
  places: Map<number, Pick<ViewNode, "xMm" | "yMm">>;
  widthMm: number;
  heightMm: number;
  isToScale: false;
}

/** The first router is the northernmost; those after it follow clockwise. */
export function ringOfRouters({ nodes, links }: SipGraph): RingLayout {
  const routers = nodes.flatMap(({ kind, cube }, node) => (kind === "router" && cube === 0 ? [node] : []));
  const hanging = new Map(routers.map((router): [number, number[]] => [router, []]));
  const isPlaced = new Set(routers);
  for (const { from, to } of links) {
    if (nodes[from]!.cube !== 0 || isPlaced.has(from)) continue;
    const parts = hanging.get(to);
    if (!parts) continue;
    parts.push(from);
    isPlaced.add(from);
  }
  const radius = Math.max(STEP, (routers.length * STEP) / (2 * Math.PI));
  const deepest = Math.max(...[...hanging.values()].map((parts) => parts.length));
  const side = 2 * (radius + (deepest + 1) * STEP);
  const places: RingLayout["places"] = new Map();
  routers.forEach((router, index) => {
    const angle = (2 * Math.PI * index) / routers.length;
    [router, ...hanging.get(router)!].forEach((part, depth) => {
      const distance = radius + depth * STEP;
      places.set(part, {
        xMm: rounded(side / 2 + distance * Math.sin(angle)),
        yMm: rounded(side / 2 - distance * Math.cos(angle)),
      });
    });
  });
  return { places, widthMm: rounded(side), heightMm: rounded(side), isToScale: false };
}

/** Sines need not be equal to the last digit on every computer. */
function rounded(place: number): number {
  return Number(place.toFixed(3));
}
