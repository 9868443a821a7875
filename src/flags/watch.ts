import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { FSWatcher } from "chokidar";
import type { WatchOptions } from "./options.js";

const SETTLE_MS = 50;
/** However busy the folder is, the file is read at least this often while it changes. */
const LONGEST_WAIT = 10;
const RETRY_MS = 1000;

/** What a watcher does when the file may have changed: gives whether the file was fit to be read. */
export type OnTouched = () => Promise<boolean>;

/**
 * Watches a file by its folder: the file itself may be replaced, deleted, created again, or be a symlink whose target
 * moves (as in a Kubernetes ConfigMap), and a watch on it would die with it. A burst of events is one call; after a
 * file that was not fit, it looks again every second until it is.
 */
export class FileWatch {
  readonly #path: string;
  readonly #options: WatchOptions;
  readonly #onTouched: OnTouched;
  readonly #folders = new Set<string>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #firstTouch: number | undefined;
  #closed = false;

  constructor(path: string, options: WatchOptions, onTouched: OnTouched) {
    this.#path = resolve(path);
    this.#options = options;
    this.#onTouched = onTouched;
  }

  /** Resolves when changes from now on are seen. */
  async start(onError: (error: unknown) => void): Promise<void> {
    const { watch } = await import("chokidar");
    const { pollMs } = this.#options;
    if (this.#closed) return;
    this.#watcher = watch(this.#newFolders(), {
      depth: 0,
      ignoreInitial: true,
      followSymlinks: false,
      persistent: false,
      ...(pollMs !== undefined && { usePolling: true, interval: pollMs }),
    });
    this.#watcher.on("all", () => this.#touched());
    this.#watcher.on("error", onError);
    await new Promise<void>((ready) => this.#watcher?.once("ready", ready));
    // What changed between the first reading and now was seen by nobody.
    this.#touched();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#watcher?.close();
  }

  #touched(): void {
    const settle = this.#options.settleMs ?? SETTLE_MS;
    this.#firstTouch ??= performance.now();
    const waited = performance.now() - this.#firstTouch;
    this.#schedule(Math.max(0, Math.min(settle, settle * LONGEST_WAIT - waited)));
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), delay).unref();
  }

  async #look(): Promise<void> {
    this.#firstTouch = undefined;
    this.#watcher?.add(this.#newFolders());
    const fit = await this.#onTouched();
    if (!fit && this.#firstTouch === undefined) this.#schedule(RETRY_MS);
  }

  /** The folder that the path names, and the one that its file really lies in, where they are not watched yet. */
  #newFolders(): string[] {
    const folders = [dirname(this.#path)];
    try {
      folders.push(dirname(realpathSync(this.#path)));
    } catch {
      // There is no file now: its folder is watched, and tells when there is one.
    }
    const fresh = folders.filter((folder) => !this.#folders.has(folder));
    for (const folder of fresh) this.#folders.add(folder);
    return [...new Set(fresh)];
  }
}
