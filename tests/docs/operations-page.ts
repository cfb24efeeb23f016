/** `docs/reference/operations.md`, written from the table of operations and that of dtypes. */
import { rtOps, tileOperators, tlOps, type OpGroup, type OpSpec } from "../../dsl/ops.js";
import { DTYPES, dtypeByName, type DTypeInfo } from "../../src/data/dtypes.js";

export const OPERATIONS_PAGE = "docs/reference/operations.md";
export const REFRESH = "UPDATE_DOCS=1 npx vitest run tests/docs/operations.test.ts";

const CHAPTERS: Readonly<Record<OpGroup, string>> = {
  program: "Where am I",
  memory: "Memory",
  create: "New tiles",
  elementwise: "Elementwise",
  compare: "Comparing and choosing",
  reduce: "Reductions",
  shape: "Shapes",
  matrix: "Matrices",
  queues: "Messages and waiting",
  control: "Numbers, checks, printing",
  orchestration: "Orchestrations",
};

const INTRO = `# Operations

<!-- Written from dsl/ops.ts by \`${REFRESH}\`; edits are lost. -->

Everything a kernel (\`tl\`) and an orchestration (\`rt\`) can call, from the table that the compiler, the machine and the
typings use too. [Writing kernels](../guide/kernels.md) says how the operations go together, the
[tutorial](../guide/tutorial.md) starts from nothing.

- **unit** is what an operation's time is charged to: \`math\`, \`gemm\`, \`dma\` (to and from HBM), \`ipcq\` (queues between
  PEs), \`barrier\`, or \`control\`, which costs a dispatch cycle and nothing else.
- **passes** is what one element costs \`math\`, in passes of its lanes. Of a reduction the elements of its operand count.
- **waits**: the kernel may have to wait, for memory, another rank or a free slot. Such an operation cannot stand in
  \`try\`, in a constructor, or in a callback of a library method.
- **method**: \`a.sum(1)\` is another way to write \`tl.sum(a, 1)\`.
- A parameter with \`?\` may be left out; \`{ … }\` are options by name.`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function operationRow(namespace: string, name: string, spec: OpSpec): string[] {
  const forms = spec.signature.split(" or ").map((form) => `\`${namespace}.${name}${form}\``);
  return [
    forms.join(" or "),
    spec.doc,
    `\`${spec.cost}\``,
    spec.weight === 0 ? "" : String(spec.weight),
    spec.suspends ? "waits" : "",
    spec.method ? "method" : "",
  ];
}

function chapter(group: OpGroup): string {
  const ops: readonly (readonly [string, string, OpSpec])[] = [
    ...Object.entries(tlOps).map(([name, spec]) => ["tl", name, spec] as const),
    ...Object.entries(rtOps).map(([name, spec]) => ["rt", name, spec] as const),
  ];
  const rows = ops.filter(([, , spec]) => spec.group === group).map((each) => operationRow(...each));
  return `## ${CHAPTERS[group]}\n\n${table(["operation", "what it does", "unit", "passes", "waits", "method"], rows)}`;
}

const UNARY_OPERATORS = new Set<string>(["neg", "not"]);

function operatorsChapter(): string {
  const rows = Object.entries(tileOperators).map(([name, { sign, weight }]) => {
    const form = UNARY_OPERATORS.has(name) ? `${sign}a` : `a ${sign} b`;
    return [`\`${form}\``, String(weight)];
  });
  return `## Operators

On two tiles whose shapes broadcast and whose dtypes are equal, or on a tile and a number; the unit is \`math\`.
Comparisons give a mask (bool). \`+=\` and the like make a new tile for the variable. \`pointer + tile\` is a tile of
pointers.

${table(["operator", "passes"], rows)}`;
}

function rangeOf({ class: kind, sizeBytes, max, min }: DTypeInfo): string {
  const bits = BigInt(8 * sizeBytes);
  if (kind === "signed") return `−${2n ** (bits - 1n)} … ${2n ** (bits - 1n) - 1n}`;
  if (kind === "unsigned") return `0 … ${2n ** bits - 1n}`;
  if (kind === "bool") return `${min} or ${max}`;
  return `± ${max < 1e6 ? max : max.toPrecision(8)}`;
}

function dtypesChapter(): string {
  const rows = DTYPES.map((name) => {
    const info = dtypeByName(name)!;
    const roundoff = info.unitRoundoff === 0 ? "exact" : `2^${Math.log2(info.unitRoundoff)}`;
    return [`\`${name}\``, info.class, String(info.sizeBytes), rangeOf(info), roundoff];
  });
  return `## Dtypes

The unit roundoff is the largest relative error of one rounding. Nothing is converted unasked: operands of one operation
have one dtype (\`LQ2003\`), a number takes that of the tile beside it. Integers wrap.

${table(["dtype", "class", "bytes", "finite values", "unit roundoff"], rows)}`;
}

export function operationsPage(): string {
  const groups = Object.keys(CHAPTERS) as OpGroup[];
  return `${[INTRO, ...groups.map(chapter), operatorsChapter(), dtypesChapter()].join("\n\n")}\n`;
}
