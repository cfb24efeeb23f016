/**
 * The error function and its complement, less than one and less than three units in the last place of float64 off, by
 * the rational approximations of fdlibm: one on each of [0, 0.84375), [0.84375, 1.25), [1.25, 1/0.35), [1/0.35, 28).
 */

/** A polynomial, lowest power first. */
type Polynomial = readonly number[];

function at(coefficients: Polynomial, x: number): number {
  let value = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) value = value * x + coefficients[i];
  return value;
}

/** erf(1) rounded to f32, to which the second approximation adds. */
const ERF_OF_ONE = 8.45062911510467529297e-1;

/** (erf(x) − x) / x, in x². */
const SMALL_P: Polynomial = [
  1.28379167095512558561e-1, -3.2504210724700149937e-1, -2.84817495755985104766e-2,
  -5.77027029648944159157e-3, -2.37630166566501626084e-5,
];
const SMALL_Q: Polynomial = [
  1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3,
  1.32494738004321644526e-4, -3.9602282787753681232e-6,
];
/** erf(x) − ERF_OF_ONE, in |x| − 1. */
const MIDDLE_P: Polynomial = [
  -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1,
  3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2, -2.166375594868790843e-3,
];
const MIDDLE_Q: Polynomial = [
  1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2,
  1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.1984499846799107417e-2,
];
/** ln(x · erfc(x) · e^(x²)) + 0.5625, in 1/x². */
const LARGE_P: Polynomial = [
  -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1,
  -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2, -8.12874355063065934246e1,
  -9.81432934416914548592,
];
const LARGE_Q: Polynomial = [
  1, 1.96512716674392571292e1, 1.376577541435190426e2, 4.34565877475229228821e2, 6.45387271733267880336e2,
  4.29008140027567833386e2, 1.08635005541779435134e2, 6.57024977031928170135, -6.04244152148580987438e-2,
];
const HUGE_P: Polynomial = [
  -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1,
  -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3, -4.83519191608651397019e2,
];
const HUGE_Q: Polynomial = [
  1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3, 3.19985821950859553908e3,
  2.55305040643316442583e3, 4.74528541206955367215e2, -2.24409524465858183362e1,
];

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
float[0] = 1;
const LOW = words[1] === 0 ? 1 : 0;

/** erfc of x ≥ 1.25. */
function tail(x: number): number {
  const inverse = 1 / (x * x);
  const ratio =
    x < 1 / 0.35 ? at(LARGE_P, inverse) / at(LARGE_Q, inverse) : at(HUGE_P, inverse) / at(HUGE_Q, inverse);
  // e^(−x²) with x cut to 21 bits, whose square is exact: the rest is a small factor.
  float[0] = x;
  words[LOW] = 0;
  const cut = float[0];
  return (Math.exp(-cut * cut - 0.5625) * Math.exp((cut - x) * (cut + x) + ratio)) / x;
}

export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 0.84375) return x + x * (at(SMALL_P, x * x) / at(SMALL_Q, x * x));
  const sign = x < 0 ? -1 : 1;
  if (magnitude < 1.25) {
    return sign * (ERF_OF_ONE + at(MIDDLE_P, magnitude - 1) / at(MIDDLE_Q, magnitude - 1));
  }
  return magnitude < 6 ? sign * (1 - tail(magnitude)) : magnitude >= 6 ? sign : NaN;
}

/** 1 − erf(x), also where that is tiny. */
export function erfc(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 0.84375) {
    const ratio = at(SMALL_P, x * x) / at(SMALL_Q, x * x);
    return x < 0.25 ? 1 - (x + x * ratio) : 0.5 - (x - 0.5 + x * ratio);
  }
  if (magnitude < 1.25) {
    const ratio = at(MIDDLE_P, magnitude - 1) / at(MIDDLE_Q, magnitude - 1);
    return x > 0 ? 1 - ERF_OF_ONE - ratio : 1 + (ERF_OF_ONE + ratio);
  }
  if (magnitude < 28) return x > 0 ? tail(x) : 2 - tail(magnitude);
  return x > 0 ? 0 : x < 0 ? 2 : NaN;
}
