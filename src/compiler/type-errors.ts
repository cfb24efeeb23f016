/** What the TypeScript checker says about the user's files, in linqu's words where they are better. */
import { dirname, resolve } from "node:path";
import { readdirSync } from "node:fs";
import { tlOps } from "../../dsl/ops.js";
import { DTYPES } from "../data/dtypes.js";
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import { nearestName, suggestName } from "../base/nearest.js";
import { DSL_SPECIFIER, isRelative, ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";
import { locationOf } from "./syntax.js";

/** Names that other runtimes have and a kernel must not: its result would depend on more than its input. */
const UNREPEATABLE = new Set([
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "crypto",
  "process",
  "globalThis",
  "global",
  "window",
]);

const NAME_CODES = new Set([2304, 2503, 2552, 2580, 2581, 2582, 2583, 2584, 2585, 2591, 2592, 2593, 18004]);
const MODULE_CODES = new Set([2307, 2792, 2306, 2732, 7016, 2882]);
/** Consequences of `async` and generators in a library without promises; LQ1101 and LQ1102 say it better. */
const ASYNC_CODES = new Set([
  1055, 1058, 1062, 1064, 1103, 1308, 1320, 1375, 1378, 1432, 2318, 2468, 2504, 2697, 2705, 2712,
]);

/** "… only refers to a type, but is being used as a value here". */
const VALUE_MISSING = 2693;
/** "Expected 1 arguments, but got 0". */
const ARGUMENT_MISSING = 2554;

/** All syntax errors, and all type errors of files that parse. */
export function typeDiagnostics(program: KernelProgram): Diagnostic[] {
  const exported = dslNames(program);
  return program.files.flatMap((file) => {
    const syntax = program.syntaxErrors(file);
    if (syntax.length > 0) return syntax.map((error) => syntaxError(error, file));
    return program.typeErrors(file).flatMap((error) => typeError(error, file, program, exported) ?? []);
  });
}

function syntaxError(error: TS.Diagnostic, file: TS.SourceFile): Diagnostic {
  const message = ts.flattenDiagnosticMessageText(error.messageText, " ");
  return diagnostic({ code: "LQ1001", message: lowerFirst(message), at: place(error, file) });
}

function typeError(
  error: TS.Diagnostic,
  file: TS.SourceFile,
  program: KernelProgram,
  exported: ReadonlySet<string>,
): Diagnostic | null {
  if (ASYNC_CODES.has(error.code)) return null;
  const at = place(error, file);
  const text = file.text.slice(error.start ?? 0, (error.start ?? 0) + (error.length ?? 0));
  if (MODULE_CODES.has(error.code) || (/^["']/.test(text) && NAME_CODES.has(error.code)))
    return moduleError(text.slice(1, -1), file, at);
  const message = ts.flattenDiagnosticMessageText(error.messageText, "\n");

  const own = /"?(LQ\d{4}) ([^"'\n]+)/.exec(message);
  if (own) return diagnostic({ code: own[1] as `LQ${string}`, message: own[2]!.trim(), at });

  const name = NAME_CODES.has(error.code) ? text : memberOfMath(message, text);
  if (name !== null && (UNREPEATABLE.has(name) || name === "Math.random")) {
    return diagnostic({
      code: "LQ1202",
      message: `${name} does not exist in a kernel: every run must give the same result`,
      at,
      hint: "pass what varies as an argument, from `args`",
    });
  }
  if (name === "eval" || (error.code === VALUE_MISSING && text === "Function")) {
    const message = "a kernel cannot compile code while it runs";
    return diagnostic({ code: "LQ1111", message, at, hint: "write the code as a function" });
  }
  const order = orderError(error.code, message, text);
  if (order) return diagnostic({ ...order, at });
  const dtype = /not assignable to (?:parameter of )?type '(?:DType|"f64")/.test(message) && quoted(text);
  if (dtype) {
    const hint = suggestName(dtype, DTYPES);
    return diagnostic({ code: "LQ1305", message: `unknown dtype ${JSON.stringify(dtype)}`, at, hint });
  }
  if (name === "require" || name === "module") return packageError(`${name}()`, at);
  if (name === "console") {
    const hint = "tl.print(…) shows scalars, text and tiles, grouped over ranks that print the same";
    return diagnostic({ code: "LQ1002", message: "console does not exist in a kernel", at, hint });
  }

  if (name === "Promise") {
    const hint = "remove it: operations wait by themselves";
    return diagnostic({ code: "LQ1101", message: "a kernel has no promises", at, hint });
  }

  const [first, ...rest] = elaborated(message.split("\n"));
  const suggestion = / Did you mean (?:the instance member )?'([^']+)'\?$/.exec(first!);
  const near =
    suggestion?.[1] ?? (message.includes("on type 'Tl'") ? nearestName(text, Object.keys(tlOps)) : null);
  return diagnostic({
    code: "LQ1002",
    message: lowerFirst(suggestion ? first!.slice(0, suggestion.index) : first!).replace(/\.$/, ""),
    at,
    related: relatedPlaces(error, program),
    detail: rest,
    hint: near
      ? `did you mean "${near}"?`
      : isLiteralComparison(first!)
        ? "while typing, a constexpr number is its default; to compare it, write `1 as number` in constexpr({ … })"
        : NAME_CODES.has(error.code) && exported.has(text)
          ? `import { ${text} } from "${DSL_SPECIFIER}"`
          : formHint(first!),
  });
}

/** How linqu wants what Triton takes in another form: masks by position, lengths without a list. */
function formHint(message: string): string | null {
  const [, given, wanted] = /[Tt]ype '(\w+)' .* type '(Shape|LoadOptions|MaskOptions)'/.exec(message) ?? [];
  if (given === "boolean") return "a mask goes by name: { mask: offsets < n }";
  return given === "number" && wanted === "Shape" ? "a shape is a list: [n]" : null;
}

/** Whether TypeScript refuses to compare two numbers that it takes for constants. */
function isLiteralComparison(message: string): boolean {
  return /^This comparison appears to be unintentional because the types '[-\d.]+' and '[-\d.]+'/.test(
    message,
  );
}

/** An error about overloads says what is wrong with the one that comes nearest: the one that is explained most. */
function elaborated(lines: readonly string[]): readonly string[] {
  if (!lines[0]!.startsWith("No overload matches")) return lines;
  const reasons: string[][] = [];
  for (const line of lines.slice(1)) {
    if (/^ +Overload \d+ of/.test(line)) reasons.push([]);
    else reasons.at(-1)?.push(line.trim());
  }
  const nearest = reasons.toSorted((a, b) => b.length - a.length)[0];
  return nearest && nearest.length > 0 ? nearest : lines;
}

/** Other places in the user's files that TypeScript names. */
function relatedPlaces(error: TS.Diagnostic, { files }: KernelProgram): Diagnostic["related"] {
  return (error.relatedInformation ?? []).flatMap((each) => {
    if (!each.file || !files.includes(each.file)) return [];
    const message = ts.flattenDiagnosticMessageText(each.messageText, " ").replace(/\.$/, "");
    return [{ at: place(each as TS.Diagnostic, each.file), message: lowerFirst(message) }];
  });
}

/** What depends on where linqu runs, or on how an engine sorts: it is missing in the kernel library. */
function orderError(
  code: number,
  message: string,
  text: string,
): Pick<Diagnostic, "code" | "message" | "hint"> | null {
  if (/^(toLocale|localeCompare)/.test(text) && message.startsWith(`Property '${text}' does not exist`)) {
    const hint = "compare with < and >, or print with tl.print";
    return { code: "LQ1204", message: `${text} depends on the language of the computer`, hint };
  }
  if (code !== ARGUMENT_MISSING || text !== "sort") return null;
  const hint = "say how: list.sort((a, b) => a - b)";
  return { code: "LQ1204", message: "sort() without a comparison sorts numbers as text", hint };
}

/** The text of a literal; null for anything else. */
function quoted(source: string): string | null {
  return /^(["'])(.*)\1$/.exec(source)?.[2] ?? null;
}

function dslNames({ checker, dsl }: KernelProgram): Set<string> {
  const module = checker.getSymbolAtLocation(dsl);
  return new Set(module ? checker.getExportsOfModule(module).map(({ name }) => name) : []);
}

/** `Math.random` for an error about a member that the kernel library's Math lacks. */
function memberOfMath(message: string, text: string): string | null {
  return message.startsWith(`Property '${text}' does not exist on type 'Math'`) ? `Math.${text}` : null;
}

function moduleError(specifier: string, file: TS.SourceFile, at: Diagnostic["at"]): Diagnostic {
  if (!isRelative(specifier)) return packageError(`"${specifier}"`, at);
  const folder = dirname(resolve(dirname(file.fileName), specifier));
  const base = specifier.slice(specifier.lastIndexOf("/") + 1).replace(/\.[jt]s$/, "");
  const near = nearestName(base, moduleNames(folder));
  return diagnostic({
    code: "LQ1002",
    message: `cannot find a TypeScript file for "${specifier}"`,
    at,
    hint: near ? `did you mean "${specifier.slice(0, specifier.lastIndexOf("/") + 1)}${near}.js"?` : null,
  });
}

function packageError(what: string, at: Diagnostic["at"]): Diagnostic {
  const typed = what.replaceAll('"', "");
  const near = typed.startsWith("linqu") ? suggestName(typed, [DSL_SPECIFIER]) : null;
  return diagnostic({
    code: "LQ1203",
    message: `a kernel cannot import ${what}: it runs on the machine, not on this computer`,
    at,
    hint: near ?? `import from "${DSL_SPECIFIER}" or from .ts files by a relative path`,
  });
}

function moduleNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -".ts".length))
      .sort();
  } catch {
    return []; // the folder itself may be what is mistyped
  }
}

function place(error: TS.Diagnostic, file: TS.SourceFile) {
  const start = error.start ?? 0;
  return locationOf(file, start, start + (error.length ?? 0));
}

/** TypeScript's messages begin with a capital, linqu's do not; names in quotes stay as they are. */
function lowerFirst(message: string): string {
  return /^[A-Z][a-z ]/.test(message) ? message[0]!.toLowerCase() + message.slice(1) : message;
}
