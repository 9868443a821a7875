import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A file that is being written takes no hour. */
const ABANDONED_MS = 3_600_000;

/**
 * Files by key, in one folder, with a limit to their bytes: the one that was not used for longest goes first. A cache is
 * never the reason why something fails: what cannot be read is not there, and what cannot be written is not kept.
 */
export class DiskCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Sizes by key, the least recently used first. */
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  private constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  static async open(folder: string, maxBytes: number): Promise<DiskCache> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const cache = new DiskCache(folder, maxBytes);
    await cache.#takeStock();
    return cache;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const size = this.#sizes.get(key);
    if (size === undefined) return undefined;
    try {
      const bytes = await readFile(this.#path(key));
      // For the next process, which sees the files' times alone.
      await utimes(this.#path(key), new Date(), new Date());
      this.#note(key, bytes.length);
      return bytes;
    } catch {
      this.#forget(key);
      return undefined;
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > this.#maxBytes) return;
    // Written beside and renamed, so that nobody reads a half, whenever the process ends.
    const beside = join(this.#folder, `${randomUUID()}.part`);
    try {
      await writeFile(beside, bytes, { mode: 0o600 });
      await rename(beside, this.#path(key));
      this.#note(key, bytes.length);
      await this.#makeRoom();
    } catch {
      await rm(beside, { force: true });
    }
  }

  /** How many bytes of files there are. */
  get bytes(): number {
    return this.#bytes;
  }

  async #takeStock(): Promise<void> {
    const names = await readdir(this.#folder);
    await Promise.all(
      names.filter((name) => /^[\w-]{36}\.part$/.test(name)).map((name) => this.#removeAbandoned(name)),
    );
    const keys = names.flatMap((name) => /^([\da-f]{64})\.wav$/.exec(name)?.[1] ?? []);
    const files = await Promise.all(keys.map((key) => this.#look(key)));
    const found = files.filter((file) => file !== undefined);
    for (const { key, size } of found.sort((one, other) => one.usedAt - other.usedAt)) this.#note(key, size);
    await this.#makeRoom();
  }

  /** Undefined where another process removed it meanwhile. */
  async #look(key: string): Promise<{ key: string; size: number; usedAt: number } | undefined> {
    try {
      const { size, mtimeMs: usedAt } = await stat(this.#path(key));
      return { key, size, usedAt };
    } catch {
      return undefined;
    }
  }

  /** Removes what a process left half written that ended in between. A young one may be another process's, at work on it. */
  async #removeAbandoned(name: string): Promise<void> {
    try {
      const { mtimeMs } = await stat(join(this.#folder, name));
      if (Date.now() - mtimeMs > ABANDONED_MS) await this.#remove(name);
    } catch {
      // Renamed meanwhile by its process, or removed by another.
    }
  }

  async #makeRoom(): Promise<void> {
    for (const key of this.#sizes.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(key);
      await this.#remove(`${key}.wav`);
    }
  }

  #note(key: string, size: number): void {
    this.#forget(key);
    this.#sizes.set(key, size);
    this.#bytes += size;
  }

  #forget(key: string): void {
    this.#bytes -= this.#sizes.get(key) ?? 0;
    this.#sizes.delete(key);
  }

  #remove(name: string): Promise<void> {
    return rm(join(this.#folder, name), { force: true });
  }

  #path(key: string): string {
    return join(this.#folder, `${key}.wav`);
  }
}
