import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { judge } from "../../src/cli/doctor-checks.js";
import type { HostFacts } from "../../src/cli/doctor-checks.js";

const GIB = 2 ** 30;
const HEALTHY: HostFacts = {
  nodeVersion: "v20.20.2",
  cores: 2,
  memoryBytes: { total: 8 * GIB, free: 4 * GIB },
  temp: { folder: "/tmp", freeBytes: 10 * GIB },
  cache: { folder: "/home/me/.cache/linqu", writable: true },
  tools: { python3: "Python 3.11.2", "g++": "g++ 12.2.0", git: "git version 2.39.5" },
};

function status(facts: Partial<HostFacts>, name: string): string | undefined {
  return judge({ ...HEALTHY, ...facts }).find((check) => check.name === name)?.status;
}

it("has nothing to say about a healthy machine", () => {
  expect(judge(HEALTHY).filter((check) => check.status !== "ok" || check.fix !== null)).toEqual([]);
});

it("fails below the Node.js that package.json asks for", () => {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
  expect(engines.node).toBe(">=20.19.0");
  expect(status({ nodeVersion: "v20.18.9" }, "Node.js")).toBe("fail");
  expect(status({ nodeVersion: "v18.20.0" }, "Node.js")).toBe("fail");
  expect(status({ nodeVersion: "v20.19.0" }, "Node.js")).toBe("ok");
  expect(status({ nodeVersion: "v24.1.0" }, "Node.js")).toBe("ok");
});

it("fails without a temp folder, and warns about what only slows down", () => {
  expect(status({ temp: { folder: "/tmp", freeBytes: null } }, "temp folder")).toBe("fail");
  expect(status({ temp: { folder: "/tmp", freeBytes: GIB / 2 } }, "temp folder")).toBe("warn");
  expect(status({ cache: { folder: "/x", writable: false } }, "compile cache")).toBe("warn");
  expect(status({ memoryBytes: { total: GIB, free: GIB / 2 } }, "memory")).toBe("warn");
  expect(status({ cores: 1 }, "cores")).toBe("warn");
  expect(status({ tools: {} }, "g++")).toBe("warn");
});

it("gives each finding a fix", () => {
  const bare = { ...HEALTHY, nodeVersion: "v16.0.0", cores: 1, tools: {} };
  for (const check of judge(bare)) expect(check.fix === null).toBe(check.status === "ok");
});
