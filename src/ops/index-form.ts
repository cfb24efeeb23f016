/**
 * What is known of an integer tile or a mask without data: enough to say which elements of a tensor a tile of pointers
 * touches before any value exists.
 */

/** The value at [i, j, …] is base + i·strides[0] + j·strides[1] + …; axes of length 1 have stride 0. */
export interface Affine {
  readonly kind: "affine";
  readonly base: number;
  readonly strides: readonly number[];
}

/** A mask: true where every term is at least 0. Strides are aligned with the mask's axes from the right. */
export interface Conjunction {
  readonly kind: "conjunction";
  readonly terms: readonly Affine[];
}

export type IndexForm = Affine | Conjunction;

export function affine(base: number, strides: readonly number[]): Affine {
  // Integers have no −0.
  return { kind: "affine", base: base + 0, strides };
}

/** a·x + b·y, axes aligned from the right. */
export function combine(a: number, x: Affine, b: number, y: Affine): Affine {
  const axes = Math.max(x.strides.length, y.strides.length);
  const strides = Array.from({ length: axes }, (_, axis) => {
    const left = x.strides[axis - axes + x.strides.length] ?? 0;
    const right = y.strides[axis - axes + y.strides.length] ?? 0;
    return a * left + b * right;
  });
  return affine(a * x.base + b * y.base, strides);
}

/** The smallest and the largest value over a shape. */
export function range({ base, strides }: Affine, shape: readonly number[]): [min: number, max: number] {
  let min = base;
  let max = base;
  const skipped = shape.length - strides.length;
  strides.forEach((stride, axis) => {
    const reach = stride * (shape[axis + skipped]! - 1);
    if (reach < 0) min += reach;
    else max += reach;
  });
  return [min, max];
}

/** Elements of a tensor that lie evenly: `offset`, `offset + stride`, …. */
export interface Run {
  readonly offset: number;
  readonly count: number;
  readonly stride: number;
}

/** A run, and where it begins in the tile. */
export interface PlacedRun extends Run {
  readonly place: number;
}

/**
 * The elements that a tile of offsets names where a mask holds, in order; exact, since a conjunction of half-spaces
 * leaves an interval of each row. Rows that continue each other are one run.
 */
export function runsOf(offsets: Affine, mask: Conjunction | null, shape: readonly number[]): Run[] {
  const runs: Run[] = [];
  eachRow(offsets, mask, shape, (row) => {
    const { offset, count, stride } = row;
    if (!extend(runs, row)) runs.push({ offset, count, stride });
  });
  return runs;
}

/** The same elements; runs continue each other in the tile as well. */
export function placedRunsOf(
  offsets: Affine,
  mask: Conjunction | null,
  shape: readonly number[],
): PlacedRun[] {
  const runs: PlacedRun[] = [];
  eachRow(offsets, mask, shape, (row) => {
    const last = runs[runs.length - 1];
    const continues = last !== undefined && last.place + last.count === row.place;
    if (!continues || !extend(runs, row)) runs.push(row);
  });
  return runs;
}

function eachRow(
  offsets: Affine,
  mask: Conjunction | null,
  shape: readonly number[],
  use: (row: PlacedRun) => void,
): void {
  const inner = shape[shape.length - 1] ?? 1;
  const outer = shape.slice(0, -1);
  const rows = outer.reduce((product, length) => product * length, 1);
  const innerStride = strideOf(offsets, shape.length, shape.length - 1);
  const at = new Array<number>(outer.length).fill(0);
  for (let row = 0; row < rows; row++) {
    const [from, until] = mask === null ? [0, inner] : interval(mask, at, shape.length, inner);
    if (until > from) {
      const start = valueAt(offsets, at, shape.length) + from * innerStride;
      const count = until - from;
      use({ offset: start, count, stride: count === 1 ? 1 : innerStride, place: row * inner + from });
    }
    for (let axis = outer.length - 1; axis >= 0 && ++at[axis]! === outer[axis]; axis--) at[axis] = 0;
  }
}

/** How many accesses of the memory runs need, or so many elements of which nothing is known. */
export function accessesOf(runs: readonly Run[] | null, elements: number): number {
  if (runs === null) return elements;
  return runs.reduce((sum, { count, stride }) => sum + (stride === 1 ? 1 : count), 0);
}

/** Makes the last run longer, when the next one continues it. */
function extend<R extends Run>(runs: R[], next: R): boolean {
  const last = runs[runs.length - 1];
  if (last?.stride !== 1 || next.stride !== 1 || last.offset + last.count !== next.offset) return false;
  runs[runs.length - 1] = { ...last, count: last.count + next.count };
  return true;
}

/** Inner indices of one row for which all terms hold. */
function interval(
  { terms }: Conjunction,
  at: readonly number[],
  axes: number,
  inner: number,
): [from: number, until: number] {
  let from = 0;
  let until = inner;
  for (const term of terms) {
    const value = valueAt(term, at, axes);
    const stride = strideOf(term, axes, axes - 1);
    if (stride === 0) {
      if (value < 0) return [0, 0];
    } else if (stride > 0) {
      from = Math.max(from, Math.ceil(-value / stride));
    } else {
      until = Math.min(until, Math.floor(value / -stride) + 1);
    }
  }
  return [from, until];
}

/** The value at outer indices `at` and inner index 0. */
function valueAt(form: Affine, at: readonly number[], axes: number): number {
  return at.reduce((sum, index, axis) => sum + index * strideOf(form, axes, axis), form.base);
}

function strideOf({ strides }: Affine, axes: number, axis: number): number {
  return strides[axis - axes + strides.length] ?? 0;
}
