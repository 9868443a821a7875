import fs from "node:fs";
import { hostname } from "node:os";
import { BurgeeError } from "../errors.js";

const REFRESH_MS = 5_000;
const STALE_MS = 30_000;
/** Of a holder with our pid and host name: it may be we before a restart, or a live container that shares both. */
const NAMESAKE_STALE_MS = 2 * REFRESH_MS;
const ATTEMPTS = 20;
const PAUSE_MS = 10;

/** What a lock file says of the process that holds it. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Unlike any other lock's. */
  readonly token: string;
  /** When the process started, in milliseconds since 1970: tells apart processes that had the same pid. */
  readonly startedAt: number;
}

/** A lock file as it was read. */
interface Seen {
  readonly text: string;
  /** Undefined where the text is not, or not yet, what a lock says. */
  readonly holder: Holder | undefined;
  readonly ageMs: number;
}

/**
 * One process's right to write a file: a lock file beside it that is refreshed while the process lives. A lock whose
 * process is gone is taken over: one of this host whose pid is not alive, and any that was not refreshed for 30 s. One
 * with our own pid and host name but another start is left alone until it was not refreshed for 10 s: containers may
 * share both, so a container that was killed and restarts with the same pid gets the lock 10 s later, not at once.
 */
export class FileLock {
  readonly #file: string;
  readonly #path: string;
  readonly #text: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(file: string, path: string, text: string) {
    this.#file = file;
    this.#path = path;
    this.#text = text;
    this.#timer = setInterval(() => this.#refresh(), REFRESH_MS).unref();
  }

  /**
   * Takes the lock of a file. Where several processes try at once, one gets it.
   *
   * @throws BurgeeError `AUDIT_FILE_LOCKED` where another process, or this one, has it
   */
  static acquire(file: string): FileLock {
    const path = `${file}.lock`;
    const mine: Holder = { pid: process.pid, host: hostname(), token: crypto.randomUUID(), startedAt: processStart() };
    const text = JSON.stringify(mine);
    let seen: Seen | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (create(path, text)) return new FileLock(file, path, text);
      seen = look(path);
      if (seen === undefined) continue;
      if (isStale(seen)) removeIf(path, seen.text);
      else if (seen.holder !== undefined) break;
      // Whoever made the lock has not yet written into it.
      else pause();
    }
    throw lockedError(file, path, seen?.holder);
  }

  /** Throws `AUDIT_FILE_LOCKED` where the lock is no longer ours: it was taken over, or deleted. */
  async verify(): Promise<void> {
    if (await this.#isOurs()) return;
    const holder = look(this.#path)?.holder;
    if (holder !== undefined) throw lockedError(this.#file, this.#path, holder);
    const what = `The lock ${this.#path} of this process is gone, so ${this.#file} is no longer safe to write.`;
    throw new BurgeeError("AUDIT_FILE_LOCKED", `${what} Restart the process.`);
  }

  /** Gives the lock up; leaves it alone where it is no longer ours. */
  release(): void {
    clearInterval(this.#timer);
    if (look(this.#path)?.text === this.#text) removeIf(this.#path, this.#text);
  }

  async #isOurs(): Promise<boolean> {
    try {
      return (await fs.promises.readFile(this.#path, "utf8")) === this.#text;
    } catch (error) {
      if (isCode(error, "ENOENT")) return false;
      throw error;
    }
  }

  async #refresh(): Promise<void> {
    try {
      const now = new Date();
      if (await this.#isOurs()) await fs.promises.utimes(this.#path, now, now);
    } catch {
      // A lock that cannot be refreshed grows stale; the next write looks whose it is.
    }
  }
}

/** Makes the lock file. Gives whether there was none. */
function create(path: string, text: string): boolean {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, "wx", 0o600);
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
  try {
    fs.writeSync(descriptor, text);
  } catch (error) {
    fs.unlinkSync(path);
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
  return true;
}

/** Reads a lock file; its age and its text are of the same file, whatever is renamed meanwhile. */
function look(path: string): Seen | undefined {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, "r");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const ageMs = Date.now() - fs.fstatSync(descriptor).mtimeMs;
    const text = fs.readFileSync(descriptor, "utf8");
    return { text, holder: parseHolder(text), ageMs };
  } finally {
    fs.closeSync(descriptor);
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    if (typeof holder !== "object" || holder === null) return undefined;
    const { pid, host, token, startedAt } = holder;
    if (!Number.isSafeInteger(pid) || Number(pid) <= 0 || !Number.isSafeInteger(startedAt)) return undefined;
    return typeof host === "string" && typeof token === "string" ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function isStale({ holder, ageMs }: Seen): boolean {
  return ageMs > staleAfter(holder) || (holder?.host === hostname() && !isAlive(holder.pid));
}

/** How long a lock must not have been refreshed to be taken over from a holder that may be alive. */
function staleAfter(holder: Holder | undefined): number {
  const isNamesake = holder?.pid === process.pid && holder.host === hostname() && !isThisProcess(holder);
  return isNamesake ? NAMESAKE_STALE_MS : STALE_MS;
}

function isThisProcess({ pid, host, startedAt }: Holder): boolean {
  return pid === process.pid && host === hostname() && startedAt === processStart();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return !isCode(error, "ESRCH");
  }
}

/** The same in every thread of a process, whatever the clock does meanwhile. */
function processStart(): number {
  return Math.round(performance.timeOrigin);
}

/**
 * Removes the lock that was read, and no other: the file is renamed to a name of its own first, and put back where it
 * turns out to be one that another process made meanwhile.
 */
function removeIf(path: string, text: string): void {
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  if (fs.readFileSync(aside, "utf8") !== text) putBack(aside, path);
  fs.unlinkSync(aside);
}

function putBack(aside: string, path: string): void {
  try {
    fs.linkSync(aside, path);
  } catch {
    // A third process has made a lock by now. The one moved aside looks before its next write, and finds out.
  }
}

function lockedError(file: string, lock: string, holder: Holder | undefined): BurgeeError {
  const mend =
    "Give each writer a file of its own, or stop the other. Delete the lock only where no such process lives.";
  const later = `It may be taken over when it was not refreshed for ${staleAfter(holder) / 1000} s.`;
  return new BurgeeError("AUDIT_FILE_LOCKED", `${describe(file, lock, holder)} ${mend} ${later}`);
}

function describe(file: string, lock: string, holder: Holder | undefined): string {
  if (holder === undefined) return `Some process is taking the lock ${lock} of ${file}.`;
  const { pid, host } = holder;
  const who = isThisProcess(holder) ? "This very process" : "Another process";
  return `${who} (pid ${pid} on ${host}) writes ${file}, and holds the lock ${lock}.`;
}

function isCode(error: unknown, code: string): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === code;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
