import type { KernelDefinition } from "../../dsl/index.js";
import { ExitCode, LinquError, diagnostic, invalidInput } from "../base/diagnostics.js";
import type { Bundle, KernelManifest } from "../compiler/bundle.js";
import { mapErrorLocation } from "../compiler/locate.js";
import { HandleAsNumberError } from "../ops/handles.js";
import { loadHostCode } from "./host-code.js";

/** The definition behind a kernel's export. @throws LQ1008 a plain function, which cannot be run without arguments */
export function kernelDefinition(bundle: Bundle, kernel: KernelManifest): KernelDefinition {
  if (kernel.defined) return loadHostCode(bundle, kernel.export);
  const lastPointer = kernel.params.findLastIndex(({ type }) => type.startsWith("Ptr"));
  const params = kernel.params.map(({ name, type }, index) => {
    const role = index === lastPointer ? "output" : "input";
    return type.startsWith("Ptr") ? `${role}("${name}", dtype, [bytes / sizeOf(dtype)])` : "0";
  });
  throw invalidInput({
    code: "LQ1008",
    message: `${kernel.export} is a plain function: linqu does not know what to call it with`,
    hint: "wrap it with defineKernel, which states its arguments",
    detail: [
      `export const ${kernel.export} = defineKernel(`,
      `  { name: "${kernel.name}", args: ({ bytes, dtype }) => [${params.join(", ")}] },`,
      `  (${kernel.params.map(({ name, type }) => `${name}: ${type}`).join(", ")}) => { … },`,
      ");",
    ],
  });
}

/** Does a kernel work with so many ranks? @throws LQ2103 its `worlds` threw, LQ2106 it did not end */
export function admits({ options }: KernelDefinition, world: number): boolean {
  try {
    return options.worlds === undefined || options.worlds(world);
  } catch (cause) {
    if (cause instanceof LinquError) throw cause;
    throw invalidInput(
      {
        code: "LQ2103",
        message: `worlds of kernel ${options.name} failed for ${world} ranks: ${String(cause)}`,
      },
      cause,
    );
  }
}

/** What a definition's own functions give; an error that they threw, with its place in the .ts file. */
export function located<T>(bundle: Bundle, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof LinquError) || error.cause === undefined) throw error;
    const placed = error.diagnostics.map((each) => ({
      ...each,
      at: each.at ?? mapErrorLocation(bundle, error.cause),
    }));
    throw new LinquError(error.exitCode, placed, { cause: error.cause });
  }
}

/** An error that the kernel's own code threw, with its place in the .ts file. */
export function explainKernelError(bundle: Bundle, error: unknown, who: string): LinquError {
  const at = mapErrorLocation(bundle, error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof HandleAsNumberError) {
    return invalidInput(
      { code: "LQ3001", message: `${message}, on ${who}`, at, hint: "use tl operations on tiles" },
      error,
    );
  }
  const isEndless = error instanceof RangeError && message.includes("call stack");
  const problem = isEndless
    ? { code: "LQ3402" as const, message: `recursion without an end, on ${who}`, at }
    : { code: "LQ3702" as const, message: `the kernel failed: ${message}, on ${who}`, at };
  return new LinquError(ExitCode.programFailed, diagnostic(problem), { cause: error });
}
