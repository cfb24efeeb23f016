#!/usr/bin/env node
// Answers --version before importing anything, then hands over to oclif.
import { readFileSync } from "node:fs";
import module from "node:module";

const argument = process.argv[2];
if (process.argv.length === 3 && (argument === "--version" || argument === "-v" || argument === "version")) {
  const { name, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  module.enableCompileCache?.();
  const { main } = await import("../dist/src/cli/main.js");
  await main(import.meta.url);
}
