import { Random } from "../../../src/base/random.js";

/** A kernel's source after one to three edits, as bytes: junk is not always text. */
export interface Mutant {
  source: Uint8Array;
  /** Which edits were made, for the report of a failure. */
  edits: string[];
}

interface Token {
  text: string;
  start: number;
}

type Edit = (source: string, random: Random) => string | null;

const TOKEN = /\/\/[^\n]*|\/\*[^]*?\*\/|"[^"\n]*"|`[^`]*`|[A-Za-z_$][\w$]*|\d[\w.]*|=>|[=!<>]==?|&&|\|\||\S/g;

/** An operator mostly becomes one of its own line. */
const OPERATORS = [
  ["+", "-", "*", "/", "%", "&&", "="],
  ["<", ">", "<=", ">=", "===", "!=="],
];
const DTYPES = ["f64", "f32", "f16", "bf16", "fp8e4m3", "i8", "i32", "i64", "u64", "bool", "f33"].map(quoted);
const DIRECTIONS = ["E", "W", "N", "S", "X"].map(quoted);
const NUMBERS = ["0", "-1", "0.5", "3", "70000", "NaN", '"4"', "null"];
/** Operations of like arguments. */
const OPERATIONS = [
  ["load", "ref"],
  ["send", "store", "recvInto"],
  ["recv", "recvAsync", "load"],
  ["rank", "worldSize", "numPrograms", "programId"],
  ["maximum", "minimum", "add", "sub", "mul", "dot", "cdiv"],
  ["sum", "max", "exp", "transpose", "item", "softmax"],
];
const STATEMENTS = [
  "return;",
  "break;",
  "continue;",
  "throw new Error();",
  "try {",
  "while (true) {}",
  "for (;;) tl.rank();",
  "tl.barrier();",
  'tl.send("E", tl.zeros([3], "f16"));',
  'tl.recv("W", [2], "i8");',
  "const own = { tl };",
  "await 0;",
  "yield;",
];
const JUNK = [
  "\u0000",
  "\u{1f4a5}",
  "\ufeff",
  "'",
  '"',
  "`",
  "/*",
  "*/",
  "${",
  "\\",
  "#!",
  "@",
  "??=",
  "\r",
  "\u2028",
];

/** Edits after which a kernel often still compiles, but does something else. */
const OF_MEANING: Record<string, Edit> = {
  "a number more or less": replace(/^\d+$/, (text, random) =>
    String(Number(text) + (random.nextBelow(2) * 2 - 1)),
  ),
  "another number": replace(/^\d/, (_text, random) => pick(NUMBERS, random)),
  "another operator": replace(/^([-+*/%<>]|[=!<>]==?|&&|\|\|)$/, (text, random) =>
    pickLike(OPERATORS, text, random),
  ),
  "another direction": replace(/^"[EWNS]"$/, (_text, random) => pick(DIRECTIONS, random)),
  "another dtype": replace(/^"[a-z]+\d+\w*"$/, (_text, random) => pick(DTYPES, random)),
  "another operation": (source, random) =>
    editMatch(source, random, /\btl\.\w+/g, (text) => `tl.${pickLike(OPERATIONS, text.slice(3), random)}`),
  "exchange two arguments": exchangeArguments,
  "negate a condition": (source, random) =>
    editMatch(source, random, /\bif \(([^()]*)\)/g, (text) => text.replace("(", "(!(").replace(")", "))")),
  "delete a statement": (source, random) => editStatement(source, random, () => []),
  "repeat a statement": (source, random) => editStatement(source, random, (line) => [line, line]),
  "insert a statement": (source, random) =>
    editStatement(source, random, (line) => [line, pick(STATEMENTS, random)]),
};

/** Edits after which hardly any kernel compiles. */
const OF_FORM: Record<string, Edit> = {
  "exchange two lines": (source, random) =>
    editLines(source, random, (lines, at) => lines.splice(at, 2, ...lines.slice(at, at + 2).reverse())),
  "delete a line": (source, random) => editLines(source, random, (lines, at) => lines.splice(at, 1)),
  "repeat a line": (source, random) =>
    editLines(source, random, (lines, at) => lines.splice(at, 0, lines[at]!)),
  "another name": (source, random) => {
    const names = tokensOf(source).filter(({ text }) => /^[a-z]\w*$/i.test(text));
    return names.length === 0 ? null : put(source, pick(names, random), pick(names, random).text);
  },
  "drop a token": replace(/^[^/"]/, () => ""),
  "drop a bracket": replace(/^[{}()[\];,]$/, () => ""),
  "drop a wait": (source, random) => editMatch(source, random, /\b(tl\.wait|await|async)\b/g, () => ""),
  "insert junk": (source, random) => {
    const at = random.nextBelow(source.length + 1);
    return source.slice(0, at) + pick(JUNK, random) + source.slice(at);
  },
  "cut off the end": (source, random) => source.slice(0, random.nextBelow(source.length)),
};

/** One mutant of so many that are edited in their form has a byte that is no text. */
const JUNK_BYTES_ONE_IN = 20;

/** The mutant of a number: the same number gives the same mutant. */
export function mutate(original: string, seed: number): Mutant {
  const random = new Random(seed);
  const isFormal = random.nextBelow(4) === 0;
  const table = isFormal ? { ...OF_MEANING, ...OF_FORM } : OF_MEANING;
  const count = isFormal ? 1 + random.nextBelow(3) : 1 + random.nextBelow(2);
  const edits: string[] = [];
  let source = original;
  for (let tries = 0; edits.length < count && tries < 20; tries++) {
    const name = pick(Object.keys(table), random);
    const edited = table[name]!(source, random);
    if (edited === null || edited === source) continue;
    source = edited;
    edits.push(name);
  }
  const bytes = Buffer.from(source, "utf8");
  if (isFormal && random.nextBelow(JUNK_BYTES_ONE_IN) === 0 && bytes.length > 0) {
    bytes[random.nextBelow(bytes.length)] = 0x80 + random.nextBelow(0x80);
    edits.push("junk bytes");
  }
  return { source: bytes, edits };
}

function quoted(text: string): string {
  return `"${text}"`;
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[random.nextBelow(list.length)]!;
}

/** One of the list that an entry is in; of any list when it is in none. */
function pickLike(lists: readonly string[][], entry: string, random: Random): string {
  return pick(lists.find((list) => list.includes(entry)) ?? pick(lists, random), random);
}

function tokensOf(source: string): Token[] {
  return [...source.matchAll(TOKEN)]
    .map(({ 0: text, index }) => ({ text, start: index }))
    .filter(({ text }) => !text.startsWith("//") && !text.startsWith("/*"));
}

function put(source: string, { text, start }: Token, replacement: string): string {
  return source.slice(0, start) + replacement + source.slice(start + text.length);
}

function replace(pattern: RegExp, by: (text: string, random: Random) => string): Edit {
  return (source, random) => {
    const tokens = tokensOf(source).filter(({ text }) => pattern.test(text));
    if (tokens.length === 0) return null;
    const token = pick(tokens, random);
    return put(source, token, by(token.text, random));
  };
}

function editLines(source: string, random: Random, edit: (lines: string[], at: number) => void): string {
  const lines = source.split("\n");
  edit(lines, random.nextBelow(lines.length));
  return lines.join("\n");
}

/** Edits one of the lines of device code that end with a semicolon: host code has no budget, and may be stuck. */
function editStatement(source: string, random: Random, edit: (line: string) => string[]): string | null {
  const lines = source.split("\n");
  const body = lines.findLastIndex((line) => /^ +\(\w+: Ptr/.test(line));
  const statements = lines.flatMap((line, at) =>
    at > body && /^ +(?!const|let).*;( \/\/.*)?$/.test(line) ? [at] : [],
  );
  if (body < 0 || statements.length === 0) return null;
  const at = pick(statements, random);
  lines.splice(at, 1, ...edit(lines[at]!));
  return lines.join("\n");
}

function editMatch(
  source: string,
  random: Random,
  pattern: RegExp,
  by: (text: string) => string,
): string | null {
  const found = [...source.matchAll(pattern)];
  if (found.length === 0) return null;
  const { 0: text, index } = pick(found, random);
  return put(source, { text, start: index }, by(text));
}

/** `a, b` becomes `b, a` where both are single tokens or lists of them. */
function exchangeArguments(source: string, random: Random): string | null {
  const found = [...source.matchAll(/(?<=^ .*)([\w."]+|\[[^\][]*\]), ([\w."]+|\[[^\][]*\])/gm)];
  if (found.length === 0) return null;
  const { 0: text, 1: first, 2: second, index } = pick(found, random);
  return put(source, { text, start: index }, `${second}, ${first}`);
}
