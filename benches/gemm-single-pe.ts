import { defineBench } from "linqu/dsl";

export default defineBench({
  name: "gemm-single-pe",
  description: "One product on each PE, operands loaded or streamed from HBM",
  algorithms: {
    "load-load": "../kernels/gemm.ts#gemmLoaded",
    "load-ref": "../kernels/gemm.ts#gemmLoadRef",
    "ref-ref": "../kernels/gemm.ts#gemmRefs",
  },
  defaultAlgorithm: "load-ref",
});
