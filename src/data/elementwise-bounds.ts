import type { DTypeInfo } from "./dtypes.js";
import type { Operand } from "./error-bounds.js";
import type { ErrorTracker } from "./error-tracker.js";
import { OpKind } from "./op-log.js";
import type { TileArray } from "./tile-array.js";

/** Bounds the error of an elementwise operation on operands whose bounds are known. */
export function boundElementwise(
  errors: ErrorTracker,
  kind: OpKind,
  row: number,
  [a, b, c]: readonly Operand[],
  out: TileArray,
  dtype: DTypeInfo,
): void {
  if (dtype.class !== "float" && kind !== OpKind.where) {
    errors.discrete(row, c !== undefined ? [a, b, c] : b !== undefined ? [a, b] : [a], out);
    return;
  }
  switch (kind) {
    case OpKind.add:
    case OpKind.sub:
    case OpKind.maximum:
    case OpKind.minimum:
      return errors.compute(row, kind, a, b, out, dtype);
    case OpKind.mul:
      return errors.times(row, a, b, dtype, 1);
    case OpKind.div:
      return errors.quotient(row, a, b, out, dtype);
    case OpKind.fma:
      return errors.fma(row, a, b, c, out, dtype);
    case OpKind.where:
      return a.relative === 0 ? errors.choice(row, [b, c], out) : errors.discrete(row, [a], out);
    case OpKind.abs:
    case OpKind.relu:
      return errors.choice(row, [a], out);
    case OpKind.mod:
      return errors.discrete(row, [a, b], out);
    case OpKind.pow:
      return errors.through(row, kind, [a, b], out, dtype);
    default:
      return errors.through(row, kind, [a], out, dtype);
  }
}
