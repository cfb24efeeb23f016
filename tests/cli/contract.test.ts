import { spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BIN, envelope, linqu } from "./linqu.js";

/** Command lines that must be refused with exit code 2: code, and what the hint must name. */
const MISUSE: [string, string, string, string][] = [
  ["a mistyped command", "rnu", "LQ0001", '"run"'],
  ["an unknown command", "frobnicate", "LQ0001", "valid names: "],
  ["a mistyped command with words behind it", "complie kernels/allreduce.ts", "LQ0001", '"compile"'],
  ["help for an unknown command", "help profil", "LQ0001", '"profile"'],
  ["a mistyped topic with a right word behind it", "topolgy show host", "LQ0001", '"topology"'],
  ["an unknown command that asks for help", "profil --help", "LQ0001", '"profile"'],
  ["a flag before any command", "--topology pe", "LQ0002", "linqu run"],
  ["a mistyped flag", "run --topolgy pe", "LQ0002", '"--topology"'],
  ["a mistyped flag that switches something off", "run --no-chek", "LQ0002", '"--no-check"'],
  ["a mistyped flag with =", "run --topolgy=pe", "LQ0002", '"--topology"'],
  ["a mistyped flag after --set", "run --set ipcq.slots=2 --verify-dat", "LQ0002", '"--verify-data"'],
  ["an unknown short flag", "run -x", "LQ0002", "--topology"],
  ["a flag of another command", "run --out-dir build", "LQ0002", "--"],
  ["a value that is no choice", "run --dtype f17", "LQ0003", '"f16"'],
  ["a plugin's argument that is no choice", "autocomplete basj", "LQ0003", '"bash"'],
  ["a size of nothing", "run --bytes 0", "LQ0003", "96KiB"],
  ["a negative size", "run --bytes -4", "LQ0003", "96KiB"],
  ["a size in words", "run --bytes many", "LQ0003", "96KiB"],
  ["a seed that is no number", "run --seed one", "LQ0003", "4294967295"],
  ["an override without a value", "run --set ipcq.slots", "LQ0003", "path=value"],
  ["a trace limit that is no size", "profile --trace t.json --trace-limit big", "LQ0003", "96KiB"],
  ["a flag without its value", "run --topology", "LQ0004", "run --help"],
  ["a choice without its value", "run --verify-data --dtype", "LQ0004", "f32, f16"],
  ["a kernel file without --kernel", "run kernels/allreduce.ts", "LQ0005", "--kernel kernels/allreduce.ts"],
  ["an argument too many", "doctor now", "LQ0005", "doctor --help"],
  ["no file to compile", "compile", "LQ0006", "compile --help"],
  ["a bench and a kernel", "run --bench allreduce --kernel a.ts", "LQ0007", "--kernel"],
  ["a flag given twice", "run --seed 1 --seed 2", "LQ0008", "keep"],
  ["a traced device without a trace", "profile --trace-device host:0", "LQ0010", "--trace"],
];

describe("misuse", () => {
  it.each(MISUSE)("%s: linqu %s", async (_what, line, code, hint) => {
    const { exitCode, result, error } = envelope(await linqu([...line.split(" "), "--json"]));
    expect(exitCode).toBe(2);
    expect(result).toBeNull();
    expect(error).toMatchObject({ code, severity: "error" });
    expect(error!.hint).toContain(hint);
  });

  it("is explained on stderr, with nothing on stdout", async () => {
    const ended = await linqu(["run", "--topolgy", "pe"]);
    expect(ended).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: 'error LQ0002  unknown flag --topolgy\n  hint did you mean "--topology"?\n',
    });
  });

  it("lists every unknown flag", async () => {
    const { stderr } = await linqu(["run", "--topolgy", "pe", "--sede=1"]);
    expect(stderr).toContain("unknown flag --topolgy");
    expect(stderr).toContain("unknown flag --sede");
    expect(stderr).toContain("2 errors");
  });
});

describe("the envelope", () => {
  it("is named after the command, and linqu/error/1 when there is none", async () => {
    expect(envelope(await linqu(["run", "--bytes", "0", "--json"])).schema).toBe("linqu/run/1");
    for (const line of ["topology check pe", "topology:check pe"])
      expect(envelope(await linqu([...line.split(" "), "--json"])).schema).toBe("linqu/topology-check/1");
    expect(envelope(await linqu(["rnu", "--json"])).schema).toBe("linqu/error/1");
    expect(envelope(await linqu(["--json", "--nonsense"])).schema).toBe("linqu/error/1");
  });

  it("holds help and version too", async () => {
    const help = envelope(await linqu(["run", "--help", "--json"]));
    expect(help).toMatchObject({ schema: "linqu/help/1", status: "ok" });
    expect((help.result as { text: string }).text).toContain("--verify-data");
    expect(envelope(await linqu(["--json"])).schema).toBe("linqu/help/1");
    expect(envelope(await linqu(["--version", "--json"])).result).toMatchObject({ name: "linqu" });
  });

  it("has no colour even when colour is forced", async () => {
    envelope(await linqu(["rnu", "--json"], { env: { FORCE_COLOR: "1" } }));
  });
});

describe("help", () => {
  it("is what linqu alone prints", async () => {
    const [alone, flag, short, command] = await Promise.all(
      [[], ["--help"], ["-h"], ["help"]].map((a) => linqu(a)),
    );
    expect(alone!.exitCode).toBe(0);
    for (const name of ["autocomplete", "compile", "doctor", "list", "profile", "run"]) {
      expect(alone!.stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
    for (const same of [flag, short, command]) expect(same).toEqual(alone);
  });

  it("shows the examples of a command", async () => {
    const ended = await linqu(["help", "run"]);
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toContain("$ linqu run --topology cube --verify-data");
    expect(await linqu(["run", "-h"])).toEqual(ended);
  });

  it("explains how to set up shell completion", async () => {
    expect((await linqu(["autocomplete", "--help"])).stdout).toContain("$ linqu autocomplete zsh");
  });
});

describe("colour", () => {
  it.each([
    [{}, false],
    [{ FORCE_COLOR: "1" }, true],
    [{ NO_COLOR: "1" }, false],
    [{ FORCE_COLOR: "0" }, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true],
  ])("with %j off a terminal: %s", async (env, coloured) => {
    const { stderr } = await linqu(["rnu"], { env });
    expect(stderr.includes("\u001b[")).toBe(coloured);
    expect(stderr).not.toContain("Warning");
  });
});

it("prints the version as oclif does", async () => {
  const { stdout, exitCode } = await linqu(["--version"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^linqu\/\d+\.\d+\.\d+ \w+-\w+ node-v\d+\.\d+\.\d+\n$/);
});

it("does the same whatever NODE_ENV says", async () => {
  const expected = await linqu(["run", "--nonsense"]);
  for (const NODE_ENV of ["production", "development"]) {
    expect(await linqu(["run", "--nonsense"], { env: { NODE_ENV } })).toEqual(expected);
  }
});

it("says nothing when the reader of its output has left", async () => {
  const child = spawn(process.execPath, [BIN, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const exitCode = await new Promise((settle) => child.on("close", settle));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});

it.skipIf(!existsSync("/dev/full"))(
  "says so when its output finds no space, with an exit code of its own",
  async () => {
    for (const argv of [
      ["topology", "show", "cube"],
      ["list", "--json"],
    ]) {
      const child = spawn(process.execPath, [BIN, ...argv], {
        stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
      });
      let stderr = "";
      child.stderr!.on("data", (data: Buffer) => (stderr += data.toString()));
      const exitCode = await new Promise((settle) => child.on("close", settle));
      expect(exitCode).toBe(3);
      expect(stderr).toBe("error LQ9002  cannot write to standard output: no space left on the device\n");
    }
  },
);
