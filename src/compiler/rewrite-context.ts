import type { Colours } from "./colour.js";
import type { Constants } from "./constants.js";
import type { Flavours } from "./flavours.js";
import type { Handles } from "./handles.js";
import type { Operations } from "./operations.js";
import type { KernelProgram } from "./program.js";
import type { SiteTable } from "./sites.js";

/** What is known of a program when its sources are rewritten. */
export interface RewriteContext {
  program: KernelProgram;
  operations: Operations;
  constants: Constants;
  colours: Colours;
  handles: Handles;
  flavours: Flavours;
  sites: SiteTable;
  /** The name of the parameter that carries the operations, `$` unless a source uses that name. */
  ops: string;
  /** The name of the parameter that counts the loops of host code. */
  host: string;
}
