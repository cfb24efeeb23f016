import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { pagePaths, proseOf, readPage } from "./pages.js";

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

function anchors(path: string): string[] {
  return [...proseOf(readPage(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
}

it.each(pagePaths())("links of %s lead somewhere", (path) => {
  const broken: string[] = [];
  for (const [, target] of proseOf(readPage(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target!)) continue;
    const [file, anchor] = target!.split("#") as [string, string?];
    const page = file === "" ? path : join(dirname(path), file);
    const ok = existsSync(page) && (anchor === undefined || anchors(page).includes(anchor));
    if (!ok) broken.push(target!);
  }
  expect(broken).toEqual([]);
});
