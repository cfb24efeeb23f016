import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rtOps, tlOps } from "../../dsl/ops.js";
import { OPERATIONS_PAGE, REFRESH, operationsPage } from "./operations-page.js";
import { readPage } from "./pages.js";

it("operations.md is what the table of operations gives", () => {
  if (process.env["UPDATE_DOCS"]) writeFileSync(OPERATIONS_PAGE, operationsPage());
  expect(readPage(OPERATIONS_PAGE) === operationsPage(), `stale: refresh it with ${REFRESH}`).toBe(true);
});

it("operations.md has every operation exactly once", () => {
  const rows = [...readPage(OPERATIONS_PAGE).matchAll(/^\| `((?:tl|rt)\.\w+)\(/gm)].map(([, name]) => name!);
  const names = [
    ...Object.keys(tlOps).map((name) => `tl.${name}`),
    ...Object.keys(rtOps).map((name) => `rt.${name}`),
  ];
  expect([...rows].sort()).toEqual(names.sort());
});

// Values from the formats' definitions, not from the table.
it.each([
  ["f16", "float", "2", "± 65504", "2^-11"],
  ["bf16", "float", "2", "± 3.3895314e+38", "2^-8"],
  ["f32", "float", "4", "± 3.4028235e+38", "2^-24"],
  ["fp8e4m3", "float", "1", "± 448", "2^-4"],
  ["fp8e5m2", "float", "1", "± 57344", "2^-3"],
  ["i8", "signed", "1", "−128 … 127", "exact"],
  ["i64", "signed", "8", "−9223372036854775808 … 9223372036854775807", "exact"],
  ["u64", "unsigned", "8", "0 … 18446744073709551615", "exact"],
  ["bool", "bool", "1", "0 or 1", "exact"],
])("operations.md knows %s", (...cells) => {
  const [name, ...rest] = cells;
  expect(readPage(OPERATIONS_PAGE)).toContain(`| \`${name}\` | ${rest.join(" | ")} |`);
});
