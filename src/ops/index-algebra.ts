/** What is known of the results of operations on integer tiles and masks, from what is known of their operands. */
import type { BinaryName } from "./computations.js";
import type { Tile } from "./handles.js";
import { affine, combine, type Affine, type Conjunction, type IndexForm } from "./index-form.js";

/** −1 is never at least 0. */
export const NOWHERE = conjunction([affine(-1, [])]);

/** What is known of the result of an operation, from what is known of its operands. */
export function indexOfResult(name: BinaryName, a: Tile | number, b: Tile | number): IndexForm | null {
  const left = typeof a === "number" ? affine(a, []) : a.index;
  const right = typeof b === "number" ? affine(b, []) : b.index;
  if (left === null || right === null) return null;
  if (left.kind === "conjunction" || right.kind === "conjunction") {
    if (left.kind === "affine" || right.kind === "affine") return null;
    return name === "and" || name === "bitAnd" ? conjunction([...left.terms, ...right.terms]) : null;
  }
  switch (name) {
    case "add":
      return combine(1, left, 1, right);
    case "sub":
      return combine(1, left, -1, right);
    case "mul":
      if (isConstant(left)) return combine(0, left, left.base, right);
      return isConstant(right) ? combine(right.base, left, 0, right) : null;
    case "shiftLeft":
      return isConstant(right) && right.base >= 0 && right.base < 32
        ? combine(2 ** right.base, left, 0, right)
        : null;
    case "lt":
      return conjunction([shifted(combine(-1, left, 1, right), -1)]);
    case "le":
      return conjunction([combine(-1, left, 1, right)]);
    case "gt":
      return conjunction([shifted(combine(1, left, -1, right), -1)]);
    case "ge":
      return conjunction([combine(1, left, -1, right)]);
    default:
      return null;
  }
}

function conjunction(terms: readonly Affine[]): Conjunction {
  return { kind: "conjunction", terms };
}

function shifted({ base, strides }: Affine, by: number): Affine {
  return affine(base + by, strides);
}

function isConstant({ strides }: Affine): boolean {
  return strides.every((stride) => stride === 0);
}

/** The same form with a stride for every axis. */
export function padded({ base, strides }: Affine, axes: number): Affine {
  return affine(base, [...new Array<number>(axes - strides.length).fill(0), ...strides]);
}

/** What a reshape leaves of an index form: axes of length 1 may come and go, and an even row may be folded. */
export function reshapedIndex(
  form: IndexForm,
  from: readonly number[],
  to: readonly number[],
): IndexForm | null {
  if (form.kind === "conjunction") {
    const terms = form.terms.map((term) => reshapedIndex(term, from, to));
    return terms.every((term) => term?.kind === "affine") ? conjunction(terms) : null;
  }
  const { base, strides } = padded(form, from.length);
  const long = from.flatMap((length, axis) => (length === 1 ? [] : [{ length, stride: strides[axis]! }]));
  const wanted = to.filter((length) => length !== 1);
  if (wanted.length !== long.length || wanted.some((length, axis) => length !== long[axis]!.length)) {
    const [only] = long;
    if (long.length !== 1 || only === undefined) return isConstant(form) ? affine(base, []) : null;
    // One even row, folded: each axis steps over what the later ones hold.
    let step = only.stride;
    const folded = to.map(() => 0);
    for (let axis = to.length - 1; axis >= 0; axis--) {
      folded[axis] = to[axis] === 1 ? 0 : step;
      step *= to[axis]!;
    }
    return affine(base, folded);
  }
  let next = 0;
  return affine(
    base,
    to.map((length) => (length === 1 ? 0 : long[next++]!.stride)),
  );
}
