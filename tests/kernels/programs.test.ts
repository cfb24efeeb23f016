/** Kernels as people who know other kernel languages write them: values against float64, and the check's opinion. */
import { describe, expect, it, vi } from "vitest";
import { readdirSync } from "node:fs";
import type { RunOptions } from "../../src/session/options.js";
import { checkKernels } from "../../src/session/check.js";
import { ownCache, run } from "../session/harness.js";

vi.mock("../../src/session/replay.js", () => import("./replay-here.js"));
ownCache();
