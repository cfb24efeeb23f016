import { it } from "vitest";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededFaults } from "./faults/seeded.js";
import { checked } from "./faults/checked.js";
import { ownCache } from "../session/harness.js";
import { compileKernel } from "../../src/compiler/compile.js";
const cache = ownCache();
it("t", async () => {
  for (const f of seededFaults()) {
    if (process.env.ONLY && !f.name.startsWith(process.env.ONLY)) continue;
    const dir = join(cache.path, "fix");
    mkdirSync(dir, { recursive: true });
    const twin = join(dir, f.name + ".ts");
    writeFileSync(twin, f.corrected);
    for (const [kind, path] of [
      ["fault", f.path],
      ["twin", twin],
    ] as const) {
      const out: string[] = [];
      const brief: string[] = [];
      for (const w of f.worlds) {
        let r: string;
        const show = (ds: readonly any[]) =>
          ds
            .map(
              (d) =>
                `${d.code} ${d.at?.line ?? "-"} [${d.related.map((x: any) => x.at.line)}] ${d.severity === "error" ? "" : d.severity}` +
                " " +
                d.message +
                (process.env.ONLY ? "\n" + d.detail.join("\n") + "\n" + d.hint : ""),
            )
            .join("; ");
        const note = (ds: readonly any[]) => {
          brief.push(w + ds.map((d) => `${d.code} ${d.at?.line ?? "-"}`).join());
          return show(ds);
        };
        try {
          r = note(checked(await compileKernel(path), w, f.set, 100000));
        } catch (e) {
          r = "THROW " + ((e as any).diagnostics ? note((e as any).diagnostics) : (e as Error).stack);
        }
        out.push(`   ${w}: ${r}`);
      }
      const wanted = f.worlds.map(
        (w) => w + (kind === "fault" && f.failing.includes(w) ? `${f.fault.code} ${f.fault.line}` : ""),
      );
      const same = brief.join() === wanted.join();
      console.log(
        f.name,
        kind,
        kind === "fault" ? JSON.stringify(f.fault) + f.related + " failing " + f.failing : "",
        same ? "OK" : "DIFFERS",
        same && kind === "twin" ? "" : "\n" + out.join("\n"),
      );
    }
  }
}, 600000);
