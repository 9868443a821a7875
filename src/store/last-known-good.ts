import fs from "node:fs";
import type { Outside } from "../changes/dispatcher.js";
import { BurgeeError, messageOf } from "../errors.js";
import { inSlices } from "../resolvers/slices.js";
import { removeLeftBehind, replaceFile } from "./atomic-file.js";
import {
  type LastKnownGood,
  type Owner,
  type RowTexts,
  readLastKnownGood,
  writeLastKnownGood,
} from "./last-known-good-text.js";

export type { LastKnownGood } from "./last-known-good-text.js";

/** How long the file is left alone after it was written. */
const PAUSE_MS = 200;
/** How long it is left alone where it could not be written. */
const RETRY_MS = 5_000;

export interface LastKnownGoodOptions extends Owner {
  /** Told of a file that cannot be read; and once of one that cannot be written, until it can be again. */
  readonly onError: (error: BurgeeError) => void;
  readonly outside: Outside;
}

/**
 * A file that lets a process start while the store is away: what the instance knew last. It is written as a whole or not at
 * all, at most every 200 ms, and only its owner may read it. A file that cannot be used is never in the way: the flags go on
 * without it.
 *
 * @example
 * const file = new LastKnownGoodFile("/var/lib/shop/flags.json", { store: "postgres", namespace: "shop", onError, outside });
 * const known = file.read();
 * file.save(() => ({ state, localKills: {} }));
 * await file.close();
 */
export class LastKnownGoodFile {
  readonly #path: string;
  readonly #options: LastKnownGoodOptions;
  /** Gives what has to be written. */
  #content: (() => LastKnownGood) | undefined;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #rows: RowTexts = new WeakMap();
  #failing = false;
  #cleaned = false;
  #closed = false;

  constructor(path: string, options: LastKnownGoodOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * What the file holds; undefined where there is none. One that is damaged, of another namespace or of a newer version is
   * told as `STORE_FILE_DAMAGED`, and kept aside with `.damaged` after its name. Synchronous. Never throws.
   */
  read(): LastKnownGood | undefined {
    let text: string;
    try {
      text = fs.readFileSync(this.#path, "utf8");
    } catch (cause) {
      if (!isMissing(cause)) this.#tell(`cannot be read: ${messageOf(cause)}`, cause);
      return undefined;
    }
    const found = readLastKnownGood(text, this.#options.namespace);
    if (!("problem" in found)) return found;
    this.#tell(`cannot be used: ${found.problem}. ${this.#keepAside()}`);
    return undefined;
  }

  /** Has the content written soon; of several, the last. It is asked for when the time has come. Never throws. */
  save(content: () => LastKnownGood): void {
    if (this.#closed) return;
    this.#content = content;
    if (this.#writing === undefined && this.#timer === undefined) this.#begin();
  }

  /** Resolves when what was to be saved until now has been written, or could not be. Never rejects. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#content === undefined) return;
    this.#begin();
    await this.#writing;
  }

  /** Flushes, and saves nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#stopTimer();
  }

  /** Writes now. Nothing else may be writing. */
  #begin(): void {
    this.#stopTimer();
    this.#options.outside(() => {
      this.#writing ??= this.#write();
    });
  }

  async #write(): Promise<void> {
    // Whatever else is to be done now goes first, and may be saved with it.
    await Promise.resolve();
    const content = this.#content;
    this.#content = undefined;
    try {
      if (content !== undefined) await replaceFile(this.#path, await this.#text(content()));
      this.#failing = false;
      await this.#clean();
    } catch (cause) {
      this.#content ??= content;
      if (!this.#failing) this.#tell(`cannot be written: ${messageOf(cause)}`, cause);
      this.#failing = true;
    }
    this.#writing = undefined;
    this.#rest();
  }

  /** In slices: it may be long. */
  #text(content: LastKnownGood): Promise<string> {
    return inSlices(writeLastKnownGood(content, this.#options, this.#rows));
  }

  /** Leaves the file alone for a while, then writes what has come meanwhile. */
  #rest(): void {
    if (this.#closed) return;
    const pause = this.#failing ? RETRY_MS : PAUSE_MS;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#content !== undefined) this.#begin();
    }, pause).unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #clean(): Promise<void> {
    if (this.#cleaned) return;
    this.#cleaned = true;
    await removeLeftBehind(this.#path).catch(() => {});
  }

  #keepAside(): string {
    const aside = `${this.#path}.damaged`;
    try {
      fs.renameSync(this.#path, aside);
      return `It is kept as ${aside}; delete it when nobody needs it.`;
    } catch (cause) {
      return `It could not be kept as ${aside} (${messageOf(cause)}), and will be overwritten.`;
    }
  }

  #tell(what: string, cause?: unknown): void {
    const message = `The last-known-good file ${this.#path} ${what}`;
    this.#options.onError(new BurgeeError("STORE_FILE_DAMAGED", message, { cause }));
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
