import { Flags } from "@oclif/core";
import type { Interfaces } from "@oclif/core";
import { usageError } from "../base/diagnostics.js";
import { parseSize } from "../base/units.js";
import { DTYPES } from "../data/dtypes.js";
import type { RunOptions } from "../session/options.js";
import { constexprFlag, parseConstexpr } from "./constexpr-flag.js";

/** Seeds are unsigned 32-bit integers. */
const SEED_LIMIT = 2 ** 32;

/** Flags that `run` and `profile` share. */
export const runFlags = {
  bench: Flags.string({
    description: "Bench to run; allreduce when neither --bench nor --kernel is given.",
    helpValue: "NAME|FILE",
  }),
  kernel: Flags.string({ description: "Kernel file to run.", helpValue: "FILE[#EXPORT]" }),
  topology: Flags.string({
    description: "Machine to simulate: a preset (linqu list names them) or a YAML file.",
    default: "host",
    helpValue: "PRESET|FILE",
  }),
  set: Flags.string({
    description:
      "Override one value of the topology; may be repeated. Several values (PATH=V1,V2) make a sweep.",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "PATH=VALUE",
  }),
  device: Flags.string({
    description: "Devices to use, such as host:0/sip:0; the same choice in every parent.",
    default: "all",
    helpValue: "SPEC",
  }),
  bytes: Flags.string({
    description: "Bytes per rank, such as 4096, 96KiB or 1MB (binary units).",
    default: "4KiB",
    helpValue: "SIZE",
  }),
  dtype: Flags.option({ options: DTYPES, default: "f32" as const })({
    description: "Element type of the tensors.",
  }),
  algorithm: Flags.string({
    description: "Algorithm of the bench; the topology's own choice when absent.",
    helpValue: "NAME",
  }),
  constexpr: constexprFlag,
  "verify-data": Flags.boolean({
    description: "Compute real values and compare them with a float64 golden.",
  }),
  data: Flags.option({ options: ["±1", "pm1", "normal"] as const, default: "±1" as const })({
    description: "Input values: ±1 (also spelled pm1; sums are exact) or normally distributed.",
  }),
  seed: Flags.string({ description: "Seed of the input values.", default: "1", helpValue: "N" }),
  inject: Flags.option({ options: ["corrupt-element"] as const })({
    description: "Flip the sign of one seeded element in flight; the run must then fail with exit code 4.",
  }),
  dump: Flags.string({ description: "Write inputs and outputs to an npz file.", helpValue: "FILE" }),
  force: Flags.boolean({ description: "Run although the predicted size exceeds the limits." }),
};

/** Flag of `run` alone: a profile shows where a program stands, also one that would fail. */
export const checkFlag = Flags.boolean({
  description: "Check the program before it runs; what would fail is not started.",
  default: true,
  allowNo: true,
});

export type RunFlagValues = Interfaces.InferredFlags<typeof runFlags> & { check?: boolean };

/**
 * Options of a run from its parsed flags, without a trace.
 * @throws LQ0003 a value that is not a size, a number or an assignment; LQ0007 flags that exclude each other
 */
export function toRunOptions(flags: RunFlagValues): RunOptions {
  if (flags.bench !== undefined && flags.kernel !== undefined) {
    throw usageError({
      code: "LQ0007",
      message: "--bench and --kernel exclude each other",
      hint: "a bench chooses its kernel by --algorithm; give --kernel alone to run a kernel file",
    });
  }
  return {
    bench: flags.kernel === undefined ? (flags.bench ?? "allreduce") : null,
    kernel: flags.kernel ?? null,
    topology: flags.topology,
    set: (flags.set ?? []).map(assignment),
    device: flags.device,
    bytes: sizeFlag("bytes", flags.bytes),
    dtype: flags.dtype,
    algorithm: flags.algorithm ?? null,
    constexpr: parseConstexpr(flags.constexpr ?? []),
    verify: flags["verify-data"],
    data: flags.data === "normal" ? "normal" : "±1",
    seed: seedFlag(flags.seed),
    dump: flags.dump ?? null,
    inject: flags.inject ?? null,
    check: flags.check ?? false,
    force: flags.force,
    trace: null,
  };
}

/**
 * Bytes for the value of a size flag.
 * @throws LQ0003 when it is not a whole, positive number of bytes
 */
export function sizeFlag(name: string, typed: string): number {
  const bytes = parseSize(typed);
  if (bytes !== null && bytes > 0) return bytes;
  throw usageError({
    code: "LQ0003",
    message: `--${name} ${JSON.stringify(typed)} is not a size`,
    hint: "write a whole, positive number of bytes: 4096, 4K, 96KiB or 1MB (1 KiB = 1024 bytes)",
  });
}

/** @throws LQ0003 not a seed */
export function seedFlag(typed: string): number {
  const seed = /^\d+$/.test(typed) ? Number(typed) : NaN;
  if (seed < SEED_LIMIT) return seed;
  throw usageError({
    code: "LQ0003",
    message: `--seed ${JSON.stringify(typed)} is not a seed`,
    hint: `write a whole number from 0 to ${SEED_LIMIT - 1}`,
  });
}

/** @throws LQ0003 not `path=value` */
export function assignment(typed: string): string {
  if (/^[^=\s]+=./.test(typed)) return typed;
  throw usageError({
    code: "LQ0003",
    message: `--set ${JSON.stringify(typed)} is not an assignment`,
    hint: "write path=value, such as --set runtime.taskRing.capacity=4",
  });
}
