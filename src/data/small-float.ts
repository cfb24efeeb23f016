/** Floating-point formats of at most 16 bits, by their parameters; f16, which is faster, has a file of its own. */

export interface FloatFormat {
  /** The nearest number of the format to any float64, ties to even. */
  readonly round: (x: number) => number;
  readonly encode: (x: number) => number;
  /** The value of every bit pattern. */
  readonly values: Float32Array;
  /** Rounds in place; true when that changed any value. */
  roundArray(values: Float32Array): boolean;
  /** Rounds all of `source` and writes the bits to `target`, from `targetOffset` on. */
  encodeArray(source: Float32Array, target: Uint8Array | Uint16Array, targetOffset: number): void;
  /** Decodes `count` patterns of `source`, from `sourceOffset` on, to the start of `target`. */
  decodeArray(
    source: Uint8Array | Uint16Array,
    sourceOffset: number,
    count: number,
    target: Float32Array,
  ): void;
}

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
scratch[0] = 1;
/** Index of the word with sign and exponent. */
const HIGH = words[1] === 0 ? 0 : 1;

export interface SmallFloatParameters {
  /** Bits of the significand, the hidden one included. */
  readonly precision: number;
  /** Exponents of the smallest normal number and of the largest number. */
  readonly minExponent: number;
  readonly maxExponent: number;
  readonly max: number;
  /** All bits of a number but the sign. */
  readonly bits: number;
  /** Whether what is too large becomes an infinity; else it becomes NaN. */
  readonly hasInfinity: boolean;
}

export class SmallFloat {
  /** The value of every bit pattern. */
  readonly values: Float32Array;
  /** For each exponent 1.5·2^52 times the spacing of the numbers there: adding it makes the hardware round. */
  private readonly rounders: Float64Array;
  private readonly maxBits: number;
  private readonly nanBits: number;

  constructor(private readonly parameters: SmallFloatParameters) {
    const { precision, minExponent, maxExponent, max, bits, hasInfinity } = parameters;
    this.rounders = Float64Array.from(
      { length: maxExponent - minExponent + 1 },
      (_, i) => 1.5 * 2 ** (52 + minExponent + i - (precision - 1)),
    );
    this.maxBits = this.magnitudeBits(max);
    // Quiet: the highest bit of the fraction is set.
    this.nanBits = hasInfinity ? (this.maxBits + 1) | (1 << (precision - 2)) : this.maxBits + 1;
    this.values = Float32Array.from({ length: 2 << bits }, (_, pattern) => this.valueOf(pattern));
  }

  /** The nearest number of this format, ties to even. */
  readonly round = (x: number): number => {
    const { minExponent, maxExponent, max } = this.parameters;
    const exponent = exponentOf(x);
    if (exponent > maxExponent) return x === x ? this.overflow(x) : NaN;
    const rounder = this.rounders[exponent > minExponent ? exponent - minExponent : 0];
    const rounded = x + rounder - rounder;
    // Keeps the sign of a zero.
    if (rounded === 0) return x * 0;
    return Math.abs(rounded) > max ? this.overflow(x) : rounded;
  };

  /** The bits of the nearest number; there is one NaN. */
  readonly encode = (x: number): number => {
    const rounded = this.round(x);
    if (rounded !== rounded) return this.nanBits;
    const sign = rounded < 0 || Object.is(rounded, -0) ? 1 << this.parameters.bits : 0;
    return sign | (Math.abs(rounded) === Infinity ? this.maxBits + 1 : this.magnitudeBits(Math.abs(rounded)));
  };

  private overflow(x: number): number {
    if (!this.parameters.hasInfinity) return NaN;
    return x > 0 ? Infinity : -Infinity;
  }

  /** The hidden bit of the significand carries into the exponent. */
  private magnitudeBits(magnitude: number): number {
    const { precision, minExponent } = this.parameters;
    const exponent = Math.max(exponentOf(magnitude), minExponent);
    return (exponent - minExponent) * 2 ** (precision - 1) + magnitude * 2 ** (precision - 1 - exponent);
  }

  private valueOf(pattern: number): number {
    const { precision, minExponent, bits, hasInfinity } = this.parameters;
    const magnitude = pattern & ((1 << bits) - 1);
    const sign = pattern >>> bits === 0 ? 1 : -1;
    if (magnitude > this.maxBits)
      return hasInfinity && magnitude === this.maxBits + 1 ? sign * Infinity : NaN;
    const hidden = 2 ** (precision - 1);
    const [exponent, fraction] = [Math.floor(magnitude / hidden), magnitude % hidden];
    const spacing = 2 ** (minExponent + Math.max(exponent, 1) - precision);
    return sign * (exponent === 0 ? fraction : hidden + fraction) * spacing;
  }
}

/** ⌊log2 |x|⌋ of normal numbers; −1023 for zero, 1024 for infinities and NaN. */
function exponentOf(x: number): number {
  scratch[0] = x;
  return ((words[HIGH] >>> 20) & 0x7ff) - 1023;
}
