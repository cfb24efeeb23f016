import { it } from "vitest";
import { runKernel } from "../machine/helpers.js";
import { tensor } from "../machine/memory/spread-run.js";

it("E1", () => {
  for (const from of [0, 1024, 2048, 3072]) for (const withComposite of [false, true]) {
    const run = runKernel(
      { topology: "cube", device: "cube:0/pe:0-1", queues: [], tensors: [
        tensor("x", "inout", [1 << 18]), tensor("y", "inout", [1 << 18]),
        tensor("s", "inout", [1 << 12], { cube: "replicate", pe: "row_wise" }) ] },
      ($) => function* (x: unknown, y: unknown, s: unknown) {
        if ($.rank(1) === 0) {
          if (withComposite) { if (!$.composite(2, "gemm", $.ref(3, x, [32, 4096]), $.ref(3, x, [4096, 32]), y)) yield; }
        } else {
          if (!$.load(4, $.add(3, s, from), [64])) yield;
        }
      },
    );
    console.log("E1", from, withComposite, run.endsNs);
  }
});
