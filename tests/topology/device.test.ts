import { describe, expect, it } from "vitest";
import { describeSelection, selectDevices } from "../../src/topology/device.js";
import { loadTopology } from "../../src/topology/load.js";
import { refusal } from "./refusal.js";

const host = loadTopology("host", []);
const cluster = loadTopology("cluster", []);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("selectDevices", () => {
  it("takes levels whole that the spec does not name", () => {
    expect(selectDevices(host, "all")).toEqual({ hosts: [0], sips: [0, 1], cubes: upTo(16), pes: upTo(8) });
    expect(selectDevices(host, "sip:1").sips).toEqual([1]);
    expect(selectDevices(host, "sip1")).toEqual({ hosts: [0], sips: [1], cubes: upTo(16), pes: upTo(8) });
    expect(selectDevices(host, "sip:0/cube:1/pe:3")).toEqual({ hosts: [0], sips: [0], cubes: [1], pes: [3] });
  });

  it("reads lists and ranges, sorted", () => {
    expect(selectDevices(host, "cube:5,0-3").cubes).toEqual([0, 1, 2, 3, 5]);
    expect(selectDevices(host, "pe:7-7").pes).toEqual([7]);
  });

  it("numbers hosts over the whole machine", () => {
    expect(selectDevices(cluster, "all").hosts).toEqual(upTo(1024));
    expect(selectDevices(cluster, "host:1023/sip:0").hosts).toEqual([1023]);
  });

  it.each([
    ["", "LQ5020", 2],
    ["sip", "LQ5020", 2],
    ["sip:", "LQ5020", 2],
    ["sip:0/", "LQ5020", 2],
    ["sip:-1", "LQ5020", 2],
    ["cube:0,", "LQ5020", 2],
    ["all/sip:0", "LQ5020", 2],
    ["pe:0/sip:1", "LQ5020", 2],
    ["sip:0/sip:1", "LQ5020", 2],
    ["cub:0", "LQ5021", 2],
    ["cube:16", "LQ5022", 3],
    ["cube:0-99999999999999", "LQ5022", 3],
    ["host:1", "LQ5022", 3],
    ["cube:3-1", "LQ5023", 2],
    ["cube:1,1", "LQ5024", 2],
    ["cube:0-3,2", "LQ5024", 2],
  ])("refuses %j with %s, exit %i", (spec, code, exitCode) => {
    const refused = refusal(() => selectDevices(host, spec));
    expect([refused.exitCode, refused.problems[0]!.code]).toEqual([exitCode, code]);
    expect(refused.problems[0]!.hint).toBeTruthy();
  });

  it("names valid bounds, the nearest level and the range turned round", () => {
    expect(refusal(() => selectDevices(host, "cube:16")).problems[0]!.hint).toContain("cubes 0 to 15");
    expect(refusal(() => selectDevices(host, "host:2")).problems[0]!.hint).toContain("only host 0");
    expect(refusal(() => selectDevices(host, "cub:0")).problems[0]!.hint).toContain('"cube"');
    expect(refusal(() => selectDevices(host, "cube:3-1")).problems[0]!.hint).toBe("write 1-3");
  });
});

describe("describeSelection", () => {
  it.each(["all", "sip:0", "host:3/sip:1", "cube:0-3,5", "sip:0/cube:1/pe:3"])("repeats %s", (spec) => {
    expect(describeSelection(cluster, selectDevices(cluster, spec))).toBe(spec);
  });

  it("says all when everything is named", () => {
    expect(describeSelection(host, selectDevices(host, "sip:0-1"))).toBe("all");
  });
});
