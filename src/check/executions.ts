import { EagerValues } from "../data/eager-values.js";
import type { InputData } from "../data/inputs.js";
import { OpLog } from "../data/op-log.js";
import { Contributions } from "./contributions.js";
import { Execution, type ExecutionOptions } from "./execution.js";
import { Fingerprints } from "./fingerprints.js";
import type { CheckSetup } from "./setup.js";

/** Seeded inputs of an execution with data. */
export interface Inputs {
  data: InputData;
  seed: number;
}

/** Bytes of the log of an execution with data. */
const LOG_BYTES = 2 ** 29;

/** The ways in which one configuration is executed, and what that took. */
export class Executions {
  /** Of all executions together. */
  operations = 0;

  constructor(
    private readonly setup: CheckSetup,
    private readonly maxOperations: number,
  ) {}

  /** All that can be told without data. */
  withFingerprints(slots: number): Execution {
    return this.start({ slots, algebra: new Fingerprints(), isFull: true, data: null });
  }

  /** What every value was made of. */
  withContributions(slots: number): Execution {
    return this.start({ slots, algebra: new Contributions(), isFull: false, data: null });
  }

  /** Who waits for whom. */
  withoutValues(slots: number): Execution {
    return this.start({ slots, algebra: null, isFull: false, data: null });
  }

  /** With every operation on data in a log. A full one follows what is written where as well, though not what. */
  withData(inputs: Inputs, slots: number, isFull: boolean): { execution: Execution; log: OpLog } {
    const log = new OpLog(LOG_BYTES);
    const makeValues = (shapes: readonly (readonly number[])[]): EagerValues =>
      new EagerValues(this.setup.launch, inputs, log, shapes);
    const algebra = isFull ? new Fingerprints() : null;
    return { execution: this.start({ slots, algebra, isFull, data: { log, makeValues } }), log };
  }

  private start(options: Omit<ExecutionOptions, "maxOperations">): Execution {
    const execution = new Execution(this.setup, { ...options, maxOperations: this.maxOperations });
    execution.run();
    this.operations += execution.core.operations;
    return execution;
  }
}
