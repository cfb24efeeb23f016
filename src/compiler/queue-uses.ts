/** Which queues a kernel may use, from the axes and directions of its send and recv calls. */
import type { QueueUse } from "./bundle.js";
import type { Operation } from "./operations.js";
import { ts } from "./program.js";
import type { KernelProgram, TS } from "./program.js";

const WORLD = "world";
const AXES = [WORLD, "pe", "cube", "sip", "host", "pod", "supernode"];
const DIRECTIONS = ["E", "W", "N", "S"];
const OPPOSITE: Readonly<Record<string, string>> = { E: "W", W: "E", N: "S", S: "N" };

/** All directions of the neighbours that a kernel names itself. */
const PEER = "peer:*";

/** Position of the options in the argument list; the direction is the first argument. */
const OPTIONS_INDEX: Readonly<Record<string, number>> = { send: 2, recv: 3, recvAsync: 3, recvInto: 2 };

/**
 * Queues of a kernel's calls as `axis:direction`, the direction as the sender sees it, in the order of the
 * machine's levels; every axis or direction where a type does not tell. A direction that is a number makes it
 * `peer:*`. Queues of `tl.recvInto` are named once more, marked with `into`: their senders have to know.
 */
export function queueUses(
  { checker, typeOf }: KernelProgram,
  performed: readonly { call: TS.CallExpression; operation: Operation }[],
): QueueUse[] {
  const used = new Set<string>();
  for (const { call, operation } of performed) {
    const index = OPTIONS_INDEX[operation.name];
    if (index === undefined) continue;
    const named = directionsOf(call);
    const directions = named
      .filter((name) => name !== PEER)
      .map((name) => (operation.name === "send" ? name : OPPOSITE[name]!));
    const uses = axesOf(call, index).flatMap((axis) => directions.map((direction) => `${axis}:${direction}`));
    if (directions.length < named.length) uses.push(PEER);
    for (const use of uses) {
      used.add(use);
      if (operation.name === "recvInto") used.add(`into ${use}`);
    }
  }
  const all = AXES.flatMap((axis) =>
    DIRECTIONS.map((direction): QueueUse => `${axis}:${direction}` as QueueUse),
  );
  all.push(PEER);
  return [...all, ...all.map((use): QueueUse => `into ${use}` as QueueUse)].filter((use) => used.has(use));

  function directionsOf(call: TS.CallExpression): readonly string[] {
    const [direction] = call.arguments;
    const all = [...DIRECTIONS, PEER];
    if (!direction || ts.isSpreadElement(direction)) return all;
    return namesIn(typeOf(direction), all);
  }

  function axesOf(call: TS.CallExpression, index: number): readonly string[] {
    if (call.arguments.some(ts.isSpreadElement)) return AXES;
    const options = call.arguments[index];
    if (!options) return [WORLD];
    const type = typeOf(options);
    const property = checker.getPropertyOfType(checker.getNonNullableType(type), "axis");
    const axes = property ? namesIn(checker.getTypeOfSymbolAtLocation(property, options), AXES) : [WORLD];
    const mayBeAbsent = type.isUnion() && type.types.some(({ flags }) => flags & ts.TypeFlags.Undefined);
    return mayBeAbsent ? [WORLD, ...axes] : axes;
  }

  /** The literals of a type; an absent axis means the world, and a type that does not tell means all names. */
  function namesIn(type: TS.Type, all: readonly string[]): readonly string[] {
    const bound =
      type.flags & ts.TypeFlags.TypeParameter ? (checker.getBaseConstraintOfType(type) ?? type) : type;
    if (bound.isUnion()) return bound.types.flatMap((member) => namesIn(member, all));
    if (bound.isStringLiteral()) return [bound.value];
    if (bound.flags & ts.TypeFlags.NumberLike) return [PEER];
    return bound.flags & ts.TypeFlags.Undefined ? [WORLD] : all;
  }
}
