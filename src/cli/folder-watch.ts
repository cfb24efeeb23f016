import { statSync, watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { invalidInput, type LinquError } from "../base/diagnostics.js";
import { describeErrno } from "../base/files.js";
import { shownPath } from "../base/shown-path.js";

interface WatchedFolder {
  watcher: FSWatcher;
  /** A folder that is made anew under the same name is another one. */
  inode: number;
}

/**
 * Tells that something has happened in the folders of some files, which need not exist. Folders rather than files are
 * watched since editors replace files.
 */
export class FolderWatch {
  private readonly folders = new Map<string, WatchedFolder>();
  private changed = false;
  private wake: (() => void) | null = null;

  /** Watches the folders of these files, or the nearest ones that exist, and no others. @throws LQ9001 */
  follow(paths: readonly string[]): void {
    const wanted = new Map<string, number>();
    for (const path of paths) {
      const [folder, inode] = nearestFolder(dirname(path));
      wanted.set(folder, inode);
    }
    for (const [folder, { watcher, inode }] of this.folders) {
      if (wanted.get(folder) === inode) continue;
      watcher.close();
      this.folders.delete(folder);
    }
    for (const [folder, inode] of wanted) {
      if (!this.folders.has(folder)) this.open(folder, inode);
    }
  }

  /** Resolves when something has happened since the last change that was taken. */
  async change(): Promise<void> {
    if (!this.changed) await new Promise<void>((resolve) => (this.wake = resolve));
    this.changed = false;
  }

  takeChange(): boolean {
    const { changed } = this;
    this.changed = false;
    return changed;
  }

  close(): void {
    for (const { watcher } of this.folders.values()) watcher.close();
    this.folders.clear();
    this.note();
  }

  private open(folder: string, inode: number): void {
    try {
      const watcher = watch(folder, () => this.note());
      // A folder that is removed while it is watched; the next `follow` finds another.
      watcher.on("error", () => this.note());
      this.folders.set(folder, { watcher, inode });
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
      if (code !== "ENOENT") throw unwatchable(folder, code, cause);
      this.note(); // gone in this moment: look again
    }
  }

  private note(): void {
    this.changed = true;
    this.wake?.();
    this.wake = null;
  }
}

function unwatchable(folder: string, code: string, cause: unknown): LinquError {
  return invalidInput(
    {
      code: "LQ9001",
      message: `cannot watch ${shownPath(folder)}: ${describeErrno(code)}`,
      hint: "compile without --watch, or let the system watch more files",
    },
    cause,
  );
}

function nearestFolder(folder: string): [string, number] {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() || dirname(folder) === folder) return [folder, found?.ino ?? 0];
  return nearestFolder(dirname(folder));
}
