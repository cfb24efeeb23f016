/** The shapes that occur in a run, each with a small id, so that two tiles compare by one integer. */
export class Shapes {
  /** Shapes by id. */
  readonly byId: (readonly number[])[] = [];
  readonly elements: number[] = [];
  private readonly vectors = new Map<number, number>();
  private readonly others = new Map<string, number>();

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

  /** A shape as messages show it: `[16, 64]`. */
  describe(id: number): string {
    return `[${this.byId[id]!.join(", ")}]`;
  }

  private add(shape: readonly number[], elements: number): number {
    this.elements.push(elements);
    return this.byId.push(shape) - 1;
  }
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
