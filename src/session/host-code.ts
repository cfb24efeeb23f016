import type { KernelDefinition } from "../../dsl/index.js";
import type { Bundle } from "../compiler/bundle.js";
import { CALL_BUDGET, GOLDEN_BUDGET, HostSteps } from "../compiler/host-steps.js";
import type { HostBudget } from "../compiler/host-steps.js";
import { loadBundle } from "../compiler/load.js";
import { hostOnlyOps } from "./host-only-ops.js";

/** @throws LQ1006 when a bundle's module throws while it is evaluated, LQ2106 when its loops do not end */
export function tryModule(bundle: Bundle): void {
  const steps = new HostSteps(bundle);
  loadBundle(bundle, hostOnlyOps(steps), steps);
}

/**
 * A kernel's definition for the sake of its host code, of which each call has a budget of steps.
 * @throws LQ1006 when the module throws, LQ2106 when its loops do not end
 */
export function loadHostCode(bundle: Bundle, kernelExport: string): KernelDefinition {
  const steps = new HostSteps(bundle);
  const definition = loadBundle(bundle, hostOnlyOps(steps), steps)[kernelExport] as KernelDefinition;
  const { options } = definition;
  const { worlds, neighbors, expect } = options;

  function counted<C, R>(name: string, call: (context: C) => R, budget: HostBudget): (context: C) => R {
    return (context) => {
      steps.begin(`${name} of kernel ${options.name}`, budget);
      return call(context);
    };
  }

  return {
    ...definition,
    options: {
      ...options,
      args: counted("args", options.args, CALL_BUDGET),
      ...(worlds && { worlds: counted("worlds", worlds, CALL_BUDGET) }),
      ...(neighbors && { neighbors: counted("neighbors", neighbors, CALL_BUDGET) }),
      ...(typeof expect === "function" && { expect: counted("expect", expect, GOLDEN_BUDGET) }),
    },
  };
}
