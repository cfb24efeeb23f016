/** The number of elements of a shape while typing: products of decimal numbers, lowest digit first. */
import type { Meets, Shape } from "./shapes.js";

/** Whether two shapes hold the same number of elements, as far as their lengths are known. */
export type CountsMatch<A extends Shape, B extends Shape> = [number, 0] extends [A[number] | B[number], 0]
  ? true
  : Meets<Count<A>, Count<B>>;

/** The number of elements as messages show it. */
export type ShowCount<S extends Shape> = Count<S> extends "" ? "0" : Reversed<Count<S> & string>;

/** Digits of the product, lowest first, without zeros in front: nothing at all for 0. */
type Count<S extends Shape> = Trimmed<Multiplied<S> & string>;
type Multiplied<S extends Shape, Out extends string = "1"> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? Multiplied<Rest, Times<Reversed<`${N}`> & string, Out> & string>
  : Out;

type Reversed<T extends string, Out extends string = ""> = T extends `${infer First}${infer Rest}`
  ? Reversed<Rest, `${First}${Out}`>
  : Out;
type Trimmed<T extends string> = T extends `${infer Rest}0` ? Trimmed<Rest> : T;

type Digit = keyof Units;
/** As many entries as a digit says. */
interface Units {
  0: [];
  1: [0];
  2: [0, 0];
  3: [0, 0, 0];
  4: [0, 0, 0, 0];
  5: [0, 0, 0, 0, 0];
  6: [0, 0, 0, 0, 0, 0];
  7: [0, 0, 0, 0, 0, 0, 0];
  8: [0, 0, 0, 0, 0, 0, 0, 0];
  9: [0, 0, 0, 0, 0, 0, 0, 0, 0];
}
type Repeated<A extends 0[], Times extends 0[]> = Times extends [0, ...infer Rest extends 0[]]
  ? [...A, ...Repeated<A, Rest>]
  : [];

/** [tens, ones] of as many entries as a list has. */
type TensAndOnes<T extends unknown[]> =
  `${T["length"]}` extends `${infer Tens extends Digit}${infer Ones extends Digit}`
    ? [Tens, Ones]
    : [0, T["length"]];

// What is done so far is handed on as `Out`, and `& string` says what it is: else the checker looks for it in all depth.

type Times<
  A extends string,
  B extends string,
  Shift extends string = "",
  Out extends string = "0",
> = B extends `${infer D extends Digit}${infer Rest}`
  ? Times<A, Rest, `${Shift}0`, Plus<Out, `${Shift}${Scaled<A, D> & string}`> & string>
  : Out;

/** A number times one digit, plus a carry. */
type Scaled<
  A extends string,
  D extends Digit,
  Carry extends Digit = 0,
  Out extends string = "",
> = A extends `${infer First extends Digit}${infer Rest}`
  ? TensAndOnes<[...Repeated<Units[First], Units[D]>, ...Units[Carry]]> extends [
      infer Tens extends Digit,
      infer Ones extends Digit,
    ]
    ? Scaled<Rest, D, Tens, `${Out}${Ones}`>
    : never
  : `${Out}${Carry}`;

type Plus<
  A extends string,
  B extends string,
  Carry extends Digit = 0,
  Out extends string = "",
> = A extends `${infer First extends Digit}${infer Rest}`
  ? B extends `${infer Other extends Digit}${infer Others}`
    ? TensAndOnes<[...Units[First], ...Units[Other], ...Units[Carry]]> extends [
        infer Tens extends Digit,
        infer Ones extends Digit,
      ]
      ? Plus<Rest, Others, Tens, `${Out}${Ones}`>
      : never
    : Plus<A, "0", Carry, Out>
  : B extends ""
    ? `${Out}${Carry}`
    : Plus<"0", B, Carry, Out>;
