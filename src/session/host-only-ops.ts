import type { HostSteps } from "../compiler/host-steps.js";
import type { KernelOps } from "../compiler/kernel-ops.js";
import { plainOperators } from "../compiler/plain-operators.js";

const binary = Object.entries(plainOperators).map(([name, compute]) => [
  name,
  (_site: number, a: unknown, b: unknown): unknown => compute(a as number, b as number),
]);

/** Operators of helpers that kernels and host code share; host code has plain values only. */
const SHARED: Partial<KernelOps> = {
  ...(Object.fromEntries(binary) as Partial<KernelOps>),
  isTile: () => false,
  decides: (_site: number, value: unknown) => value,
  neg: (_site: number, a: unknown) => -(a as number),
  not: (_site: number, a: unknown) => !a,
  bitNot: (_site: number, a: unknown) => ~(a as number),
  cdiv: (_site: number, a: unknown, b: unknown) => Math.ceil(Number(a) / Number(b)),
};

/** Asked only for what the operations do not have themselves. */
const NOTHING_ELSE = new Proxy(Object.create(null) as object, {
  get: (_nothing, name): unknown => {
    throw new Error(`invariant violated: host code of a kernel called operation ${String(name)}`);
  },
});

/**
 * What a bundle is evaluated with when only its host-side functions (`args`, `expect`, `worlds`) are wanted: the
 * compiler has made sure that these call no other operation.
 */
export function hostOnlyOps(steps: HostSteps): KernelOps {
  const ops = { ...SHARED, out: undefined, tick: (site: number) => steps.tick(site) };
  return Object.setPrototypeOf(ops, NOTHING_ELSE) as KernelOps;
}
