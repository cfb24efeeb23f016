/** One topology file: YAML text to checked values by path, every problem with its place. */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node, Pair, YAMLMap } from "yaml";
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic, SourceLocation } from "../base/diagnostics.js";
import { describeValue, shortened } from "./field.js";
import type { Field } from "./field.js";
import { suggestKey } from "./key-suggestion.js";
import { isField, topologySchema } from "./schema.js";
import type { Section } from "./schema.js";

export interface Entry {
  value: unknown;
  /** Null for a value of the command line. */
  at: SourceLocation | null;
}

interface TopologyFile {
  /** What the file extends: a preset's name or a path. */
  base: { name: string; at: SourceLocation } | null;
  /** Checked values by full path. */
  entries: Map<string, Entry>;
  problems: Diagnostic[];
}

/** Values that a file need not state: the name defaults to the file's own. */
const OPTIONAL = new Set(["name", "description"]);

/** Reads and checks one file's text; what it extends is left to the caller. */
export function parseTopologyFile(file: string, text: string): TopologyFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // The parser compares every key with every other one; refuseAliasesAndRepeats takes one look at each.
    uniqueKeys: false,
  });
  const reader = new FileReader(file, lines, document);
  reader.reportSyntax();
  if (reader.problems.length === 0) reader.readFile();
  return { base: reader.base, entries: reader.entries, problems: reader.problems };
}

const EXTENDS_HINT = "start with a line such as `extends: host`, then state what differs";

/** One slip may lead to many errors; the first ones say enough. */
const MAX_SYNTAX_ERRORS = 10;
/** After so many problems the rest of the file is left unread. */
const MAX_PROBLEMS = 100;

class FileReader {
  readonly entries = new Map<string, Entry>();
  readonly problems: Diagnostic[] = [];
  base: TopologyFile["base"] = null;

  constructor(
    private readonly file: string,
    private readonly lines: LineCounter,
    private readonly document: Document,
  ) {}

  readFile(): void {
    const root = this.document.contents;
    if (!isMap(root)) {
      const found = root === null ? "is empty" : "is not a mapping";
      this.report("LQ5004", this.span(0, 0), `${this.file} ${found}: expected keys and values`, EXTENDS_HINT);
      return;
    }
    const extended = root.items.find((pair) => this.keyOf(pair) === "extends");
    if (extended) this.readExtends(extended);
    this.readSection(root, topologySchema, "", this.span(0, 0), extended !== undefined);
  }

  /** What the YAML parser found. */
  reportSyntax(): void {
    const faults = [...this.document.errors, ...this.document.warnings];
    for (const { code, message, pos } of faults.slice(0, MAX_SYNTAX_ERRORS)) {
      this.report("LQ5003", this.span(pos[0], pos[1]), syntaxWords(code, message));
    }
    if (faults.length === 0) this.refuseAliasesAndRepeats();
  }

  private report(
    code: Diagnostic["code"],
    at: SourceLocation,
    message: string,
    hint: string | null = null,
  ): void {
    this.problems.push(diagnostic({ code, message, at, hint }));
  }

  private span(start: number, end: number): SourceLocation {
    const from = this.lines.linePos(start);
    const to = this.lines.linePos(end);
    const column = Math.max(from.col, 1);
    const endColumn = to.line === from.line ? Math.max(to.col, column + 1) : column + 1;
    return { file: this.file, line: Math.max(from.line, 1), column, endColumn };
  }

  /**
   * A value is written once, where it holds; without aliases a small file cannot stand for a huge one either.
   */
  private refuseAliasesAndRepeats(): void {
    const report = (span: SourceLocation, message: string) => {
      this.report("LQ5003", span, message);
      return this.problems.length < MAX_SYNTAX_ERRORS ? undefined : visit.BREAK;
    };
    visit(this.document, {
      Alias: (_, alias) => {
        const [start, end] = alias.range ?? [0, 0];
        return report(this.span(start, end), `a topology has no aliases such as *${shortened(alias.source)}`);
      },
      Map: (_, map) => {
        const keys = new Set<string>();
        for (const pair of map.items) {
          const key = this.keyOf(pair);
          if (keys.has(key))
            return report(this.nodeSpan(pair.key, pair), `${shortened(key)} is stated twice`);
          keys.add(key);
        }
        return undefined;
      },
    });
  }

  private readExtends(pair: Pair): void {
    const node = pair.value;
    const at = this.nodeSpan(pair.value, pair);
    if (isScalar(node) && typeof node.value === "string" && /^\P{Cc}+$/u.test(node.value)) {
      this.base = { name: node.value, at };
    } else {
      this.report("LQ5006", at, "extends must be the name of a preset or the path of a file");
    }
  }

  private readSection(
    map: YAMLMap,
    section: Section,
    prefix: string,
    at: SourceLocation,
    isPartial: boolean,
  ): void {
    const given = new Set<string>();
    for (const pair of map.items) {
      if (this.problems.length >= MAX_PROBLEMS) return;
      const key = this.keyOf(pair);
      if (prefix === "" && key === "extends") continue;
      given.add(key);
      const path = prefix + key;
      const entry = Object.hasOwn(section, key) ? section[key] : undefined;
      if (entry === undefined) {
        this.report(
          "LQ5005",
          this.nodeSpan(pair.key, pair),
          `unknown key ${shortened(path)}`,
          suggestKey(path),
        );
      } else if (isField(entry)) {
        this.readValue(pair, entry, path);
      } else {
        const node = pair.value;
        if (isMap(node)) this.readSection(node, entry, `${path}.`, this.nodeSpan(pair.key, pair), isPartial);
        else this.refuse(path, pair, `a mapping with the keys ${Object.keys(entry).join(", ")}`, node);
      }
    }
    if (isPartial) return;
    for (const key of Object.keys(section)) {
      const path = prefix + key;
      if (given.has(key) || OPTIONAL.has(path)) continue;
      this.report("LQ5007", at, `${path} is missing`, `add it, or ${EXTENDS_HINT}`);
    }
  }

  private readValue(pair: Pair, field: Field, path: string): void {
    const node = pair.value;
    const reading = field.read(isNode(node) ? node.toJS(this.document) : null);
    if (reading.ok) {
      this.entries.set(path, { value: reading.value, at: this.nodeSpan(pair.value, pair) });
      return;
    }
    const inner =
      (isMap(node) || isSeq(node)) && reading.path.length > 0 ? node.getIn(reading.path, true) : null;
    const at = isNode(inner) ? this.nodeSpan(inner, pair) : this.nodeSpan(pair.value, pair);
    this.problems.push(
      wrongValue(path + formatPath(reading.path), reading.found, reading.expected, field.doc, at),
    );
  }

  private refuse(path: string, pair: Pair, expected: string, node: unknown): void {
    const found = isNode(node) ? (node.toJS(this.document) as unknown) : null;
    this.problems.push(wrongValue(path, found, expected, null, this.nodeSpan(pair.value, pair)));
  }

  private keyOf(pair: Pair): string {
    return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
  }

  /** The place of a node; of the pair's key when the value is not written at all. */
  private nodeSpan(node: unknown, pair: Pair): SourceLocation {
    const range = isNode(node) ? node.range : null;
    if (range && range[1] > range[0]) return this.span(range[0], range[1]);
    const key = (pair.key as Node).range;
    return key ? this.span(key[0], key[1]) : this.span(0, 0);
  }
}

/** What the YAML parser found, where its own words would puzzle. */
function syntaxWords(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "a topology is one YAML document";
  return message.includes("call stack") ? "this is nested too deeply" : message;
}

/** A value of the wrong kind or out of range. */
export function wrongValue(
  path: string,
  found: unknown,
  expected: string,
  doc: string | null,
  at: SourceLocation | null,
): Diagnostic {
  return diagnostic({
    code: at ? "LQ5006" : "LQ5011",
    message: `${path} is ${describeValue(found)}: expected ${expected}`,
    at,
    hint: doc && `${path.split("[")[0]}: ${doc}`,
  });
}

/** `[2]` and `.xMm` as they follow a name. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
}
