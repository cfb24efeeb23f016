import { invalidInput } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";
import type { Bundle, KernelManifest } from "./bundle.js";

/**
 * The kernel that a run means: the named export or kernel, or the only one; kernels made with `defineKernel` go
 * before plain functions.
 * @throws LQ1003 no kernel, LQ1004 no kernel of that name, LQ1005 several kernels and none named
 */
export function selectKernel({ manifest }: Bundle, exportName: string | null): KernelManifest {
  const { kernels, name } = manifest;
  const names = kernels.map((kernel) => kernel.export);
  if (kernels.length === 0) {
    throw invalidInput({
      code: "LQ1003",
      message: `${name}.ts exports no kernel`,
      hint: "export one made with defineKernel({ name, args }, (x, …) => { … })",
    });
  }
  if (exportName !== null) {
    const named =
      kernels.find((kernel) => kernel.export === exportName) ??
      kernels.find((kernel) => kernel.name === exportName);
    if (named) return named;
    throw invalidInput({
      code: "LQ1004",
      message: `${name}.ts exports no kernel "${exportName}"`,
      hint: suggestName(exportName, names),
    });
  }
  const defined = kernels.filter((kernel) => kernel.defined);
  const candidates = defined.length > 0 ? defined : kernels;
  if (candidates.length === 1) return candidates[0]!;
  const choices = candidates.map((kernel) => kernel.export);
  throw invalidInput({
    code: "LQ1005",
    message: `${name}.ts exports ${choices.length} kernels: ${choices.join(", ")}`,
    hint: `name one, such as ${name}.ts#${choices[0]}`,
  });
}
