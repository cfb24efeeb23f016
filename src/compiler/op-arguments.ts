/** Handles and numbers as arguments of operations that want the other (LQ1301, LQ1304). */
import { diagnostic } from "../base/diagnostics.js";
import type { Diagnostic } from "../base/diagnostics.js";
import type { Constants } from "./constants.js";
import type { Handles } from "./handles.js";
import type { Operation, Operations } from "./operations.js";
import { ts } from "./program.js";
import type { TS } from "./program.js";
import type { ValueFlow } from "./value-flow.js";
import { enclosingFunction, locate, unwrap } from "./syntax.js";

/** What an argument is wanted as: one number, a list of numbers, something that decides, or a tile. */
type Want = "number" | "shape" | "condition" | "tile";

/** By operation and position; what accepts either, or is checked by its type alone, is left out. */
const WANTED: Readonly<Record<string, Readonly<Record<number, Want>>>> = {
  load: { 1: "shape" },
  ref: { 1: "shape" },
  zeros: { 0: "shape" },
  full: { 0: "shape", 1: "number" },
  arange: { 0: "number", 1: "number" },
  reshape: { 1: "shape" },
  broadcast: { 1: "shape" },
  expandDims: { 1: "number" },
  recv: { 1: "shape" },
  recvAsync: { 1: "shape" },
  recvInto: { 1: "tile" },
  send: { 1: "tile" },
  item: { 0: "tile" },
  dot: { 0: "tile", 1: "tile" },
  transpose: { 0: "tile" },
  cdiv: { 0: "number", 1: "number" },
  assert: { 0: "condition" },
  staticAssert: { 0: "condition" },
};

export function opArgumentDiagnostics(
  operations: Operations,
  constants: Constants,
  flow: ValueFlow,
  { must }: Handles,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const refuse = (code: Diagnostic["code"], node: TS.Node, message: string, hint: string) =>
    found.push(diagnostic({ code, message, at: locate(node), hint }));

  function checkNumber(argument: TS.Expression, where: string): void {
    const kind = must(argument);
    if (kind)
      refuse("LQ1304", argument, `${where} is a number, not a ${kind}`, "tl.item(tile) reads one value");
  }

  function check({ name, isMethod }: Operation, argument: TS.Expression, want: Want): void {
    const inner = unwrap(argument);
    if (want === "number") checkNumber(inner, `this argument of tl.${name}`);
    else if (want === "shape") {
      // TypeScript says by itself that a tile is no list, but for methods.
      const lengths = ts.isArrayLiteralExpression(inner) ? inner.elements : isMethod ? [inner] : [];
      for (const length of lengths) checkNumber(unwrap(length), `a length of tl.${name}`);
    } else if (want === "condition") {
      const kind = must(inner);
      const hint = "tl.item(tile) reads a tile of one element to decide with";
      if (kind)
        refuse("LQ1301", inner, `a ${kind} cannot be a condition: its values are not known here`, hint);
    } else if (typeof constants.valueOf(inner) === "number") {
      const hint = `make one: tl.full([1], ${inner.getText()}, "f32")`;
      refuse("LQ1304", inner, `tl.${name} wants a tile here, not a number`, hint);
    }
  }

  for (const call of flow.calls) {
    const operation = ts.isCallExpression(call) && enclosingFunction(call) ? operations.of(call) : null;
    if (!operation || operation.namespace !== "tl") continue;
    const wanted = WANTED[operation.name] ?? {};
    const given = call.arguments ?? [];
    if (given.some(ts.isSpreadElement)) continue;
    given.forEach((argument, index) => {
      const want = wanted[operation.isMethod ? index + 1 : index];
      if (want) check(operation, argument, want);
    });
  }
  return found;
}
