import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { availableParallelism, freemem, tmpdir, totalmem } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { HostFacts } from "./doctor-checks.js";

/** A tool that does not say its version within this time counts as absent. */
const TOOL_LIMIT_MS = 5000;

/** Looks at this machine; writes nothing. */
export async function hostFacts(cacheFolder: string, tools: readonly string[]): Promise<HostFacts> {
  const versions = await Promise.all(tools.map(async (tool) => [tool, await toolVersion(tool)] as const));
  const temp = tmpdir();
  return {
    nodeVersion: process.version,
    cores: availableParallelism(),
    memoryBytes: { total: totalmem(), free: freemem() },
    temp: { folder: temp, freeBytes: isWritable(temp) ? freeSpaceBytes(temp) : null },
    cache: { folder: cacheFolder, writable: isWritable(nearestExisting(cacheFolder)) },
    tools: Object.fromEntries(versions),
  };
}

async function toolVersion(tool: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(tool, ["--version"], { timeout: TOOL_LIMIT_MS });
    return stdout.split("\n")[0]!.trim();
  } catch {
    // Absent, or too broken to tell its version: of no use either way.
    return null;
  }
}

function freeSpaceBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folder itself, or the closest one above it, in which it would be made. */
function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}
