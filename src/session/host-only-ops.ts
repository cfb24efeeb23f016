import type { KernelOps } from "../compiler/kernel-ops.js";

const plain =
  (compute: (a: number, b: number) => unknown) =>
  (_site: number, a: unknown, b: unknown): unknown =>
    compute(a as number, b as number);

/** Operators and loops of helpers that kernels and host code share; host code has plain values only. */
const SHARED: Partial<KernelOps> = {
  tick: () => undefined,
  isTile: () => false,
  decides: (_site: number, value: unknown) => value,
  add: plain((a, b) => a + b),
  sub: plain((a, b) => a - b),
  mul: plain((a, b) => a * b),
  div: plain((a, b) => a / b),
  mod: plain((a, b) => a % b),
  pow: plain((a, b) => a ** b),
  lt: plain((a, b) => a < b),
  le: plain((a, b) => a <= b),
  gt: plain((a, b) => a > b),
  ge: plain((a, b) => a >= b),
  equal: plain((a, b) => a === b),
  notEqual: plain((a, b) => a !== b),
  and: plain((_a, b) => b),
  or: plain((_a, b) => b),
  bitAnd: plain((a, b) => a & b),
  bitOr: plain((a, b) => a | b),
  bitXor: plain((a, b) => a ^ b),
  neg: (_site: number, a: unknown) => -(a as number),
  not: (_site: number, a: unknown) => !a,
  cdiv: plain((a, b) => Math.ceil(a / b)),
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
