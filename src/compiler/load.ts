/** Bundle → functions. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { LinquError, invalidInput } from "../base/diagnostics.js";
import { packageRoot } from "../base/package-root.js";
import type { Bundle } from "./bundle.js";
import { HostSteps } from "./host-steps.js";
import type { KernelOps, OrchestrationOps } from "./kernel-ops.js";
import { mapErrorLocation } from "./locate.js";
import { scriptName } from "./script-name.js";

type Factory = (ops: KernelOps | OrchestrationOps, steps: HostSteps) => Record<string, unknown>;

/** Names that are undefined in a bundle, so that a slip past the type checker cannot make runs differ. */
const HIDDEN = [
  "Date",
  "performance",
  "crypto",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "process",
  "require",
  "module",
  "fetch",
  "global",
  "globalThis",
];

const scripts = new WeakMap<Bundle, Script>();

/**
 * Evaluates a bundle with the operations its code calls, and returns its exports: `KernelDefinition` and
 * `OrchestrationDefinition` objects, or generator functions. Each call makes new exports. Who calls their host code
 * passes the `steps` that count its loops.
 *
 * This guards against accidents, not against malice: a bundle is code that the user chose to run.
 * @throws LQ1006 when the module itself throws while it is evaluated, LQ2106 when its loops do not end
 */
export function loadBundle(
  bundle: Bundle,
  ops: KernelOps | OrchestrationOps,
  steps = new HostSteps(bundle),
): Record<string, unknown> {
  // Run anew for every set of operations: closures that serve two sets would be compiled for neither.
  const script = scripts.get(bundle) ?? compileScript(bundle);
  const factory = (script.runInThisContext() as (math: typeof Math) => Factory)(repeatableMath);
  try {
    return factory(ops, steps);
  } catch (cause) {
    if (cause instanceof LinquError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw invalidInput(
      {
        code: "LQ1006",
        message: `the module failed before any kernel ran: ${message}`,
        at: mapErrorLocation(bundle, cause),
      },
      cause,
    );
  }
}

function compileScript(bundle: Bundle): Script {
  const opening = `((Math, ${HIDDEN.join(", ")}) => `;
  const script = new Script(`${opening}${bundle.code})\n//# sourceMappingURL=${inlineMap(bundle)}`, {
    filename: scriptName(bundle),
    columnOffset: -opening.length,
  });
  scripts.set(bundle, script);
  return script;
}

const repeatableMath = Object.freeze(
  Object.defineProperties({} as typeof Math, {
    ...Object.getOwnPropertyDescriptors(Math),
    random: {
      value: () => {
        throw invalidInput({
          code: "LQ1202",
          message: "Math.random in a kernel: every run must give the same result",
        });
      },
    },
  }),
);

/** The map with the sources' real places, so that breakpoints set in the .ts files bind. */
function inlineMap({ map, sourceRoot }: Bundle): string {
  const content = JSON.parse(map) as { sources: string[] };
  const sources = content.sources.map((path) => {
    const file = path === "linqu/dsl" ? join(packageRoot(), "dsl", "index.ts") : join(sourceRoot, path);
    return pathToFileURL(file).href;
  });
  const json = JSON.stringify({ ...content, sources });
  return `data:application/json;base64,${Buffer.from(json, "utf8").toString("base64")}`;
}
