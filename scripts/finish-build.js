// What tsc does not do: copies topology presets beside the compiled loader, and writes oclif's command manifest.
import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

cpSync("src/topology/presets", "dist/src/topology/presets", { recursive: true });

const oclif = join(dirname(createRequire(import.meta.url).resolve("oclif/package.json")), "bin", "run.js");
const { status, stdout, stderr } = spawnSync(process.execPath, [oclif, "manifest"], {
  encoding: "utf8",
  // A build needs no network: do not look for newer versions of the tool.
  env: { ...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: "true" },
});
if (status !== 0) process.stderr.write(stdout + stderr);
process.exitCode = status ?? 1;
