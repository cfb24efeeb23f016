/** Imports run one way: a folder of src/ imports only from the folders named before it. */
const ORDER = [
  "base",
  "format",
  "record",
  "topology",
  "ccl",
  "engine",
  "data",
  "ops",
  "compiler",
  "check",
  "machine",
  "runtime",
  "transport",
  "probe",
  "session",
  "profile",
  "cli",
  "commands",
];

const forbidden = [
  {
    name: "no-cycles",
    severity: "error",
    from: {},
    to: { circular: true },
  },
  {
    name: "runtime-is-sans-io",
    comment:
      "The runtime is driven by messages; the chip is handed to it as a ChipBackend, of which it knows the messages.",
    severity: "error",
    from: { path: "^src/runtime/" },
    to: { path: "^src/(machine|engine)/|^node:", pathNot: "^src/machine/host/messages\\.ts$" },
  },
  {
    name: "ts-morph-in-one-file",
    severity: "error",
    from: { pathNot: "^src/compiler/program\\.ts$" },
    to: { path: "node_modules/ts-morph" },
  },
  {
    name: "dsl-stands-alone",
    severity: "error",
    from: { path: "^dsl/" },
    to: { path: "^src/" },
  },
];

ORDER.forEach((folder, index) => {
  const later = ORDER.slice(index + 1);
  if (later.length > 0) {
    forbidden.push({
      name: `order-${folder}`,
      severity: "error",
      from: { path: `^src/${folder}/` },
      to: { path: `^src/(${later.join("|")})/` },
    });
  }
});

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js"], exportsFields: ["exports"] },
  },
};
