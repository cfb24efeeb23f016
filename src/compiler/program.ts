/** The TypeScript program of a kernel; the only file that knows where the compiler library comes from. */
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type * as morph from "ts-morph";
import type { ts as TS } from "ts-morph";
import { packageRoot } from "../base/package-root.js";
import { unreadable } from "./entry-file.js";
import type { Dependency } from "./source-text.js";
import { Sources } from "./sources.js";
import type { ParsedSource } from "./sources.js";

/** The compiler's types; `ts` has its values. */
export type { TS };

// Required, not imported: for an import, Node first scans the 9 MB script for names, which takes 0.1 s.
export const { ts } = createRequire(import.meta.url)("ts-morph") as typeof morph;

export const DSL_SPECIFIER = "linqu/dsl";

/** The same choices as dsl/kernel.tsconfig.json, which an editor reads. */
const OPTIONS: TS.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  noLib: true,
  types: [],
  strict: true,
  isolatedModules: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
};

export interface KernelProgram {
  readonly checker: TS.TypeChecker;
  readonly entry: TS.SourceFile;
  /** The user's files: the entry first, then in import order. */
  readonly files: readonly TS.SourceFile[];
  /** dsl/index.ts. */
  readonly dsl: TS.SourceFile;
  /** dsl/kernel-lib.d.ts. */
  readonly lib: TS.SourceFile;
  /** The checker's type of an expression, computed once: asking it costs a walk through the control flow. */
  typeOf(node: TS.Node): TS.Type;
  /** The same without narrowing of variables, which is much cheaper in long functions. */
  declaredTypeOf(node: TS.Node): TS.Type;
  /** The file that an import stands for; undefined when there is none. */
  resolve(from: TS.SourceFile, specifier: string): TS.SourceFile | undefined;
  /** The path shown in the bundle: relative to the entry's folder, or `linqu/dsl`. */
  label(file: TS.SourceFile): string;
  sha256(file: TS.SourceFile): string;
  /** Everything that was read, linqu's own files included. */
  dependencies(): Dependency[];
  syntaxErrors(file: TS.SourceFile): readonly TS.Diagnostic[];
  typeErrors(file: TS.SourceFile): readonly TS.Diagnostic[];
}

/** linqu's own files, parsed once a process. */
const ownFiles = new Map<string, ParsedSource<TS.SourceFile>>();

/** Parses the entry and all it imports. @throws LQ9001 when the entry cannot be read */
export function createKernelProgram(entryPath: string, sources = new Sources()): KernelProgram {
  const dslPath = posix(join(packageRoot(), "dsl", "index.ts"));
  const libPath = posix(join(packageRoot(), "dsl", "kernel-lib.d.ts"));
  const ownFolder = `${dirname(dslPath)}/`;
  const entryName = posix(entryPath);
  const hashes = new Map<string, string>();

  const host: TS.CompilerHost = {
    getSourceFile(fileName) {
      let file = ownFiles.get(fileName);
      try {
        file ??= sources.read(fileName, (text) =>
          ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2022, true),
        );
      } catch (cause) {
        if (fileName === entryName) throw unreadable(entryPath, cause);
        return undefined;
      }
      if (fileName.startsWith(ownFolder)) ownFiles.set(fileName, file);
      hashes.set(fileName, file.sha256);
      return file.source;
    },
    resolveModuleNameLiterals: (literals, containingFile) =>
      literals.map((literal) => ({ resolvedModule: resolveModule(literal.text, containingFile) })),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDefaultLibFileName: () => libPath,
    getCurrentDirectory: () => dirname(entryName),
    getCanonicalFileName: (fileName) => fileName,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    writeFile: () => undefined,
  };

  function resolveModule(specifier: string, containingFile: string): TS.ResolvedModuleFull | undefined {
    if (specifier === DSL_SPECIFIER) return { resolvedFileName: dslPath, extension: ts.Extension.Ts };
    if (!isRelative(specifier)) return undefined;
    const found = ts.resolveModuleName(specifier, containingFile, OPTIONS, host).resolvedModule;
    if (found?.extension === ts.Extension.Ts) return found;
    sources.miss(posix(join(dirname(containingFile), specifier.replace(/(\.[jt]s)?$/, ".ts"))));
    return undefined;
  }

  const program = ts.createProgram([libPath, dslPath, entryName], OPTIONS, host);
  const entry = program.getSourceFile(entryName)!;
  const checker = program.getTypeChecker();
  const types = new Map<TS.Node, TS.Type>();
  function typeOf(node: TS.Node): TS.Type {
    let type = types.get(node);
    if (!type) types.set(node, (type = checker.getTypeAtLocation(node)));
    return type;
  }
  const imported = program
    .getSourceFiles()
    .filter((file) => file !== entry && !file.fileName.startsWith(ownFolder));
  return {
    checker,
    entry,
    files: [entry, ...imported],
    dsl: program.getSourceFile(dslPath)!,
    lib: program.getSourceFile(libPath)!,
    typeOf,
    declaredTypeOf(node) {
      const isVariable = ts.isIdentifier(node) && !ts.isShorthandPropertyAssignment(node.parent);
      const symbol = isVariable ? checker.getSymbolAtLocation(node) : undefined;
      return symbol ? checker.getTypeOfSymbol(symbol) : typeOf(node);
    },
    resolve(from, specifier) {
      const found = resolveModule(specifier, from.fileName);
      return found && program.getSourceFile(found.resolvedFileName);
    },
    label: (file) =>
      file.fileName === dslPath ? DSL_SPECIFIER : posix(relative(dirname(entryName), file.fileName)),
    sha256: (file) => hashes.get(file.fileName)!,
    dependencies: () => [...hashes].map(([path, sha256]) => ({ path, sha256 })),
    syntaxErrors: (file) => program.getSyntacticDiagnostics(file),
    typeErrors: (file) => program.getSemanticDiagnostics(file),
  };
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith("./") || specifier.startsWith("../") || specifier === "." || specifier === "..";
}

function posix(path: string): string {
  return path.replaceAll("\\", "/");
}
