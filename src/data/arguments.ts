/** What a launch hands to every rank: tensors in HBM and plain values. Equal ranks share one object. */
import type { DTypeName } from "./dtypes.js";

export interface TensorPlan {
  readonly name: string;
  readonly role: "input" | "output" | "inout";
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  /** Product of `shape`. */
  readonly elements: number;
}

export type ArgPlan =
  | { readonly kind: "tensor"; /** Index into RankArgs.tensors. */ readonly tensor: number }
  | { readonly kind: "value"; readonly value: unknown };

export interface RankArgs {
  readonly tensors: readonly TensorPlan[];
  /** In the order of the kernel's parameters. */
  readonly args: readonly ArgPlan[];
}

export interface LaunchArgs {
  readonly world: number;
  /** One entry per rank; ranks with equal arguments hold the same object. */
  readonly byRank: readonly RankArgs[];
}
