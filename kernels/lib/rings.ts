/** Reduce-scatter and all-gather over a ring of neighbours that the kernel names. */
import { tl, type DType, type Ptr, type Tile } from "linqu/dsl";

/** This one's place in a ring, and the directions to the next and the previous member. */
export interface Ring {
  place: number;
  size: number;
  next: number;
  previous: number;
}

/** A piece of a vector, which the ring cuts into one chunk per member. */
interface Piece {
  start: number;
  length: number;
}

/** Chunk `c` of a piece: lengths differ by at most one element, and may be zero. */
function chunkOf({ start, length }: Piece, c: number, chunks: number): Piece {
  const begin = Math.floor((c * length) / chunks);
  return { start: start + begin, length: Math.floor(((c + 1) * length) / chunks) - begin };
}

/** The chunk whose whole sum a member holds after the reduce-scatter. */
export function ownChunk(piece: Piece, { place, size }: Ring): Piece {
  return chunkOf(piece, (place + 1) % size, size);
}

/** Partial sums go round and every member adds its part of `from`; returns the sum of its own chunk. */
export function reduceScatter(from: Ptr, piece: Piece, ring: Ring, dtype: DType): Tile {
  const { place, size, next, previous } = ring;
  const first = chunkOf(piece, place, size);
  let sum: Tile = tl.load(from + first.start, [first.length]);
  for (let step = 1; step < size; step++) {
    tl.send(next, sum);
    const { start, length } = chunkOf(piece, (place - step + size) % size, size);
    const mine = tl.load(from + start, [length]);
    sum = tl.recv(previous, [length], dtype) + mine;
  }
  return sum;
}

/** Finished chunks go round once more, until `to` holds all of them. */
export function allGather(mine: Tile, to: Ptr, piece: Piece, ring: Ring, dtype: DType): void {
  const { place, size, next, previous } = ring;
  let chunk = mine;
  tl.store(to + ownChunk(piece, ring).start, chunk);
  for (let step = 0; step < size - 1; step++) {
    tl.send(next, chunk);
    const { start, length } = chunkOf(piece, (place - step + size) % size, size);
    chunk = tl.recv(previous, [length], dtype);
    tl.store(to + start, chunk);
  }
}
