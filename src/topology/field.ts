/** Kinds of values in a topology: what a valid one is, in words, and how it is read from YAML. */
import { parseSize } from "../base/units.js";

/** A value in its final form; or what was expected instead, and where inside the value. */
type Reading =
  | { ok: true; value: unknown }
  | { ok: false; expected: string; path: readonly (string | number)[]; found: unknown };

export interface Field {
  /** What the value means, in a few words. */
  readonly doc: string;
  read(value: unknown): Reading;
}

function field(doc: string, expected: string, accept: (value: unknown) => unknown): Field {
  return {
    doc,
    read(found) {
      const value = accept(found);
      return value === undefined ? { ok: false, expected, path: [], found } : { ok: true, value };
    },
  };
}

/** A whole number from `min` to `max`. */
export function integer(doc: string, min: number, max: number): Field {
  return field(doc, `a whole number from ${min} to ${max}`, (value) =>
    Number.isInteger(value) && inRange(value as number, min, max) ? value : undefined,
  );
}

/** A size in bytes: a whole number, or text with a binary unit such as `64MiB`. */
export function bytes(doc: string, min: number, max: number, multipleOf = 1): Field {
  const multiple = multipleOf === 1 ? "" : `, a multiple of ${multipleOf}`;
  return field(doc, `a size from ${min} to ${max} bytes${multiple}, such as 4096 or 4KiB`, (value) => {
    const size = typeof value === "string" ? parseSize(value) : value;
    return Number.isInteger(size) && inRange(size as number, min, max) && (size as number) % multipleOf === 0
      ? size
      : undefined;
  });
}

/** A finite number from `min` to `max`. */
export function quantity(doc: string, unit: string, min: number, max: number): Field {
  return field(doc, `a number from ${min} to ${max}${unit && ` ${unit}`}`, (value) =>
    typeof value === "number" && inRange(value, min, max) ? value : undefined,
  );
}

/** A bandwidth: positive, and slow or fast enough that picoseconds stay exact. */
export function bandwidth(doc: string): Field {
  return quantity(doc, "GB/s", 0.001, 1_000_000);
}

/** A bandwidth, or "unlimited" for a port that costs no time: read as infinity. */
export function bandwidthOrUnlimited(doc: string): Field {
  return field(doc, 'a number from 0.001 to 1000000 GB/s, or "unlimited"', (value) => {
    if (value === "unlimited" || value === Infinity) return Infinity;
    return typeof value === "number" && inRange(value, 0.001, 1_000_000) ? value : undefined;
  });
}

/** A time: zero or more, and at most a second. */
export function time(doc: string): Field {
  return quantity(doc, "ns", 0, 1_000_000_000);
}

/** A length on a die. */
export function millimetres(doc: string, min = 0): Field {
  return quantity(doc, "mm", min, 1000);
}

export function flag(doc: string): Field {
  return field(doc, "true or false", (value) => (typeof value === "boolean" ? value : undefined));
}

export function choice(doc: string, values: readonly string[]): Field {
  return field(doc, values.map((value) => `"${value}"`).join(" or "), (value) =>
    values.includes(value as string) ? value : undefined,
  );
}

/** One line of text. */
export function text(doc: string): Field {
  return field(doc, "one line of text, at most 200 characters", (value) =>
    typeof value === "string" && /^\S(.{0,198}\S)?$/u.test(value) && !hasControls(value) ? value : undefined,
  );
}

/** One line of text, or none. */
export function optionalText(doc: string): Field {
  return field(doc, "one line of text, or an empty one", (value) =>
    typeof value === "string" && /^.{0,400}$/u.test(value) && !hasControls(value) ? value : undefined,
  );
}

/** A list whose elements have one kind; a wrong element is named by its index. */
export function list(doc: string, element: Field, maxLength: number): Field {
  return {
    doc,
    read(found) {
      if (!Array.isArray(found) || found.length > maxLength) {
        return { ok: false, expected: `a list of at most ${maxLength}`, path: [], found };
      }
      return readAll(found.map((value, index) => [index, element, value]));
    },
  };
}

/** A list of fixed length, such as `[row, column]`. */
export function tuple(doc: string, elements: readonly Field[]): Field {
  return {
    doc,
    read(found) {
      if (!Array.isArray(found) || found.length !== elements.length) {
        return { ok: false, expected: `[${elements.map((each) => each.doc).join(", ")}]`, path: [], found };
      }
      return readAll(elements.map((each, index) => [index, each, found[index]]));
    },
  };
}

/** A mapping with exactly these keys. */
export function record(doc: string, fields: Readonly<Record<string, Field>>): Field {
  const keys = Object.keys(fields);
  return {
    doc,
    read(found) {
      const given = isMapping(found) ? Object.keys(found) : [];
      const same = given.length === keys.length && keys.every((key) => given.includes(key));
      if (!isMapping(found) || !same) {
        return { ok: false, expected: `{ ${keys.join(", ")} }`, path: [], found };
      }
      const reading = readAll(keys.map((key) => [key, fields[key]!, found[key]]));
      if (!reading.ok) return reading;
      const values = reading.value as unknown[];
      return { ok: true, value: Object.fromEntries(keys.map((key, index) => [key, values[index]])) };
    },
  };
}

/** A value as an error message shows it. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (typeof value === "object") {
    const written = JSON.stringify(value);
    return written.length <= 40 ? written : Array.isArray(value) ? `a list of ${value.length}` : "a mapping";
  }
  return typeof value === "string" ? JSON.stringify(shortened(value)) : String(value);
}

/** A text as an error message shows it: not a whole file of it. */
export function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** Reads every part and fails with the first wrong one, its key put in front of the path. */
function readAll(parts: readonly (readonly [key: string | number, field: Field, value: unknown])[]): Reading {
  const values: unknown[] = [];
  for (const [key, part, value] of parts) {
    const reading = part.read(value);
    if (!reading.ok) return { ...reading, path: [key, ...reading.path] };
    values.push(reading.value);
  }
  return { ok: true, value: values };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A name must not ring a terminal's bell, nor end a path early. */
function hasControls(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

/** False for NaN and infinities too. */
function inRange(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
