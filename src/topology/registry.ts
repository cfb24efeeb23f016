/** Implementations of one kind of component, of which a topology chooses one by name. */
import { invalidInput } from "../base/diagnostics.js";
import type { LinquError, SourceLocation } from "../base/diagnostics.js";
import { suggestName } from "../base/nearest.js";

export class Registry<T> {
  private readonly implementations: Map<string, T>;

  /** `path` is the topology's value that holds the chosen name. */
  constructor(
    readonly path: "fabric.kind" | "pe.scheduler.kind",
    builtIn: Readonly<Record<string, T>>,
  ) {
    this.implementations = new Map(Object.entries(builtIn));
  }

  has(name: string): boolean {
    return this.implementations.has(name);
  }

  /** Adds one under a name that is still free. */
  add(name: string, implementation: T): void {
    this.implementations.set(name, implementation);
  }

  /** @throws LQ5030 no implementation has this name */
  choose(name: string, at: SourceLocation | null): T {
    const found = this.implementations.get(name);
    if (found === undefined) throw this.unknown(name, at);
    return found;
  }

  private unknown(name: string, at: SourceLocation | null): LinquError {
    return invalidInput({
      code: "LQ5030",
      message: `unknown ${this.path} "${name}"`,
      at,
      hint: `${suggestName(name, [...this.implementations.keys()])} (or add it in a module, named by components)`,
    });
  }
}
