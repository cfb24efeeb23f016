import type { ExitCode } from "../../src/base/diagnostics.js";
import { LinquError, diagnostic } from "../../src/base/diagnostics.js";
import { OpKind } from "../../src/data/op-log.js";
import type { OpsBackend } from "../../src/ops/backend.js";
import type { Tile } from "../../src/ops/handles.js";
import { Shapes } from "../../src/ops/shapes.js";

/** A backend that computes integer tiles and masks on plain lists: the values that index forms speak of. */
export class ListBackend implements OpsBackend {
  readonly shapes = new Shapes();
  readonly tcmBytes = 2 ** 20;
  readonly values: number[][] = [];
  readonly kinds: OpKind[] = [];

  fault(_site: number, problem: Parameters<OpsBackend["fault"]>[1], exitCode: ExitCode = 5): LinquError {
    return new LinquError(exitCode, diagnostic(problem));
  }

  compute(
    _site: number,
    kind: OpKind,
    out: Tile,
    a: Tile | null,
    b: Tile | null,
    _c: Tile | null,
    scalar: number,
  ): void {
    this.kinds.push(kind);
    const shape = this.shapes.byId[out.shape]!;
    const list = Array.from({ length: out.elements }, (_, at) => {
      const x = a === null ? scalar : this.at(a, at, shape);
      const y = b === null ? scalar : this.at(b, at, shape);
      // Integers have no −0.
      return compute(kind, x, y, at, scalar) + 0;
    });
    if (kind === OpKind.transpose) {
      const [rows, columns] = shape as [number, number];
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) list[i * columns + j] = this.of(a!)[j * rows + i]!;
    }
    if (kind === OpKind.reshape) list.splice(0, list.length, ...this.of(a!));
    out.value = this.values.push(list) - 1;
  }

  of(tile: Tile): number[] {
    return this.values[tile.value]!;
  }

  /** NumPy's broadcasting: the element of `tile` that element `at` of a larger shape uses. */
  private at(tile: Tile, at: number, shape: readonly number[]): number {
    const own = this.shapes.byId[tile.shape]!;
    let rest = at;
    let index = 0;
    let step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const position = rest % shape[axis]!;
      rest = (rest - position) / shape[axis]!;
      const length = own[axis - shape.length + own.length];
      if (length === undefined) continue;
      if (length > 1) index += position * step;
      step *= length;
    }
    return this.of(tile)[index] ?? 0;
  }
}

function compute(kind: OpKind, x: number, y: number, at: number, scalar: number): number {
  switch (kind) {
    case OpKind.arange:
      return scalar + at;
    case OpKind.full:
      return scalar;
    case OpKind.add:
      return x + y;
    case OpKind.sub:
      return x - y;
    case OpKind.shiftLeft:
      return x * 2 ** y;
    case OpKind.mul:
      return x * y;
    case OpKind.lt:
      return Number(x < y);
    case OpKind.le:
      return Number(x <= y);
    case OpKind.gt:
      return Number(x > y);
    case OpKind.ge:
      return Number(x >= y);
    case OpKind.and:
      return Number(x === 1 && y === 1);
    default:
      return x;
  }
}
