/** A bench names kernels that do the same thing: `linqu run --bench bench.ts --algorithm ring`. */
import { defineBench } from "linqu/dsl";

export default defineBench({
  name: "my-allreduce",
  description: "Sum of one vector per rank, on every rank",
  // Add another implementation here, and compare.
  algorithms: { ring: "./ring-allreduce.ts" },
  defaultAlgorithm: "ring",
});
