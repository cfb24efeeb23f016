import { defineBench } from "linqu/dsl";

export default defineBench({
  name: "allreduce",
  description: "Sum of one vector per rank, on every rank",
  algorithms: {
    hierarchical: "../kernels/allreduce.ts",
    ring: "../kernels/ring-allreduce.ts",
  },
  defaultAlgorithm: "hierarchical",
});
