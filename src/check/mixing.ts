/** Mixes a number of up to 53 bits into a 32-bit word, as the finaliser of murmur3 does. */
export function mixed(word: number, value: number): number {
  const high = Math.floor(value / 2 ** 32);
  return mixedWord(mixedWord(word, high | 0), value - high * 2 ** 32);
}

function mixedWord(word: number, next: number): number {
  let h = Math.imul(word ^ next, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
