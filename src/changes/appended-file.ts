import fs from "node:fs";
import { dirname } from "node:path";

/**
 * A file that is appended to for as long as a process runs. It is looked for by its path each time: where it was moved
 * away or deleted, a new one is begun, with mode 0600, and its folder where that is missing.
 */
export class AppendedFile {
  readonly path: string;
  #handle: fs.promises.FileHandle | undefined;
  /** Settles when the work before is through. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** Runs one piece of work after the other; one that fails does not stop the next. */
  inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** A handle, for reading and appending, of the file that stands at the path. */
  async handle(): Promise<fs.promises.FileHandle> {
    if (this.#handle !== undefined && !(await this.#isInPlace(this.#handle))) await this.close();
    if (this.#handle === undefined) {
      await fs.promises.mkdir(dirname(this.path), { recursive: true });
      this.#handle = await fs.promises.open(this.path, "a+", 0o600);
    }
    return this.#handle;
  }

  /** Lets the file go; whoever asks for a handle opens it again. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #isInPlace(handle: fs.promises.FileHandle): Promise<boolean> {
    const [open, there] = await Promise.all([handle.stat(), fs.promises.stat(this.path).catch(() => undefined)]);
    return there !== undefined && isSameFile(open, there);
  }
}

/** Whether both speak of one file. */
export function isSameFile(one: fs.Stats, other: fs.Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}
