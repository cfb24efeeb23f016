import type { KernelOps } from "../compiler/kernel-ops.js";

/** Arithmetic and loops of helpers that kernels and host code share; host code has plain numbers only. */
const SHARED: Partial<KernelOps> = {
  tick: () => undefined,
  add: (_site: number, a: unknown, b: unknown) => (a as number) + (b as number),
  sub: (_site: number, a: unknown, b: unknown) => (a as number) - (b as number),
  mul: (_site: number, a: unknown, b: unknown) => (a as number) * (b as number),
  div: (_site: number, a: unknown, b: unknown) => (a as number) / (b as number),
  neg: (_site: number, a: unknown) => -(a as number),
  cdiv: (_site: number, a: unknown, b: unknown) => Math.ceil(Number(a) / Number(b)),
};

/**
 * What a bundle is evaluated with when only its host-side functions (`args`, `expect`, `worlds`) are wanted: the
 * compiler has made sure that these call no other operation.
 */
export const hostOnlyOps: KernelOps = new Proxy(SHARED as KernelOps, {
  get: (shared, name, receiver): unknown => {
    if (name in shared) return Reflect.get(shared, name, receiver);
    throw new Error(`invariant violated: host code of a kernel called operation ${String(name)}`);
  },
});
