import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ringProfileChunks, ringProfileJson } from "../../src/profile/ring-profile.js";
import { node, ring, runRecord } from "./helpers/run-record.js";

/** The names of all fields, with the position of each in the tree; lists count as one. */
function fieldPaths(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => fieldPaths(entry, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, entry]) =>
    fieldPaths(entry, path === "" ? key : `${path}.${key}`),
  );
}

const record = runRecord({
  nodes: [
    node({
      rings: [
        ring({ capacity: 8, peak: 6, allocs: 40, retires: 39, blocks: 5, blockedPs: 1_001 }),
        ring({ kind: "heap", unit: "bytes", capacity: 4096, peak: 1024, blocks: 1, blockedPs: 2_000 }),
      ],
    }),
    node({
      node: "supernode0/pod0/host0/sip0",
      level: 2,
      levelName: "CHIP",
      rings: [ring({ kind: "ipcq", depth: null, axis: "pe", rings: 256, blocks: 2, blockedPs: 500 })],
    }),
  ],
});

describe("ring_profile.json", () => {
  const profile = JSON.parse(ringProfileJson(record));

  it("states each ring's capacity, peak, occupancy and what was waited for", () => {
    expect(profile.schema).toBe("linqu/ring_profile/1");
    expect(profile.nodes).toHaveLength(2);
    expect(profile.nodes[0]).toEqual({
      node: "supernode0/pod0/host0",
      level: 3,
      levelName: "HOST",
      dispatchNs: 1.5,
      scopes: { begins: 2, ends: 2, maxDepth: 1 },
      frees: 3,
      tasks: 10,
      rings: [
        {
          kind: "task",
          depth: 0,
          axis: null,
          unit: "slots",
          capacity: 8,
          rings: 1,
          peak: 6,
          occupancy: 0.75,
          allocs: 40,
          retires: 39,
          blockCount: 5,
          blockedNs: 1.001,
        },
        {
          kind: "heap",
          depth: 0,
          axis: null,
          unit: "bytes",
          capacity: 4096,
          rings: 1,
          peak: 1024,
          occupancy: 0.25,
          allocs: 10,
          retires: 10,
          blockCount: 1,
          blockedNs: 2,
        },
      ],
    });
    expect(profile.nodes[1].rings[0]).toMatchObject({ kind: "ipcq", depth: null, axis: "pe", rings: 256 });
  });

  it("adds up the blocking of all nodes, in all and by kind", () => {
    expect(profile.totals).toEqual({
      blockCount: 8,
      blockedNs: 3.501,
      byKind: {
        task: { blockCount: 5, blockedNs: 1.001 },
        heap: { blockCount: 1, blockedNs: 2 },
        tensorMap: { blockCount: 0, blockedNs: 0 },
        ipcq: { blockCount: 2, blockedNs: 0.5 },
      },
    });
  });

  it("calls a ring without capacity empty, not infinitely full", () => {
    const empty = runRecord({ nodes: [node({ rings: [ring({ capacity: 0, peak: 0 })] })] });
    expect(JSON.parse(ringProfileJson(empty)).nodes[0].rings[0].occupancy).toBe(0);
  });

  it("has the fields that the reference page shows, in the same order", () => {
    const page = readFileSync("docs/reference/ring-profile.md", "utf8");
    const example = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!);
    const unique = (value: unknown) => [...new Set(fieldPaths(value))];
    expect(unique(profile)).toEqual(unique(example));
    const names = unique(profile).map((path) => path.split(/\.|\[\]/).at(-1)!);
    for (const name of names) expect(page, `${name} is explained`).toContain(`\`${name}\``);
  });

  it("is one valid text without nodes, with odd names, and at the size of a cluster", () => {
    expect(JSON.parse(ringProfileJson(runRecord({ nodes: [] }))).nodes).toEqual([]);
    const odd = runRecord({ bench: 'a"b\\\u0000\n', nodes: [node({ node: "\u001b[31m" })] });
    expect(JSON.parse(ringProfileJson(odd)).nodes[0].node).toBe("\u001b[31m");
    const nodes = Array.from({ length: 3_072 }, (_, index) => node({ node: `host${index}` }));
    const chunks = [...ringProfileChunks(runRecord({ nodes }))];
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(2_000);
    expect(chunks.at(-1)!.endsWith("}\n")).toBe(true);
    expect(JSON.parse(chunks.join("")).nodes).toHaveLength(3_072);
  });
});
