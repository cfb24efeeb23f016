/** NumPy's .npz files: a zip archive with one .npy file per array. */
import type { Unzipped, Zippable } from "fflate";
import { unzipSync, zipSync } from "fflate";
import { LinquError, invalidInput } from "../base/diagnostics.js";
import { formatBytes } from "../base/units.js";
import { readNpy, writeNpy } from "./npy.js";
import type { NpyArray, NpyRead } from "./npy.js";

/** Beyond this, zip needs the 64-bit extension, which is not written. */
const MAX_ARCHIVE_BYTES = 2 ** 32 - 1;
/** Headers of the archive and of the .npy file, per array. */
const ENTRY_OVERHEAD_BYTES = 1024;
/** Zip keeps local time; the fields must be the same in every time zone. */
const timestamp = (): Date => new Date(1980, 0, 1, 12);

/**
 * The bytes of an .npz file, entries uncompressed and in the given order: the same arrays give the same bytes.
 * @throws LQ9212 larger than 4 GiB
 */
export function writeNpz(arrays: readonly { name: string; array: NpyArray }[]): Uint8Array {
  const totalBytes = arrays.reduce((sum, { array }) => sum + array.data.byteLength + ENTRY_OVERHEAD_BYTES, 0);
  if (totalBytes > MAX_ARCHIVE_BYTES) {
    throw invalidInput({
      code: "LQ9212",
      message: `the arrays need ${formatBytes(totalBytes)}, but an .npz file holds at most 4 GiB`,
      hint: "use a smaller --bytes or fewer devices",
    });
  }
  const entries: Zippable = {};
  for (const { name, array } of arrays) {
    const file = `${name}.npy`;
    if (file in entries) throw new Error(`two arrays are named ${name}`);
    entries[file] = writeNpy(array);
  }
  return zipSync(entries, { level: 0, mtime: timestamp() });
}

/**
 * Reads all arrays of the .npz file `name`, whose elements take at most `limitBytes` together.
 * @throws LQ9210 not a readable zip archive, LQ9211 an entry that is no array, LQ9212 too large, LQ920x as for .npy
 */
export function readNpz(bytes: Uint8Array, name: string, limitBytes: number): Map<string, NpyRead> {
  let entries: Unzipped;
  let left = limitBytes;
  const seen = new Set<string>();
  try {
    entries = unzipSync(bytes, {
      filter: (file) => {
        if (!file.name.endsWith(".npy") || seen.has(file.name)) throw badEntry(name, file.name);
        seen.add(file.name);
        left -= file.originalSize;
        if (left < 0) throw tooLarge(name, limitBytes);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof LinquError) throw cause;
    throw invalidInput(
      {
        code: "LQ9210",
        message: `${name} is not a readable .npz file: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "write the file again with numpy.savez",
      },
      cause,
    );
  }
  const arrays = new Map<string, NpyRead>();
  for (const [file, content] of Object.entries(entries)) {
    arrays.set(file.slice(0, -".npy".length), readNpy(content, `${name}:${file}`, limitBytes));
  }
  return arrays;
}

function badEntry(name: string, file: string): LinquError {
  return invalidInput({
    code: "LQ9211",
    message: `${name} contains "${file}", which is not an .npy file or stands there twice`,
    hint: "write the file again with numpy.savez",
  });
}

function tooLarge(name: string, limitBytes: number): LinquError {
  return invalidInput({
    code: "LQ9212",
    message: `the arrays in ${name} need more than the limit of ${formatBytes(limitBytes)}`,
    hint: "use fewer or smaller arrays",
  });
}
