/** Integers as compressed ranges, for reports that must stay short at 262,144 ranks. */

/** A regular run of at least this many numbers is written as a range with a step. */
const MIN_STEPPED = 4;

/**
 * `[0,1,2,5]` becomes `0-2,5`, and `[0,4,8,12]` becomes `0-12 step 4`; after `limit` parts the rest is counted. The
 * input is sorted and has no duplicates.
 */
export function formatRanges(sorted: ArrayLike<number>, limit = 8): string {
  const parts: string[] = [];
  for (let start = 0; start < sorted.length;) {
    if (parts.length === limit) {
      parts.push(`and ${sorted.length - start} more`);
      break;
    }
    const first = sorted[start]!;
    const step = start + 1 < sorted.length ? sorted[start + 1]! - first : 1;
    let end = start + 1;
    while (end < sorted.length && sorted[end]! - sorted[end - 1]! === step) end++;
    if (step > 1 && end - start < MIN_STEPPED) end = start + 1;
    const last = sorted[end - 1]!;
    if (end - start === 1) parts.push(`${first}`);
    else parts.push(step === 1 ? `${first}-${last}` : `${first}-${last} step ${step}`);
    start = end;
  }
  return parts.join(",");
}
