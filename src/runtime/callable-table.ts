import { assert } from "../base/assert.js";

interface Callable {
  /** Small integer by which calls name it on this node. */
  readonly id: number;
  readonly hash: string;
  readonly codeBytes: number;
  /** The ids that the children gave it, by child index. */
  readonly childIds: Int32Array;
  /** Children that have not acknowledged it yet. */
  unacknowledged: number;
}

/** Programs that a node holds, by content hash. It grows by one entry for each distinct program, not for each call. */
export class CallableTable {
  private readonly byHash = new Map<string, Callable & { references: number }>();
  private readonly byId = new Map<number, Callable & { references: number }>();
  private nextId = 1;

  /** Finds or adds a program and takes a reference to it; `added` says whether its code must be sent on. */
  register(hash: string, codeBytes: number, children: number): { callable: Callable; added: boolean } {
    const known = this.byHash.get(hash);
    if (known) {
      known.references++;
      return { callable: known, added: false };
    }
    const callable = {
      id: this.nextId++,
      hash,
      codeBytes,
      childIds: new Int32Array(children),
      unacknowledged: children,
      references: 1,
    };
    this.byHash.set(hash, callable);
    this.byId.set(callable.id, callable);
    return { callable, added: true };
  }

  find(id: number): Callable | undefined {
    return this.byId.get(id);
  }

  findHash(hash: string): Callable | undefined {
    return this.byHash.get(hash);
  }

  /** Keeps a program while a call of it runs. */
  retain(id: number): void {
    this.entry(id).references++;
  }

  /** Gives one reference back; the last one removes the program, whose id is never used again. */
  release(id: number): void {
    const entry = this.entry(id);
    if (--entry.references > 0) return;
    this.byId.delete(id);
    this.byHash.delete(entry.hash);
  }

  private entry(id: number): Callable & { references: number } {
    const entry = this.byId.get(id);
    assert(entry !== undefined, `callable ${id} is not registered`);
    return entry;
  }
}
