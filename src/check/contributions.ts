import type { Algebra, Comparison } from "./algebra.js";

/** Elements of one input, from `offset` on, so many times. */
export interface Contribution {
  /** Index of the tensor; −1 for the result of an operation that is not linear. */
  readonly tensor: number;
  readonly owner: number;
  readonly offset: number;
  readonly times: number;
}

interface Sum {
  readonly parts: readonly Contribution[];
  /** Added to every element. */
  readonly constant: number;
}

/** The smallest share that counts: what is left of rounding is none. */
const EPSILON = 1e-9;

/** Values as what they were made of, one by one: says which contributions are missing when fingerprints differ. */
export class Contributions implements Algebra {
  readonly zero = 0;
  private readonly sums: Sum[] = [{ parts: [], constant: 0 }];
  private operations = 0;

  /** What the first element of a stretch was made of. */
  of(value: number): readonly Contribution[] {
    return this.sums[value]!.parts;
  }

  input(tensor: number, owner: number): number {
    return this.add([{ tensor, owner, offset: 0, times: 1 }], 0);
  }

  constant(value: number): number {
    return value === 0 ? 0 : this.add([], value);
  }

  shifted(value: number, by: number): number {
    const { parts, constant } = this.sums[value]!;
    if (by === 0 || parts.length === 0) return value;
    return this.add(
      parts.map((part) => ({ ...part, offset: part.offset + by })),
      constant,
    );
  }

  sum(a: number, b: number, sign: 1 | -1): number {
    const [left, right] = [this.sums[a]!, this.sums[b]!];
    const parts = merged(left.parts, right.parts, (x, y) => x + sign * y);
    return this.add(parts, left.constant + sign * right.constant);
  }

  product(a: number, b: number, length: number): number {
    const [left, right] = [this.sums[a]!, this.sums[b]!];
    if (left.parts.length === 0) return this.scaled(b, left.constant, "times");
    if (right.parts.length === 0) return this.scaled(a, right.constant, "times");
    return this.opaque(length);
  }

  scaled(value: number, by: number, how: "times" | "over"): number {
    const { parts, constant } = this.sums[value]!;
    const scale = (x: number): number => (how === "times" ? x * by : x / by);
    return this.add(
      parts.map((part) => ({ ...part, times: scale(part.times) })),
      scale(constant),
    );
  }

  maximum(a: number, b: number): number {
    const [left, right] = [this.sums[a]!, this.sums[b]!];
    return this.add(merged(left.parts, right.parts, Math.max), Math.max(left.constant, right.constant));
  }

  repeated(value: number): number {
    return this.opaque(value);
  }

  folded(value: number): number {
    return this.opaque(value);
  }

  opaque(form: number): number {
    return this.add([{ tensor: -1, owner: this.operations++, offset: form, times: 1 }], 0);
  }

  compared(a: number, b: number): Comparison {
    if (a === b) return "same";
    const [left, right] = [this.sums[a]!, this.sums[b]!];
    const rest = merged(left.parts, right.parts, (x, y) => x - y);
    return rest.length === 0 && left.constant === right.constant ? "same" : "different";
  }

  private add(parts: readonly Contribution[], constant: number): number {
    return this.sums.push({ parts, constant }) - 1;
  }
}

/** Both lists, in order; parts of the same elements become one. */
function merged(
  a: readonly Contribution[],
  b: readonly Contribution[],
  combine: (a: number, b: number) => number,
): Contribution[] {
  const result: Contribution[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const order = i === a.length ? 1 : j === b.length ? -1 : compare(a[i]!, b[j]!);
    const part = order <= 0 ? a[i]! : b[j]!;
    const times = combine(order <= 0 ? a[i]!.times : 0, order >= 0 ? b[j]!.times : 0);
    if (Math.abs(times) > EPSILON) result.push({ ...part, times });
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return result;
}

function compare(a: Contribution, b: Contribution): number {
  return a.tensor - b.tensor || a.owner - b.owner || a.offset - b.offset;
}
