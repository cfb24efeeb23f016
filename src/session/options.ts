import type { ConstexprValue } from "../compiler/bundle.js";
import type { DTypeName } from "../data/dtypes.js";

/** What a run is asked to do, after the command line is parsed. */
export interface RunOptions {
  /** Name of a bench, or null when `kernel` is given. */
  bench: string | null;
  /** `FILE` or `FILE#export`. */
  kernel: string | null;
  /** Preset name or path of a topology file. */
  topology: string;
  /** `path=value` overrides of the topology. */
  set: readonly string[];
  device: string;
  bytes: number;
  dtype: DTypeName;
  algorithm: string | null;
  /** Values of the kernel's `constexpr` parameters by name; their defaults when absent. */
  constexpr: Readonly<Record<string, ConstexprValue>>;
  verify: boolean;
  /** Seeded inputs: `±1` (exact sums) or normally distributed. */
  data: "±1" | "normal";
  seed: number;
  /** Path of an npz file for inputs and outputs. */
  dump: string | null;
  inject: "corrupt-element" | null;
  /** Check the program first, and do not run what would fail. */
  check: boolean;
  /** Run although the prediction exceeds memory or 10^9 events. */
  force: boolean;
  /** Record spans for a trace: of these devices, or of the default choice when null. */
  trace: { device: string | null; maxLanes: number } | null;
}

/** Reports of a run in progress; called on the timing thread, so it must be quick. */
export interface RunHooks {
  /** `phase` such as "compile", "simulate", "replay"; `text` is one short line. */
  progress?(phase: string, text: string): void;
}
