import { describe, expect, it } from "vitest";
import { CallableTable } from "../../src/runtime/callable-table.js";

describe("callable table", () => {
  it("gives one program one small id, however often it is registered", () => {
    const table = new CallableTable();
    const first = table.register("sha256-a", 100, 2);
    expect(first).toMatchObject({ added: true, callable: { id: 1, codeBytes: 100, unacknowledged: 2 } });
    expect(table.register("sha256-b", 10, 2)).toMatchObject({ added: true, callable: { id: 2 } });
    expect(table.register("sha256-a", 100, 2)).toEqual({ added: false, callable: first.callable });
  });

  it("keeps a program while somebody refers to it and never gives its id to another", () => {
    const table = new CallableTable();
    table.register("sha256-a", 100, 0);
    table.retain(1);
    table.release(1);
    expect(table.find(1)?.hash).toBe("sha256-a");
    table.release(1);
    expect(table.find(1)).toBeUndefined();
    expect(table.findHash("sha256-a")).toBeUndefined();
    expect(table.register("sha256-a", 100, 0)).toMatchObject({ added: true, callable: { id: 2 } });
    expect(() => table.release(1)).toThrow(/not registered/);
  });
});
