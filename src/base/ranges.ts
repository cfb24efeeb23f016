/** Integers as compressed ranges, for reports that must stay short at 262,144 ranks. */

/** `[0,1,2,5]` becomes `0-2,5`; after `limit` ranges the rest is counted. The input is sorted. */
export function formatRanges(sorted: ArrayLike<number>, limit = 8): string {
  const parts: string[] = [];
  let start = 0;
  for (let i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && sorted[i]! === sorted[i - 1]! + 1) continue;
    const first = sorted[start]!;
    const last = sorted[i - 1]!;
    if (parts.length === limit) {
      parts.push(`and ${sorted.length - start} more`);
      break;
    }
    parts.push(first === last ? `${first}` : `${first}-${last}`);
    start = i;
  }
  return parts.join(",");
}
