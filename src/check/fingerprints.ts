import type { Algebra, Comparison } from "./algebra.js";
import { mixed } from "./mixing.js";
import {
  differenceOf,
  geometricSum,
  inverseOf,
  pairOf,
  productOf,
  residueOf,
  shiftedBy,
  sumOf,
} from "./residues.js";

/** Forms of a row that are none: nothing is known, or a set of stretches whose largest elements count. */
const UNKNOWN = -1;
const LARGEST_OF = -2;
/**
 * Part of a form that has an operation behind it whose operands may be taken in any order (a minimum, a maximum of
 * something else than stretches): what differs may then be the order alone.
 */
export const REORDERED = 2 ** 30;
/** Rows that are kept; beyond, results are unknown. */
const MAX_ROWS = 2 ** 23;
/** Members of a set of maxima in all sets together. */
const MAX_MEMBERS = 2 ** 25;
const SEED_FIRST = 0x3c6ef372;
const SEED_SECOND = 0x1b873593;

/**
 * Fingerprints: element i of input tensor t of rank r stands for A(t, r) · gⁱ in two prime fields. A stretch whose
 * element j is f · gʲ is the number f. Anything else is a row, as −2 − row: f · gʲ + c, with the *form* of the
 * operations that are not linear behind it (0 for none), or a set of maxima.
 */
export class Fingerprints implements Algebra {
  readonly zero = 0;
  private rows = 1;
  private factor = new Float64Array(1024);
  private everywhere = new Float64Array(1024);
  private form = new Int32Array(1024).fill(UNKNOWN);
  private readonly sets = new Map<number, Float64Array>();
  private readonly setOf = new Map<string, number>();
  private members = 0;

  input(tensor: number, owner: number): number {
    const word = mixed(mixed(SEED_FIRST, tensor), owner);
    return pairOf(word, mixed(word, SEED_SECOND));
  }

  constant(value: number): number {
    return value === 0 ? 0 : this.row(0, residueOf(value), 0);
  }

  shifted(value: number, by: number): number {
    if (value >= 0) return shiftedBy(value, by);
    if (by === 0) return value;
    const row = -2 - value;
    const form = this.form[row]!;
    if (form === UNKNOWN) return value;
    if (form === LARGEST_OF) return this.set(this.sets.get(row)!.map((member) => shiftedBy(member, by)));
    return this.row(shiftedBy(this.factor[row]!, by), this.everywhere[row]!, form);
  }

  sum(a: number, b: number, sign: 1 | -1): number {
    if (a >= 0 && b >= 0) return sign === 1 ? sumOf(a, b) : differenceOf(a, b);
    const [formA, formB] = [this.formOf(a), this.formOf(b)];
    if (formA === UNKNOWN || formB === UNKNOWN) return this.unknown;
    if (formA === LARGEST_OF || formB === LARGEST_OF) return this.opaque(0x51 + sign, [a, b], 0);
    const combine = sign === 1 ? sumOf : differenceOf;
    return this.row(
      combine(this.factorOf(a), this.factorOf(b)),
      combine(this.everywhereOf(a), this.everywhereOf(b)),
      formA === formB || formB === 0
        ? formA
        : formA === 0
          ? formB
          : formOf(formA ^ formB, formA + formB) | ((formA | formB) & REORDERED),
    );
  }

  product(a: number, b: number, length: number): number {
    const constant = this.isConstant(a) ? a : this.isConstant(b) ? b : null;
    if (constant === null || this.formOf(constant) !== 0) {
      return this.opaque(formOf(0x61, length), a < b ? [a, b] : [b, a], 0);
    }
    return this.times(constant === a ? b : a, this.everywhereOf(constant));
  }

  scaled(value: number, by: number, how: "times" | "over"): number {
    if (by === 0) return how === "times" ? 0 : this.opaque(0x62, [value], 0);
    const pair = residueOf(by);
    return this.times(value, how === "times" ? pair : inverseOf(pair));
  }

  maximum(a: number, b: number, length: number): number {
    if (a === b) return a;
    const [left, right] = [this.membersOf(a), this.membersOf(b)];
    if (left === null || right === null)
      return this.opaque(formOf(0x63, length) | REORDERED, a < b ? [a, b] : [b, a], 0);
    return this.set(merged(left, right));
  }

  repeated(value: number): number {
    const form = this.formOf(value);
    if (form === UNKNOWN) return value;
    if (form === LARGEST_OF) return this.opaque(0x64, [value], 0);
    return this.row(0, sumOf(this.factorOf(value), this.everywhereOf(value)), form);
  }

  folded(value: number, n: number, step: number): number {
    const form = this.formOf(value);
    if (form === UNKNOWN) return value;
    if (form === LARGEST_OF) return this.opaque(formOf(0x65, n), [value], step);
    const folded = productOf(this.factorOf(value), geometricSum(n, step));
    return this.row(folded, productOf(this.everywhereOf(value), residueOf(n)), form);
  }

  opaque(form: number, operands: readonly number[], scalar: number): number {
    let [first, second] = [mixed(SEED_FIRST, form), mixed(SEED_SECOND, form)];
    let known = form;
    let areConstant = true;
    const scalarPair = scalar === 0 ? 0 : residueOf(scalar);
    [first, second] = [mixed(first, scalarPair), mixed(second, scalarPair)];
    for (const operand of operands) {
      const operandForm = this.formOf(operand);
      if (operandForm === UNKNOWN) return this.unknown;
      if (!this.isConstant(operand)) areConstant = false;
      known = formOf(known, operandForm);
      const parts = this.membersOf(operand) ?? [this.factorOf(operand), this.everywhereOf(operand)];
      for (const part of parts) [first, second] = [mixed(first, part), mixed(second, part)];
    }
    const pair = pairOf(first, second);
    return areConstant ? this.row(0, pair, known) : this.row(pair, 0, known);
  }

  compared(a: number, b: number, length: number): Comparison {
    if (length === 0 || (a === b && a >= 0)) return "same";
    if (a >= 0 && b >= 0) return "different";
    const [formA, formB] = [this.formOf(a), this.formOf(b)];
    if (formA === UNKNOWN || formB === UNKNOWN) return "unknown";
    if (a === b) return "same";
    if (formA === LARGEST_OF || formB === LARGEST_OF) {
      return this.membersOf(a) === null || this.membersOf(b) === null ? "unknown" : "different";
    }
    const isSame =
      length === 1
        ? sumOf(this.factorOf(a), this.everywhereOf(a)) === sumOf(this.factorOf(b), this.everywhereOf(b))
        : this.factorOf(a) === this.factorOf(b) && this.everywhereOf(a) === this.everywhereOf(b);
    if (isSame) return "same";
    return formA === formB && (formA & REORDERED) === 0 ? "different" : "unknown";
  }

  private get unknown(): number {
    return -2;
  }

  private times(value: number, pair: number): number {
    if (value >= 0) return productOf(value, pair);
    const form = this.formOf(value);
    if (form === UNKNOWN) return value;
    // The order of elements may turn round, so nothing is known of a scaled maximum but where it comes from.
    if (form === LARGEST_OF) return this.opaque(0x66, [value], pair);
    return this.row(productOf(this.factorOf(value), pair), productOf(this.everywhereOf(value), pair), form);
  }

  private isConstant(value: number): boolean {
    return value === 0 || (value < 0 && this.formOf(value) >= 0 && this.factor[-2 - value] === 0);
  }

  private formOf(value: number): number {
    return value >= 0 ? 0 : this.form[-2 - value]!;
  }

  private factorOf(value: number): number {
    return value >= 0 ? value : this.factor[-2 - value]!;
  }

  private everywhereOf(value: number): number {
    return value >= 0 ? 0 : this.everywhere[-2 - value]!;
  }

  /** The stretches whose largest elements a value is; null when it is something else. */
  private membersOf(value: number): Float64Array | null {
    return value >= 0 ? Float64Array.of(value) : (this.sets.get(-2 - value) ?? null);
  }

  private set(members: Float64Array): number {
    if (members.length === 1) return members[0]!;
    members.sort();
    const key = members.join();
    const known = this.setOf.get(key);
    if (known !== undefined) return known;
    this.members += members.length;
    if (this.members > MAX_MEMBERS) return this.unknown;
    const value = this.newRow(0, 0, LARGEST_OF);
    if (value !== this.unknown) {
      this.sets.set(-2 - value, members);
      this.setOf.set(key, value);
    }
    return value;
  }

  private row(factor: number, everywhere: number, form: number): number {
    return everywhere === 0 && form === 0 ? factor : this.newRow(factor, everywhere, form);
  }

  private newRow(factor: number, everywhere: number, form: number): number {
    const row = this.rows;
    if (row === MAX_ROWS) return this.unknown;
    if (row === this.form.length) this.grow();
    this.rows = row + 1;
    this.factor[row] = factor;
    this.everywhere[row] = everywhere;
    this.form[row] = form;
    return -2 - row;
  }

  private grow(): void {
    const size = 2 * this.form.length;
    const [factor, everywhere, form] = [new Float64Array(size), new Float64Array(size), new Int32Array(size)];
    factor.set(this.factor);
    everywhere.set(this.everywhere);
    form.set(this.form);
    [this.factor, this.everywhere, this.form] = [factor, everywhere, form];
  }
}

/** A form that stands for two numbers; never 0. */
export function formOf(a: number, b: number): number {
  return (mixed(mixed(SEED_SECOND, a), b) & (REORDERED - 1)) | 1 | ((a | b) & REORDERED);
}

/** Both sets, each member once. */
function merged(a: Float64Array, b: Float64Array): Float64Array {
  return Float64Array.from(new Set([...a, ...b]));
}
