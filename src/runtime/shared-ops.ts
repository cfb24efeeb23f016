import { assert } from "../base/assert.js";
import type { OrchestrationOps } from "../compiler/kernel-ops.js";
import { plainOperators } from "../compiler/plain-operators.js";
import { HeapBuffer } from "./heap-buffer.js";
import type { NodeOps, Orchestration } from "./node-ops.js";

/**
 * The `$` of a bundle with orchestrations. A bundle is evaluated once for all nodes, so each call goes to the node
 * whose orchestration is being resumed.
 */
export class SharedOps implements OrchestrationOps {
  out: unknown = undefined;
  private node: NodeOps | null = null;

  /** Lets a node's orchestration go on until it yields or returns; true when it has returned. */
  resume(node: NodeOps, orchestration: Orchestration): boolean {
    assert(this.node === null, "an orchestration was resumed from within another one");
    this.node = node;
    this.out = node.allocated;
    try {
      return orchestration.next().done === true;
    } finally {
      this.node = null;
    }
  }

  childCount(_site: number): number {
    return this.active().childCount();
  }

  submit(site: number, options: unknown): boolean {
    return this.active().submitProgram(options, site);
  }

  alloc(site: number, bytes: number): boolean {
    const node = this.active();
    const done = node.alloc(bytes, site);
    this.out = node.allocated;
    return done;
  }

  free(site: number, buffer: unknown): void {
    this.active().free(buffer, site);
  }

  scopeBegin(site: number): void {
    this.active().scopeBegin(site);
  }

  scopeEnd(site: number): void {
    this.active().scopeEnd(site);
  }

  waitAll(site: number): boolean {
    return this.active().waitAll(site);
  }

  /** At module level no node runs; who compiles a bundle has made sure that the module's loops end. */
  tick(site: number): void {
    this.node?.tick(site);
  }

  // The compiler rewrites operators wherever a buffer cannot be ruled out, so these mostly see plain values.
  readonly add = this.plain("add");
  readonly sub = this.plain("sub");
  readonly mul = this.plain("mul");
  readonly div = this.plain("div");
  readonly mod = this.plain("mod");
  readonly pow = this.plain("pow");
  readonly lt = this.plain("lt");
  readonly le = this.plain("le");
  readonly gt = this.plain("gt");
  readonly ge = this.plain("ge");
  readonly equal = this.plain("equal");
  readonly notEqual = this.plain("notEqual");
  readonly bitAnd = this.plain("bitAnd");
  readonly bitOr = this.plain("bitOr");
  readonly bitXor = this.plain("bitXor");
  readonly shiftLeft = this.plain("shiftLeft");
  readonly shiftRight = this.plain("shiftRight");

  and(_site: number, _a: unknown, b: unknown): unknown {
    return b;
  }

  or(_site: number, _a: unknown, b: unknown): unknown {
    return b;
  }

  neg(site: number, a: unknown): unknown {
    this.refuseBuffers(site, a);
    return -(a as number);
  }

  not(_site: number, a: unknown): unknown {
    return !a;
  }

  bitNot(site: number, a: unknown): unknown {
    this.refuseBuffers(site, a);
    return ~(a as number);
  }

  /** An orchestration has buffers, no tiles. */
  isTile(): boolean {
    return false;
  }

  decides(_site: number, value: unknown): unknown {
    return value;
  }

  private plain(name: keyof typeof plainOperators) {
    const compute = plainOperators[name];
    return (site: number, a: unknown, b: unknown): unknown => {
      this.refuseBuffers(site, a, b);
      return compute(a as number, b as number);
    };
  }

  private refuseBuffers(site: number, ...operands: unknown[]): void {
    if (operands.some((operand) => operand instanceof HeapBuffer)) this.active().refuseArithmetic(site);
  }

  private active(): NodeOps {
    assert(this.node !== null, "an orchestration operation ran outside an orchestration");
    return this.node;
  }
}
