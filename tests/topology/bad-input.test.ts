/** Whatever a topology file holds, it loads or is refused with a reason and a place; seeded, so that failures repeat. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { LinquError } from "../../src/base/diagnostics.js";
import { Random } from "../../src/base/random.js";
import { loadTopology } from "../../src/topology/load.js";
import { refusal } from "./refusal.js";

const CASES = 1000;
/** No single file may take longer, even where other work shares the cores. */
const LIMIT_MS = 5000;

const HOST = readFileSync("src/topology/presets/host.yaml", "utf8");
const SMALL = [
  "extends: host",
  "name: small",
  "counts: { sipsPerHost: 4, pesPerCube: 2 }",
  "sips: { wiring: torus_2d, columns: 2, rows: 2 }",
  "cube:",
  "  pes: [{ xMm: 1, yMm: 1 }, { xMm: 9, yMm: 9 }]",
  "  withoutRouters: [[1, 1], [4, 4]]",
  "pe: { hbm: { channels: 16, burstBytes: 512, sizeBytes: 1GiB }, tcm: { readGBps: unlimited } }",
  "",
].join("\n");

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "linqu-bad-input-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Tree = Record<string, unknown>;

/** Every key of a tree, with the mapping that holds it. */
function slots(tree: Tree): { holder: Tree; key: string }[] {
  return Object.entries(tree).flatMap(([key, value]) => [
    { holder: tree, key },
    ...(typeof value === "object" && value !== null ? slots(value as Tree) : []),
  ]);
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.nextBelow(choices.length)]!;
}

const WRONG_TYPES = [null, true, "text", "", [], {}, [[]], { a: { b: [] } }, 0, -1, 0.5, "__proto__"];
const HUGE = [1e308, 9e99, 2 ** 53, -(2 ** 53), 4294967296, 65536, 1e-320, "999999999GiB", "9".repeat(400)];
const UNITS = ["64 GB/s", "5ns", "12 parsecs", "4KB/s", "-4KiB", "1e3MiB", "0x10", "1_000", "٤", "4 KiB KiB"];

type TreeMutation = (tree: Tree, random: Random) => void;

/** Changes one random value. */
function value(change: (old: unknown, random: Random) => unknown): TreeMutation {
  return (tree, random) => {
    const { holder, key } = pick(random, slots(tree));
    holder[key] = change(holder[key], random);
  };
}

const TREE_MUTATIONS: Record<string, TreeMutation> = {
  missing: (tree, random) => {
    const { holder, key } = pick(random, slots(tree));
    delete holder[key];
  },
  misspelt: (tree, random) => {
    const { holder, key } = pick(random, slots(tree));
    if (Array.isArray(holder)) return;
    const at = random.nextBelow(key.length + 1);
    holder[key.slice(0, at) + pick(random, ["x", "É", " ", "\u0000", "."]) + key.slice(at)] = holder[key];
    delete holder[key];
  },
  negative: value((old) => (typeof old === "number" ? -old - 1 : -1)),
  "not finite": value((_, random) => pick(random, [NaN, Infinity, -Infinity])),
  "wrong unit": value((_, random) => pick(random, UNITS)),
  "wrong type": value((_, random) => pick(random, WRONG_TYPES)),
  huge: value((_, random) => pick(random, HUGE)),
  "swapped values": (tree, random) => {
    const [a, b] = [pick(random, slots(tree)), pick(random, slots(tree))];
    const isInside = JSON.stringify(a.holder[a.key])?.includes(JSON.stringify(b.holder)) ?? false;
    const contains = JSON.stringify(b.holder[b.key])?.includes(JSON.stringify(a.holder)) ?? false;
    if (!isInside && !contains) [a.holder[a.key], b.holder[b.key]] = [b.holder[b.key], a.holder[a.key]];
  },
  "list of another length": (tree, random) => {
    const lists = slots(tree).filter(({ holder, key }) => Array.isArray(holder[key]));
    const { holder, key } = pick(random, lists);
    const old = holder[key] as unknown[];
    holder[key] = pick(random, [
      old.slice(1),
      [...old, ...old],
      [...old, null],
      [],
      Array(1025).fill(old[0]),
    ]);
  },
  "absurd counts": (tree, random) => {
    const paths = [
      ["counts", "supernodes", 1024],
      ["counts", "podsPerSupernode", 1024],
      ["counts", "hostsPerPod", 1024],
      ["counts", "sipsPerHost", 16],
      ["counts", "pesPerCube", 65536],
      ["cubes", "columns", 16],
      ["cubes", "rows", 16],
    ] as const;
    for (let i = 0; i < 3; i++) {
      const [section, key, most] = pick(random, paths);
      tree[section] = { ...(tree[section] as Tree | undefined), [key]: most };
    }
  },
  "holes in the grid": (tree, random) => {
    const holes = Array.from({ length: 1 + random.nextBelow(30) }, () => [
      random.nextBelow(6),
      random.nextBelow(6),
    ]);
    tree["cube"] = { ...(tree["cube"] as Tree | undefined), withoutRouters: holes };
  },
  "another extends": (tree, random) => {
    tree["extends"] = pick(random, [
      "pe",
      "ring",
      "no-such",
      "./case.yaml",
      "case.yaml",
      "/",
      "",
      7,
      ["host"],
    ]);
  },
};

type TextMutation = (text: string, random: Random) => string;

const NOISE = [
  "\t",
  "\u0000",
  ": ",
  "- ",
  "{",
  "}",
  "[",
  "]",
  "*a ",
  "&a ",
  "!!x ",
  "'",
  '"',
  "? ",
  "|\n",
  "---\n",
];

const TEXT_MUTATIONS: Record<string, TextMutation> = {
  truncated: (text, random) => text.slice(0, random.nextBelow(text.length)),
  noise: (text, random) => {
    const at = random.nextBelow(text.length);
    return text.slice(0, at) + pick(random, NOISE) + text.slice(at);
  },
  "line taken out": (text, random) => {
    const lines = text.split("\n");
    lines.splice(random.nextBelow(lines.length), 1);
    return lines.join("\n");
  },
  "line moved": (text, random) => {
    const lines = text.split("\n");
    const [line] = lines.splice(random.nextBelow(lines.length), 1);
    lines.splice(random.nextBelow(lines.length), 0, line!);
    return lines.join("\n");
  },
  indented: (text, random) => {
    const lines = text.split("\n");
    const at = random.nextBelow(lines.length);
    lines[at] = " ".repeat(1 + random.nextBelow(4)) + lines[at]!;
    return lines.join("\n");
  },
  nested: (text, random) => {
    const depth = pick(random, [30, 300, 3000]);
    const [open, close] = pick(random, [
      ["[", "]"],
      ["{a: ", "}"],
    ]);
    return `${text}\nmore: ${open.repeat(depth)}1${close.repeat(depth)}\n`;
  },
  "alias bomb": (text, random) => {
    const levels = 3 + random.nextBelow(30);
    const bomb = Array.from({ length: levels }, (_, i) => `b${i + 1}: &b${i + 1} [*b${i}, *b${i}, *b${i}]`);
    return [text, "b0: &b0 [x, x, x]", ...bomb, ""].join("\n");
  },
};

/** The text of one case and what was done to it. */
function mutated(seed: number): { what: string; text: string } {
  const random = new Random(seed);
  const text = random.nextBelow(2) === 0 ? HOST : SMALL;
  const names = [...Object.keys(TREE_MUTATIONS), ...Object.keys(TEXT_MUTATIONS)];
  const what = names[seed % names.length]!;
  const mutateText = TEXT_MUTATIONS[what];
  if (mutateText) return { what, text: mutateText(text, random) };
  const tree = parse(text) as Tree;
  TREE_MUTATIONS[what]!(tree, random);
  return { what, text: stringify(tree) };
}

/** What became of a file, and what is wrong with that. */
function outcomeOf(path: string, text: string): { isRefused: boolean; complaint: string | null } {
  writeFileSync(path, text);
  try {
    loadTopology(path, []);
    return { isRefused: false, complaint: null };
  } catch (error) {
    return { isRefused: true, complaint: complaintAbout(error, path, text.split("\n").length) };
  }
}

function complaintAbout(error: unknown, path: string, lines: number): string | null {
  if (!(error instanceof LinquError)) return `threw ${String(error)}`;
  if (error.exitCode !== 2 && error.exitCode !== 3) return `exit code ${error.exitCode}`;
  if (error.diagnostics.length === 0) return "no diagnostic";
  for (const { message, at } of error.diagnostics) {
    if (message === "") return "an empty message";
    if (at === null) return `no place: ${message}`;
    if (at.file === path && (at.line < 1 || at.line > lines))
      return `line ${at.line} of ${lines}: ${message}`;
    if (at.column < 1 || at.endColumn <= at.column)
      return `column ${at.column} to ${at.endColumn}: ${message}`;
  }
  return null;
}

describe("bad topology files", () => {
  it(`${CASES} changed files load or are refused with a place`, { timeout: 60_000 }, () => {
    const path = join(folder, "case.yaml");
    let refused = 0;
    for (let seed = 0; seed < CASES; seed++) {
      const { what, text } = mutated(seed);
      const startMs = performance.now();
      const { isRefused, complaint } = outcomeOf(path, text);
      expect({ seed, what, complaint }).toEqual({ seed, what, complaint: null });
      expect(performance.now() - startMs, `seed ${seed}, ${what}`).toBeLessThan(LIMIT_MS);
      if (isRefused) refused++;
    }
    // Most changes do harm, and some must not.
    expect(refused).toBeGreaterThan(CASES / 2);
    expect(refused).toBeLessThan(CASES);
  });

  it.each([
    ["a key that is not a scalar", "extends: host\n? [a, b]\n: 5\n", "LQ5005", 2],
    ["an empty key", "extends: host\n: 5\n", "LQ5005", 2],
    ["a merge key", "extends: host\n<<: { counts: { pesPerCube: 1 } }\n", "LQ5005", 2],
    ["a tag", "extends: host\nname: !!js/function x\n", "LQ5003", 2],
    ["an end of text in a name", 'extends: host\nname: "a\\0b"\n', "LQ5006", 2],
    ["an end of text in a path", 'extends: "a\\0b.yaml"\n', "LQ5006", 1],
    ["a device", "extends: /dev/zero\n", "LQ5002", 1],
    ["a folder", "extends: /\n", "LQ5002", 1],
    ["deep nesting", `extends: host\nipcq: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`, "LQ5003", 2],
    ["a name as long as a book", `extends: host\nname: ${"a b ".repeat(100_000)}\n`, "LQ5006", 2],
    ["20,000 unknown keys", `extends: host\n${unknownKeys(20_000)}`, "LQ5005", 2],
    ["20,000 aliases", `extends: host\na: &a 1\nb: [${"*a,".repeat(20_000)}1]\n`, "LQ5003", 3],
    ["a key stated twice", "extends: host\ncube: { pes: [{ xMm: 1, xMm: 2, yMm: 1 }] }\n", "LQ5003", 2],
  ])("%s is refused in time, in few words", { timeout: 20_000 }, (_, text, code, line) => {
    const path = join(folder, "case.yaml");
    writeFileSync(path, text);
    const { exitCode, problems } = refusal(() => loadTopology(path, []));
    expect([exitCode, problems[0]!.code, problems[0]!.at?.line]).toEqual([3, code, line]);
    expect(problems.length).toBeLessThanOrEqual(100);
    for (const { message, hint } of problems) expect((message + (hint ?? "")).length).toBeLessThan(500);
  });

  it("a file over 2 MiB is not read", () => {
    const path = join(folder, "large.yaml");
    writeFileSync(path, `extends: host\n#${"x".repeat(2 * 2 ** 20)}\n`);
    expect(refusal(() => loadTopology(path, [])).problems[0]).toMatchObject({ code: "LQ5002" });
  });
});

function unknownKeys(count: number): string {
  return Array.from({ length: count }, (_, i) => `key${i}: 1\n`).join("");
}
