"""A ring all-reduce in SimPy: one process per rank, point-to-point links with slots and credits.

Usage: ring_simpy.py RANKS BYTES LATENCY_NS BANDWIDTH_GBPS SLOTS
Prints one line of JSON: simulated nanoseconds, wall seconds of the simulation, messages.
"""

import json
import sys
import time

import simpy

ADD_BYTES_PER_NS = 128.0
HBM_BYTES_PER_NS = 256.0


class Link:
    """From one rank to the next: messages in flight, and credits for the receiver's free slots."""

    def __init__(self, env, slots):
        self.messages = simpy.Store(env)
        self.credits = simpy.Store(env, capacity=slots)
        self.credits.items.extend([None] * slots)
        self.free_at = 0.0


def rank(env, steps, message_bytes, latency, bandwidth, inbound, outbound):
    """2(n - 1) steps: send a piece to the right, receive one from the left, add it in the first half."""
    load_time = message_bytes / HBM_BYTES_PER_NS
    add_time = message_bytes / ADD_BYTES_PER_NS
    yield env.timeout(load_time)
    for step in range(steps):
        yield outbound.credits.get()
        outbound.free_at = max(env.now, outbound.free_at) + message_bytes / bandwidth
        outbound.messages.put(outbound.free_at + latency)

        arrival = yield inbound.messages.get()
        if arrival > env.now:
            yield env.timeout(arrival - env.now)
        inbound.credits.put(None)
        if step < steps // 2:
            yield env.timeout(add_time)


def main():
    ranks, total_bytes = int(sys.argv[1]), int(sys.argv[2])
    latency, bandwidth, slots = float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
    started = time.perf_counter()
    env = simpy.Environment()
    links = [Link(env, slots) for _ in range(ranks)]
    steps = 2 * (ranks - 1)
    for index in range(ranks):
        env.process(rank(env, steps, total_bytes / ranks, latency, bandwidth, links[index - 1], links[index]))
    env.run()
    wall = time.perf_counter() - started
    print(json.dumps({"simulatedNs": env.now, "wallSeconds": wall, "messages": ranks * steps}))


main()
