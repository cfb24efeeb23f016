/** Two shape ids make one key of a map. */
const SHAPE_LIMIT = 2 ** 26;

/** The shapes that occur in a run, each with a small id, so that two tiles compare by one integer. */
export class Shapes {
  /** Shapes by id. */
  readonly byId: (readonly number[])[] = [];
  readonly elements: number[] = [];
  private readonly vectors = new Map<number, number>();
  private readonly others = new Map<string, number>();
  private readonly broadcasts = new Map<number, number>();

  /** The id of a shape, or −1 when it is not a list of non-negative integers. */
  idOf(shape: unknown): number {
    if (!Array.isArray(shape)) return -1;
    if (shape.length === 1) {
      const length = shape[0] as unknown;
      const known = this.vectors.get(length as number);
      if (known !== undefined) return known;
      if (!isSize(length)) return -1;
      const id = this.add([length], length);
      this.vectors.set(length, id);
      return id;
    }
    const key = shape.join();
    const known = this.others.get(key);
    if (known !== undefined) return known;
    if (!shape.every(isSize)) return -1;
    const elements = (shape as number[]).reduce((product, size) => product * size, 1);
    if (!Number.isSafeInteger(elements)) return -1;
    const id = this.add([...(shape as number[])], elements);
    this.others.set(key, id);
    return id;
  }

  /** The id of the shape that two shapes broadcast to, or −1: axes are aligned from the right, length 1 repeats. */
  broadcast(a: number, b: number): number {
    if (a === b) return a;
    const key = a * SHAPE_LIMIT + b;
    let known = this.broadcasts.get(key);
    if (known === undefined) {
      known = this.idOf(broadcastShapes(this.byId[a]!, this.byId[b]!));
      this.broadcasts.set(key, known);
    }
    return known;
  }

  /** A shape as messages show it: `[16, 64]`. */
  describe(id: number): string {
    return `[${this.byId[id]!.join(", ")}]`;
  }

  private add(shape: readonly number[], elements: number): number {
    this.elements.push(elements);
    return this.byId.push(shape) - 1;
  }
}

function broadcastShapes(a: readonly number[], b: readonly number[]): number[] | null {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const skipped = long.length - short.length;
  const shape: number[] = [];
  for (let axis = 0; axis < long.length; axis++) {
    const x = long[axis]!;
    const y = short[axis - skipped] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return null;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
