import { invalidInput } from "../base/diagnostics.js";
import { PEER_AXIS, type Queue } from "./queues.js";

/**
 * The queues between neighbours that a kernel names: entry k of `neighbors[rank]` is the rank that direction k leads
 * to, −1 for none.
 *
 * What r sends to p arrives at p from a direction that leads back to r. Where several directions join the same two
 * ranks, opposite ones (k and k ^ 1) belong together, then equal ones, then the first that is left, so that a ring
 * written as [east, west] works with two members too.
 * @throws LQ2105 ranks that do not name each other equally often
 */
export function peerQueues(kernel: string, neighbors: readonly (readonly number[])[]): Queue[] {
  const queues: Queue[] = [];
  const directions = neighbors.map(directionsByPeer);
  directions.forEach((byPeer, rank) => {
    for (const [peer, there] of byPeer) {
      const back = directions[peer]!.get(rank) ?? [];
      if (there.length !== back.length) throw oneSided(kernel, rank, peer, there, back);
      // Both ways between two ranks are made when the lower of them is met.
      if (rank < peer) addPairs(queues, rank, peer, there, back);
    }
  });
  return queues.sort((a, b) => a.source - b.source || a.direction - b.direction);
}

function directionsByPeer(list: readonly number[]): Map<number, number[]> {
  const byPeer = new Map<number, number[]>();
  list.forEach((peer, direction) => {
    if (peer < 0) return;
    const known = byPeer.get(peer);
    if (known) known.push(direction);
    else byPeer.set(peer, [direction]);
  });
  return byPeer;
}

function addPairs(
  queues: Queue[],
  rank: number,
  peer: number,
  there: readonly number[],
  back: readonly number[],
): void {
  const free = new Set(back);
  const partner = new Map<number, number>();
  const choose = (wanted: (direction: number) => number): void => {
    for (const direction of there) {
      const other = wanted(direction);
      if (partner.has(direction) || !free.delete(other)) continue;
      partner.set(direction, other);
    }
  };
  choose((direction) => direction ^ 1);
  choose((direction) => direction);
  choose(() => free.values().next().value ?? -1);
  for (const [direction, other] of partner) {
    queues.push({ source: rank, target: peer, axis: PEER_AXIS, direction, arrival: other });
    queues.push({ source: peer, target: rank, axis: PEER_AXIS, direction: other, arrival: direction });
  }
}

function oneSided(
  kernel: string,
  rank: number,
  peer: number,
  there: readonly number[],
  back: readonly number[],
): Error {
  const times = (count: number): string =>
    count < 3 ? ["never", "once", "twice"][count]! : `${count} times`;
  return invalidInput({
    code: "LQ2105",
    message:
      back.length === 0
        ? `neighbors of kernel ${kernel}: direction ${there[0]} of rank ${rank} leads to rank ${peer}, which has none back to rank ${rank}`
        : `neighbors of kernel ${kernel}: rank ${rank} names rank ${peer} ${times(there.length)}, but rank ${peer} names rank ${rank} ${times(back.length)}`,
    hint: "two neighbours name each other, each as often as the other",
  });
}
