/**
 * How often values fall into each of BINS bins. The values are spread over a SIP, and all its PEs add to one table of
 * counts. `histogram` counts in TCM first and adds once; `histogramDirect` goes to the table for every element.
 */
import {
  constexpr,
  defineKernel,
  input,
  output,
  sizeOf,
  tl,
  type DpPolicy,
  type Ptr,
  type Tile,
} from "linqu/dsl";

export const { BINS, BLOCK } = constexpr({ BINS: 16, BLOCK: 128 });

const BY_PE: DpPolicy = { cube: "row_wise", pe: "row_wise" };

/** Adds a block of values that lies in bins [length] to the table. */
type Adding = (counts: Ptr<"i32">, bins: Tile<"i32">, length: number) => void;

/** One access for each element. */
function addEach(counts: Ptr<"i32">, bins: Tile<"i32">, length: number): void {
  tl.atomicAdd(counts + bins, tl.full([length], 1, "i32"));
}

/** A column [length, 1] beside a row [1, BINS] compares every element with every bin; the sum over rows counts. */
function addCounts(counts: Ptr<"i32">, bins: Tile<"i32">): void {
  const all = tl.arange(0, BINS);
  const hits = tl.cast(tl.equal(tl.expandDims(bins, 1), tl.expandDims(all, 0)), "i32");
  tl.atomicAdd(counts + all, tl.sum(hits, 0));
}

const histogramOf = (name: string, add: Adding) =>
  defineKernel(
    {
      name,
      args: ({ bytes, dtype, topology }) => {
        const block = Math.max(1, Math.floor(bytes / sizeOf(dtype)));
        const n = block * topology.size.pe * topology.size.cube;
        return [input("x", dtype, [n], BY_PE), output("counts", "i32", [BINS], BY_PE), block];
      },
      expect: ({ input: given }) => {
        const counts = new Float64Array(BINS);
        for (const value of given("x")) {
          const bin = Math.trunc(Math.max(-BINS / 2, Math.min(BINS / 2 - 1, 4 * value)));
          counts[bin + BINS / 2] += 1;
        }
        return { counts };
      },
    },
    (x: Ptr, counts: Ptr<"i32">, block: number) => {
      const first = (tl.programId(1) * tl.numPrograms(0) + tl.programId(0)) * block;
      for (let at = 0; at < block; at += BLOCK) {
        const length = Math.min(BLOCK, block - at);
        const values = tl.load(x + first + at, [length]);
        // To an integer, a cast drops what is behind the point.
        const bins = tl.cast(tl.clamp(values * 4, -BINS / 2, BINS / 2 - 1), "i32") + BINS / 2;
        add(counts, bins, length);
      }
    },
  );

export const histogram = histogramOf("histogram", addCounts);
export const histogramDirect = histogramOf("histogram-direct", addEach);
