/** Which queues a program may use, from the axes of its send and recv calls. */
import type { QueueAxis } from "./bundle.js";
import type { Colours } from "./colour.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";

const AXES: readonly QueueAxis[] = ["world", "pe", "cube", "sip", "host", "pod", "supernode"];

/** Position of the options in the argument list. */
const OPTIONS_INDEX: Readonly<Record<string, number>> = { send: 2, recv: 3 };

/** Axes of all calls in device code, in the order of the machine's levels; every axis when a type does not tell. */
export function queueAxes(
  { checker, typeOf }: KernelProgram,
  { deviceCode, operationsIn }: Colours,
): QueueAxis[] {
  const used = new Set<QueueAxis>();
  for (const fn of deviceCode) {
    for (const { call, operation } of operationsIn(fn)) {
      const index = OPTIONS_INDEX[operation.name];
      if (operation.namespace !== "tl" || index === undefined) continue;
      for (const axis of axesOf(call, index)) used.add(axis);
    }
  }
  return AXES.filter((axis) => used.has(axis));

  function axesOf(call: TS.CallExpression, index: number): readonly QueueAxis[] {
    if (call.arguments.some(ts.isSpreadElement)) return AXES;
    const options = call.arguments[index];
    if (!options) return ["world"];
    const type = typeOf(options);
    const property = checker.getPropertyOfType(checker.getNonNullableType(type), "axis");
    const axes = property
      ? namesIn(checker.getTypeOfSymbolAtLocation(property, options))
      : ["world" as const];
    const mayBeAbsent = type.isUnion() && type.types.some(({ flags }) => flags & ts.TypeFlags.Undefined);
    return mayBeAbsent ? ["world", ...axes] : axes;
  }

  function namesIn(type: TS.Type): readonly QueueAxis[] {
    const bound =
      type.flags & ts.TypeFlags.TypeParameter ? (checker.getBaseConstraintOfType(type) ?? type) : type;
    if (bound.isUnion()) return bound.types.flatMap(namesIn);
    if (bound.isStringLiteral()) return [bound.value as QueueAxis];
    return bound.flags & ts.TypeFlags.Undefined ? ["world"] : AXES;
  }
}
