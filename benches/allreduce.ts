import { defineBench } from "linqu/dsl";

export default defineBench({
  name: "allreduce",
  description: "Sum of one vector per rank, on every rank",
  algorithms: {
    hierarchical: "../kernels/allreduce.ts",
    ring: "../kernels/ring-allreduce.ts",
    "halving-doubling": "../kernels/halving-doubling.ts",
    "binomial-tree": "../kernels/binomial-tree.ts",
    "two-level": "../kernels/two-level.ts",
    "centre-root": "../kernels/centre-root.ts",
    "corner-root": "../kernels/corner-root.ts",
  },
  defaultAlgorithm: "hierarchical",
});
