import { formatBytes } from "../base/units.js";

/** What `linqu doctor` found out about this machine. */
export interface HostFacts {
  nodeVersion: string;
  cores: number;
  memoryBytes: { total: number; free: number };
  temp: { folder: string; freeBytes: number | null };
  cache: { folder: string; writable: boolean };
  /** First line of what the tool says about its version; null when it is absent. */
  tools: Readonly<Record<string, string | null>>;
}

export interface Check {
  name: string;
  status: "ok" | "warn" | "fail";
  value: string;
  /** What to do about it; null when all is well. */
  fix: string | null;
}

const NODE_FLOOR = [20, 19] as const;
const GIB = 1024 ** 3;
/** The cluster preset at 96 KiB per rank takes about this much. */
const COMFORTABLE_FREE_BYTES = 1.5 * GIB;
const COMFORTABLE_TEMP_BYTES = 1 * GIB;

/** Optional tools and what is missing without them. */
export const OPTIONAL_TOOLS: Readonly<Record<string, string>> = {
  python3: "npm run bench leaves out the comparison with SimPy",
  "g++": "npm run bench leaves out the comparison with C++",
  git: "changes to linqu itself cannot be committed",
};

/** Judges the facts; only a `fail` keeps linqu from working. */
export function judge(facts: HostFacts): Check[] {
  const { memoryBytes, temp, cache } = facts;
  return [
    check(
      "Node.js",
      nodeIsRecent(facts.nodeVersion) ? "ok" : "fail",
      facts.nodeVersion,
      `install Node.js ${NODE_FLOOR.join(".")} or later`,
    ),
    check(
      "cores",
      facts.cores >= 2 ? "ok" : "warn",
      `${facts.cores}`,
      "with two cores, values are computed beside the simulation",
    ),
    check(
      "memory",
      memoryBytes.free >= COMFORTABLE_FREE_BYTES ? "ok" : "warn",
      `${formatBytes(memoryBytes.free)} free of ${formatBytes(memoryBytes.total)}`,
      `the cluster preset needs ${formatBytes(COMFORTABLE_FREE_BYTES)}; close other programs or choose a smaller one`,
    ),
    temp.freeBytes === null
      ? check(
          "temp folder",
          "fail",
          `${temp.folder} is not writable`,
          "set TMPDIR to a folder that you may write to",
        )
      : check(
          "temp folder",
          temp.freeBytes >= COMFORTABLE_TEMP_BYTES ? "ok" : "warn",
          `${temp.folder}, ${formatBytes(temp.freeBytes)} free`,
          "free some space, or set TMPDIR to a folder with more",
        ),
    check(
      "compile cache",
      cache.writable ? "ok" : "warn",
      `${cache.folder}${cache.writable ? "" : " is not writable"}`,
      "set XDG_CACHE_HOME to a folder that you may write to; until then every run compiles its kernel",
    ),
    ...Object.entries(OPTIONAL_TOOLS).map(([tool, without]) => {
      const found = facts.tools[tool] ?? null;
      return check(
        tool,
        found === null ? "warn" : "ok",
        found ?? "not found",
        `optional: install ${tool}; without it ${without}`,
      );
    }),
  ];
}

function check(name: string, status: Check["status"], value: string, fix: string): Check {
  return { name, status, value, fix: status === "ok" ? null : fix };
}

/** Whether a version such as `v20.19.1` is at least the floor of package.json. */
function nodeIsRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1]);
}
