import { nearestName } from "../base/nearest.js";
import { isField, topologyFields, topologySchema } from "./schema.js";
import type { Section } from "./schema.js";

/** What to write instead of a path that does not exist: the nearest full path, or the keys that are valid there. */
export function suggestKey(path: string): string {
  const { section, prefix } = deepestSection(path);
  const near = prefix === `${path}.` ? [] : nearestPaths(path);
  if (near.length > 0) return `did you mean ${near.join(" or ")}?`;
  return `valid keys${prefix && ` of ${prefix.slice(0, -1)}`}: ${Object.keys(section).join(", ")}`;
}

function nearestPaths(path: string): string[] {
  const paths = [...topologyFields.keys()];
  const near = nearestSibling(path) ?? nearestName(path, paths);
  return near ? [near] : pathsByLastKey(path, paths);
}

/** A key of the same section that is spelt almost like the last one. */
function nearestSibling(path: string): string | null {
  const { section, prefix } = deepestSection(path);
  const [typed, ...rest] = path.slice(prefix.length).split(".");
  const near = nearestName(typed!, Object.keys(section));
  if (!near) return null;
  const full = [prefix + near, ...rest].join(".");
  return rest.length === 0 || topologyFields.has(full) ? full : null;
}

/** Paths that end like the typed one, for a key written in the wrong section; nothing for a very short key. */
function pathsByLastKey(path: string, paths: readonly string[]): string[] {
  const lastKey = (full: string) => full.slice(full.lastIndexOf(".") + 1);
  const typed = lastKey(path);
  const near = typed.length < 4 ? null : nearestName(typed, paths.map(lastKey));
  return paths.filter((full) => lastKey(full) === near).slice(0, 4);
}

function deepestSection(path: string): { section: Section; prefix: string } {
  let section = topologySchema;
  let prefix = "";
  for (const key of path.split(".")) {
    const entry = Object.hasOwn(section, key) ? section[key] : undefined;
    if (entry === undefined || isField(entry)) break;
    section = entry;
    prefix += `${key}.`;
  }
  return { section, prefix };
}
