import { describe, expect, it } from "vitest";
import { Scheduler } from "../../src/runtime/scheduler.js";
import type { Task, TaskRequest } from "../../src/runtime/task.js";
import type { Access } from "../../src/runtime/tensor-map.js";
import { testConfig } from "./helpers.js";

function request(name: string, accesses: Partial<Access>[] = []): TaskRequest {
  const whole = accesses.map((access) => ({ handle: 1, offset: 0, length: 8, write: false, ...access }));
  return { name, target: { kind: "launch", chips: [0] }, accesses: whole, buffers: [] };
}

function scheduler(taskRingCapacity = 8): { tasks: Scheduler; started: string[] } {
  const started: string[] = [];
  const config = testConfig({ taskRingCapacity });
  return { tasks: new Scheduler(config, (task) => started.push(task.request.name)), started };
}

describe("scheduler", () => {
  it("runs a task only after its producers have completed", () => {
    const { tasks, started } = scheduler();
    const [a, b] = ["a", "b"].map((name) => tasks.submit(request(name, [{ write: true }]), 0, 0, 0));
    const c = tasks.submit(request("c", [{}]), 0, 0, 0);
    const d = tasks.submit(request("d", [{ write: true }]), 0, 0, 0);
    tasks.submit(request("free", [{ handle: 2, write: true }]), 0, 0, 0);
    expect(started).toEqual(["a", "free"]);
    expect([a, b, c, d].map((task) => task!.state)).toEqual(["RUNNING", "PENDING", "PENDING", "PENDING"]);
    for (const task of [a, b, c]) {
      tasks.complete(task!.token, null, 0);
      expect(tasks.isRunning(task!.token)).toBe(false);
    }
    expect(started).toEqual(["a", "free", "b", "c", "d"]);
  });

  it("completes a group when every child has completed, each counted once", () => {
    const { tasks } = scheduler();
    const target = { kind: "call", children: [0, 1, 2] } as const;
    const group = tasks.submit({ name: "group", target, accesses: [], buffers: [] }, 0, 0, 0);
    for (const child of [0, 1, 1, 1]) tasks.complete(group.token, child, 0);
    expect(group.state).toBe("RUNNING");
    tasks.complete(group.token, 2, 0);
    expect(group.state).toBe("COMPLETED");
    expect(tasks.unfinished).toBe(0);
  });

  it("retires a task when it has completed, its scope has ended and its consumers have completed", () => {
    const { tasks } = scheduler();
    const producer = tasks.submit(request("producer", [{ write: true }]), 1, 0, 0);
    const consumer = tasks.submit(request("consumer", [{}]), 0, 0, 0);
    tasks.complete(producer.token, null, 0);
    expect(producer.state).toBe("COMPLETED");
    tasks.releaseScope([producer]);
    expect(producer.state).toBe("COMPLETED");
    tasks.complete(consumer.token, null, 0);
    expect(producer.state).toBe("RETIRED");
    expect(consumer.state).toBe("COMPLETED");
    tasks.releaseScope([consumer]);
    expect(consumer.state).toBe("RETIRED");
  });

  it("retires in order within a depth, and independently of other depths", () => {
    const { tasks } = scheduler(2);
    const inner = [1, 2].map((n) => tasks.submit(request(`inner${n}`), 1, 0, 0));
    const outer = tasks.submit(request("outer"), 0, 0, 0);
    tasks.releaseScope([...inner]);
    tasks.releaseScope([outer]);
    expect(tasks.shortage(request("next"), 1)?.kind).toBe("task");
    tasks.complete(inner[1]!.token, null, 0);
    expect(tasks.shortage(request("next"), 1)?.kind).toBe("task");
    tasks.complete(outer.token, null, 0);
    expect(outer.state).toBe("RETIRED");
    tasks.complete(inner[0]!.token, null, 0);
    expect(inner.map(({ state }: Task) => state)).toEqual(["RETIRED", "RETIRED"]);
    expect(tasks.shortage(request("next"), 1)).toBeNull();
  });

  it("drops everything on abort and ignores late completions", () => {
    const { tasks, started } = scheduler();
    const a = tasks.submit(request("a", [{ write: true }]), 0, 0, 0);
    tasks.submit(request("b", [{}]), 0, 0, 0);
    tasks.abort();
    expect(tasks.unfinished).toBe(0);
    expect(tasks.ring(0).used).toBe(0);
    expect(tasks.tensors.used).toBe(0);
    tasks.complete(a.token, null, 0);
    expect(started).toEqual(["a"]);
  });
});
