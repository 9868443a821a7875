import fs from "node:fs";
import { dirname, resolve } from "node:path";
import { BurgeeError, messageOf } from "../errors.js";
import { AppendedFile, isSameFile } from "./appended-file.js";
import type { AuditEntry, AuditSink } from "./audit.js";
import { auditLine, mendTail, type Tail } from "./audit-file.js";
import { FileLock } from "./file-lock.js";

export { readAuditFile } from "./audit-file.js";

/** Where the sink writes. */
export interface JsonLinesSinkOptions {
  /** The file; its folder is made where it is missing, the file with mode 0600. */
  readonly path: string;
}

/**
 * An audit sink that appends each entry to a file, a JSON object a line. One process at a time writes a file (a lock
 * file beside it sees to that), and the hash chain goes on where the file ends. A line that a crash cut short is
 * removed at the next start and reported. Where the file is moved away or deleted, a new one is begun.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for an empty path. `open` throws `AUDIT_FILE_LOCKED` where another process
 * writes the file, `AUDIT_FILE_DAMAGED` where it ends in something else than an entry, and `AUDIT_SINK_FAILED` where
 * it cannot be opened.
 *
 * @example
 * createFlags(registry, { audit: { sinks: [jsonLinesSink({ path: "/var/lib/app/audit.jsonl" })] } });
 */
export function jsonLinesSink(options: JsonLinesSinkOptions): AuditSink {
  const { path } = options;
  if (typeof path !== "string" || path === "") {
    throw new BurgeeError("INVALID_OPTIONS", "jsonLinesSink needs the path of a file.");
  }
  return new JsonLinesSink(resolve(path));
}

class JsonLinesSink implements AuditSink {
  readonly name: string;
  readonly #path: string;
  #lock: FileLock | undefined;
  readonly #file: AppendedFile;
  /** How long the file was when it last ended in a whole line; undefined where it still does. */
  #mendTo: { readonly handle: fs.promises.FileHandle; readonly length: number } | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#file = new AppendedFile(path);
    this.name = path;
  }

  open(): Tail {
    try {
      fs.mkdirSync(dirname(this.#path), { recursive: true });
      const lock = FileLock.acquire(this.#path);
      try {
        const tail = this.#mend();
        this.#lock = lock;
        return tail;
      } catch (error) {
        lock.release();
        throw error;
      }
    } catch (cause) {
      if (cause instanceof BurgeeError) throw cause;
      const message = `The audit file ${this.#path} cannot be opened: ${messageOf(cause)}`;
      throw new BurgeeError("AUDIT_SINK_FAILED", message, { cause });
    }
  }

  write(entries: readonly AuditEntry[]): Promise<void> {
    return this.#file.inTurn(() => this.#append(Buffer.from(entries.map(auditLine).join(""))));
  }

  close(): Promise<void> {
    return this.#file.inTurn(async () => {
      const lock = this.#lock;
      this.#lock = undefined;
      try {
        await this.#file.close();
      } finally {
        lock?.release();
      }
    });
  }

  #mend(): Tail {
    const descriptor = fs.openSync(this.#path, "a+", 0o600);
    try {
      return mendTail(descriptor, this.#path);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** Appends whole lines. What an earlier attempt left of its lines is removed first. */
  async #append(lines: Buffer): Promise<void> {
    if (this.#lock === undefined) {
      throw new BurgeeError("AUDIT_SINK_FAILED", `The audit file ${this.#path} is not open.`);
    }
    await this.#lock.verify();
    const handle = await this.#file.handle();
    const { size } = await handle.stat();
    // A file that took the place of the torn one was never torn.
    const good = this.#mendTo?.handle === handle ? Math.min(size, this.#mendTo.length) : size;
    if (good < size) await this.#truncate(handle, good);
    this.#mendTo = { handle, length: good };
    await handle.appendFile(lines);
    this.#mendTo = undefined;
  }

  /** Cuts the file off that a handle appends to: by another handle, as Windows does it by none that appends. */
  async #truncate(handle: fs.promises.FileHandle, length: number): Promise<void> {
    const writable = await fs.promises.open(this.#path, "r+");
    try {
      if (!isSameFile(await handle.stat(), await writable.stat())) {
        throw new BurgeeError("AUDIT_SINK_FAILED", `The audit file ${this.#path} was moved away this very moment.`);
      }
      await writable.truncate(length);
    } finally {
      await writable.close();
    }
  }
}
