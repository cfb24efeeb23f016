/**
 * What elements are, without data. A *stretch* is a run of elements that one number describes; what the numbers mean is
 * the algebra's own. Two algebras exist: fingerprints, and explicit contributions, which explain a difference.
 */
export interface Algebra {
  /** Zeros, of any length. */
  readonly zero: number;
  /** A whole input: element i of a tensor that a rank owns. */
  input(tensor: number, owner: number): number;
  /** One number everywhere. */
  constant(value: number): number;
  /** The same stretch without its first `by` elements. */
  shifted(value: number, by: number): number;
  /** Elementwise a + sign · b. */
  sum(a: number, b: number, sign: 1 | -1): number;
  product(a: number, b: number, length: number): number;
  scaled(value: number, by: number, how: "times" | "over"): number;
  maximum(a: number, b: number, length: number): number;
  /** The first element, everywhere. */
  repeated(value: number): number;
  /** Element j is the sum of the elements j, j + step, … of a stretch, n of them. */
  folded(value: number, n: number, step: number): number;
  /**
   * What an operation makes that is not linear. Its elements belong together: a part of the result is known as a part
   * of it, but not as the result of a part of the operands.
   * @param form tells operations of other shapes and lengths apart
   */
  opaque(form: number, operands: readonly number[], scalar: number): number;
  compared(a: number, b: number, length: number): Comparison;
}

/** `unknown`: both may be the same values, computed in other blocks by operations that are not linear. */
export type Comparison = "same" | "different" | "unknown";
