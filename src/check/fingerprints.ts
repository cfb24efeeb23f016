import type { Algebra, Comparison } from "./algebra.js";
import { mixed } from "./mixing.js";
import {
  differenceOf,
  geometricSum,
  hasResidue,
  inverseOf,
  pairOf,
  productOf,
  residueOf,
  shiftedBy,
  sumOf,
} from "./residues.js";

/** What a row is. */
const Kind = {
  /** Nothing is known. */
  unknown: 0,
  /** f · gʲ + c. */
  linear: 1,
  /** The same, with something behind it of which only equality can be told. */
  opaque: 2,
  /** The largest elements of a set of stretches. */
  largest: 3,
} as const;
/** Rows that are kept; beyond, results are unknown. */
const MAX_ROWS = 2 ** 23;
/** Members of a set of maxima in all sets together. */
const MAX_MEMBERS = 2 ** 25;
/** The row of which nothing is known. */
const UNKNOWN = -2;
const SEED_FIRST = 0x3c6ef372;
const SEED_SECOND = 0x1b873593;

/**
 * Fingerprints: element i of input tensor t of rank r stands for A(t, r) · gⁱ in two prime fields. A stretch whose
 * element j is f · gʲ is the number f. Anything else is a row, as −2 − row: f · gʲ + c, or a set of maxima. Where an
 * operation that is not linear, or a factor without an exact residue, is behind it, equal rows are equal data, but
 * others may be so too: another way to compute the same.
 */
export class Fingerprints implements Algebra {
  readonly zero = 0;
  private rows = 1;
  private factor = new Float64Array(1024);
  private everywhere = new Float64Array(1024);
  /** The first row is the one of which nothing is known. */
  private kind = new Uint8Array(1024);
  private readonly sets = new Map<number, Float64Array>();
  private readonly setOf = new Map<string, number>();
  private members = 0;

  input(tensor: number, owner: number): number {
    const word = mixed(mixed(SEED_FIRST, tensor), owner);
    return pairOf(word, mixed(word, SEED_SECOND));
  }

  constant(value: number): number {
    return value === 0 ? 0 : this.row(0, residueOf(value), kindOfNumber(value));
  }

  shifted(value: number, by: number): number {
    if (value >= 0) return shiftedBy(value, by);
    if (by === 0) return value;
    const row = -2 - value;
    const kind = this.kind[row]!;
    if (kind === Kind.unknown) return value;
    if (kind === Kind.largest) return this.set(this.sets.get(row)!.map((member) => shiftedBy(member, by)));
    return this.row(shiftedBy(this.factor[row]!, by), this.everywhere[row]!, kind);
  }

  sum(a: number, b: number, sign: 1 | -1): number {
    if (a >= 0 && b >= 0) return sign === 1 ? sumOf(a, b) : differenceOf(a, b);
    const [kindA, kindB] = [this.kindOf(a), this.kindOf(b)];
    if (kindA === Kind.unknown || kindB === Kind.unknown) return UNKNOWN;
    if (kindA === Kind.largest || kindB === Kind.largest) return this.opaque(0x51 + sign, [a, b], 0);
    const combine = sign === 1 ? sumOf : differenceOf;
    return this.row(
      combine(this.factorOf(a), this.factorOf(b)),
      combine(this.everywhereOf(a), this.everywhereOf(b)),
      Math.max(kindA, kindB),
    );
  }

  product(a: number, b: number, length: number): number {
    const constant = this.isConstant(a) ? a : this.isConstant(b) ? b : null;
    if (constant === null || this.kindOf(constant) !== Kind.linear) {
      return this.opaque(formOf(0x61, length), this.inOrder(a, b), 0);
    }
    return this.times(constant === a ? b : a, this.everywhereOf(constant), true);
  }

  scaled(value: number, by: number, how: "times" | "over"): number {
    if (by === 0) return how === "times" ? 0 : this.opaque(0x62, [value], 0);
    const pair = residueOf(by);
    return this.times(value, how === "times" ? pair : inverseOf(pair), hasResidue(by));
  }

  maximum(a: number, b: number, length: number): number {
    if (a === b) return a;
    const [left, right] = [this.membersOf(a), this.membersOf(b)];
    if (left === null || right === null) return this.opaque(formOf(0x63, length), this.inOrder(a, b), 0);
    return this.set(merged(left, right));
  }

  repeated(value: number): number {
    const kind = this.kindOf(value);
    if (kind === Kind.unknown) return value;
    if (kind === Kind.largest) return this.opaque(0x64, [value], 0);
    return this.row(0, sumOf(this.factorOf(value), this.everywhereOf(value)), kind);
  }

  folded(value: number, n: number, step: number): number {
    const kind = this.kindOf(value);
    if (kind === Kind.unknown) return value;
    if (kind === Kind.largest) return this.opaque(formOf(0x65, n), [value], step);
    const folded = productOf(this.factorOf(value), geometricSum(n, step));
    return this.row(folded, productOf(this.everywhereOf(value), residueOf(n)), kind);
  }

  opaque(form: number, operands: readonly number[], scalar: number): number {
    let [first, second] = [mixed(SEED_FIRST, form), mixed(SEED_SECOND, form)];
    const scalarPair = scalar === 0 ? 0 : residueOf(scalar);
    [first, second] = [mixed(first, scalarPair), mixed(second, scalarPair)];
    for (const operand of operands) {
      if (this.kindOf(operand) === Kind.unknown) return UNKNOWN;
      const parts = this.membersOf(operand) ?? [this.factorOf(operand), this.everywhereOf(operand)];
      for (const part of parts) [first, second] = [mixed(first, part), mixed(second, part)];
    }
    const pair = pairOf(first, second);
    // An operation without operands counts elements, as arange does.
    const isConstant = operands.length > 0 && operands.every((operand) => this.isConstant(operand));
    return this.row(isConstant ? 0 : pair, isConstant ? pair : 0, Kind.opaque);
  }

  compared(a: number, b: number, length: number): Comparison {
    if (length === 0 || (a === b && a >= 0)) return "same";
    if (a >= 0 && b >= 0) return "different";
    const [kindA, kindB] = [this.kindOf(a), this.kindOf(b)];
    if (kindA === Kind.unknown || kindB === Kind.unknown) return "unknown";
    if (a === b) return "same";
    if (kindA === Kind.largest || kindB === Kind.largest) {
      return this.membersOf(a) === null || this.membersOf(b) === null ? "unknown" : "different";
    }
    const isSame =
      length === 1
        ? sumOf(this.factorOf(a), this.everywhereOf(a)) === sumOf(this.factorOf(b), this.everywhereOf(b))
        : this.factorOf(a) === this.factorOf(b) && this.everywhereOf(a) === this.everywhereOf(b);
    if (isSame) return "same";
    return kindA === Kind.linear && kindB === Kind.linear ? "different" : "unknown";
  }

  private times(value: number, pair: number, isExact: boolean): number {
    const kind = this.kindOf(value);
    if (kind === Kind.unknown) return value;
    // The order of elements may turn round, so nothing is known of a scaled maximum but where it comes from.
    if (kind === Kind.largest) return this.opaque(0x66, [value], pair);
    const everywhere = productOf(this.everywhereOf(value), pair);
    return this.row(productOf(this.factorOf(value), pair), everywhere, isExact ? kind : Kind.opaque);
  }

  private isConstant(value: number): boolean {
    return value === 0 || (value < 0 && this.isPair(value) && this.factor[-2 - value] === 0);
  }

  /** Is a row f · gʲ + c? */
  private isPair(value: number): boolean {
    const kind = this.kindOf(value);
    return kind === Kind.linear || kind === Kind.opaque;
  }

  /** Two operands in an order that does not depend on which was made first. */
  private inOrder(a: number, b: number): [number, number] {
    const order = this.factorOf(a) - this.factorOf(b) || this.everywhereOf(a) - this.everywhereOf(b);
    return order <= 0 ? [a, b] : [b, a];
  }

  private kindOf(value: number): number {
    return value >= 0 ? Kind.linear : this.kind[-2 - value]!;
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
    if (this.members > MAX_MEMBERS) return UNKNOWN;
    const value = this.newRow(0, 0, Kind.largest);
    if (value !== UNKNOWN) {
      this.sets.set(-2 - value, members);
      this.setOf.set(key, value);
    }
    return value;
  }

  private row(factor: number, everywhere: number, kind: number): number {
    return everywhere === 0 && kind === Kind.linear ? factor : this.newRow(factor, everywhere, kind);
  }

  private newRow(factor: number, everywhere: number, kind: number): number {
    const row = this.rows;
    if (row === MAX_ROWS) return UNKNOWN;
    if (row === this.kind.length) this.grow();
    this.rows = row + 1;
    this.factor[row] = factor;
    this.everywhere[row] = everywhere;
    this.kind[row] = kind;
    return -2 - row;
  }

  private grow(): void {
    const size = 2 * this.kind.length;
    const [factor, everywhere, kind] = [new Float64Array(size), new Float64Array(size), new Uint8Array(size)];
    factor.set(this.factor);
    everywhere.set(this.everywhere);
    kind.set(this.kind);
    [this.factor, this.everywhere, this.kind] = [factor, everywhere, kind];
  }
}

/** One number for two: operations of other kinds, shapes and lengths have another form. */
export function formOf(a: number, b: number): number {
  return mixed(mixed(SEED_SECOND, a), b) & 0x7fffffff;
}

function kindOfNumber(value: number): number {
  return hasResidue(value) ? Kind.linear : Kind.opaque;
}

/** Both sets, each member once. */
function merged(a: Float64Array, b: Float64Array): Float64Array {
  return Float64Array.from(new Set([...a, ...b]));
}
