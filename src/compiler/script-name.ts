import type { Bundle } from "./bundle.js";
import { bundleFolderName } from "./write.js";

/** The name under which a bundle's code appears in stacks and in an inspector: one word, no path of a machine. */
export function scriptName(bundle: Bundle): string {
  return `linqu:${encodeURIComponent(bundleFolderName(bundle))}/bundle.js`;
}
