import { closest, distance } from "fastest-levenshtein";

/** The valid name nearest to a mistyped one, or null when nothing is close enough to be meant. */
export function nearestName(typed: string, valid: readonly string[]): string | null {
  if (valid.length === 0) return null;
  const best = closest(
    typed.toLowerCase(),
    [...valid].map((name) => name.toLowerCase()),
  );
  const index = valid.findIndex((name) => name.toLowerCase() === best);
  const limit = Math.max(2, Math.ceil(typed.length / 3));
  const steps = distance(typed.toLowerCase(), best);
  // With as many steps as the longer one has letters any name becomes any other.
  return steps <= limit && steps < Math.max(typed.length, best.length) ? valid[index]! : null;
}

/** `did you mean "ring"?`, or the list of valid names when none is near. */
export function suggestName(typed: string, valid: readonly string[]): string {
  const near = nearestName(typed, valid);
  return near ? `did you mean "${near}"?` : `valid names: ${valid.join(", ")}`;
}
