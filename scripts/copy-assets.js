// Copies what tsc does not: topology presets, read at run time beside the compiled loader.
import { cpSync } from "node:fs";

cpSync("src/topology/presets", "dist/src/topology/presets", { recursive: true });
