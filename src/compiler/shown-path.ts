import { isAbsolute, relative } from "node:path";

/** A path as people read it: relative to the current folder when inside it, else absolute; forward slashes. */
export function shownPath(absolute: string): string {
  const short = relative(process.cwd(), absolute);
  const outside = short === "" || short.startsWith("..") || isAbsolute(short);
  return (outside ? absolute : short).replaceAll("\\", "/");
}
