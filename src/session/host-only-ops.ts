import type { KernelOps } from "../compiler/kernel-ops.js";

/**
 * What a bundle is evaluated with when only its host-side functions (`args`, `expect`, `worlds`) are wanted: the
 * compiler has made sure that these call no operation.
 */
export const hostOnlyOps: KernelOps = new Proxy({} as KernelOps, {
  get: (_target, name) => {
    throw new Error(`invariant violated: host code of a kernel called operation ${String(name)}`);
  },
});
