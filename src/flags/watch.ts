import { type FSWatcher, realpathSync, statSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import type { WatchOptions } from "./options.js";

const SETTLE_MS = 50;
/** However busy the folder is, the file is read after at most so many settling times. */
const LONGEST_WAIT = 10;
/** How long after a file that was not fit the next look is. */
const RETRY_MS = 1000;
/** How often the file is looked at where its folder cannot be watched. */
const FALLBACK_POLL_MS = 5000;

/** What a watch does when the file may have changed: gives whether it was fit to be read. */
type OnTouched = () => Promise<boolean>;

/**
 * Watches a file by its folder: the file itself may be replaced, deleted, created again, or be a symlink whose target
 * moves (as in a Kubernetes ConfigMap), and a watch on it would die with it. Which event it was does not matter: any
 * is a reason to look. A burst of them is one look; after a file that was not fit it looks every second until it is.
 */
export class FileWatch {
  readonly #path: string;
  readonly #options: WatchOptions;
  readonly #onTouched: OnTouched;
  readonly #onError: (error: unknown) => void;
  readonly #folders = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  #timer: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;
  #firstTouch: number | undefined;
  #closed = false;

  constructor(path: string, options: WatchOptions, onTouched: OnTouched, onError: (error: unknown) => void) {
    this.#path = resolve(path);
    this.#options = options;
    this.#onTouched = onTouched;
    this.#onError = onError;
    this.#watchFolders();
    if (options.pollMs !== undefined) this.#pollEvery(options.pollMs);
    // What changed between the first reading and now was seen by nobody.
    this.#touched();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#poll);
    for (const { watcher } of this.#folders.values()) watcher.close();
  }

  /** Watches the folder that the path names and the one that its file lies in, as they are now. */
  #watchFolders(): void {
    const wanted = new Set([dirname(this.#path)]);
    try {
      wanted.add(dirname(realpathSync(this.#path)));
    } catch {
      // There is no file now; its folder tells when there is one.
    }
    for (const [folder, { watcher, inode }] of this.#folders) {
      if (wanted.has(folder) && inodeOf(folder) === inode) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    const inode = inodeOf(folder);
    if (inode === undefined || this.#folders.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#touched());
      watcher.on("error", (error) => this.#cannotWatch(error));
      this.#folders.set(folder, { watcher, inode });
    } catch (error) {
      // Gone this very moment: the file is missing too, and is looked for again.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.#cannotWatch(error);
    }
  }

  /** The system refuses to watch (it has run out of watches, say): tells it, and looks from time to time. */
  #cannotWatch(error: unknown): void {
    if (this.#poll !== undefined) return;
    this.#pollEvery(FALLBACK_POLL_MS);
    this.#onError(error);
  }

  #pollEvery(milliseconds: number): void {
    this.#poll = setInterval(() => this.#touched(), milliseconds).unref();
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
    this.#watchFolders();
    const fit = await this.#onTouched();
    if (!fit && this.#firstTouch === undefined) this.#schedule(RETRY_MS);
  }
}

function inodeOf(folder: string): number | undefined {
  try {
    return statSync(folder).ino;
  } catch {
    // Missing, or out of reach for now (a loop of links, a share that is away): looked for again at the next look.
    return undefined;
  }
}
