import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/perf/**"],
    disableConsoleIntercept: true,
    testTimeout: 60_000,
    reporters: process.env["CI"] ? ["default"] : ["dot"],
    pool: "forks",
    maxWorkers: 2,
    maxConcurrency: 2,
  },
});
