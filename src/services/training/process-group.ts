import { type ChildProcess, spawn } from "node:child_process";
import { after } from "./escalation.js";

/** How long a process that has ended may keep its output open: something that it started may have left its group. */
const CLOSE_MS = 1_000;

/** What to start, and whom to tell. */
export interface ProcessParts {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written to stdin, which stays open behind it: a process that reads its end knows that its parent is gone. */
  readonly input: string;
  readonly onOut: (chunk: string) => void;
  readonly onErr: (chunk: string) => void;
  /** Called once, and never at once: when it has ended and all that it wrote was read, or where it could not be started. */
  readonly onEnd: () => void;
}

/** One process, in a process group of its own, so that whatever it starts ends with it. */
export class ProcessGroup {
  /** Its exit code; null while it runs, and where a signal ended it. */
  code: number | null = null;
  signal: NodeJS.Signals | null = null;
  /** Why it could not be started. Quotes no variable. */
  unstarted: NodeJS.ErrnoException | undefined;
  hasEnded = false;
  /** 0 where it could not be started. */
  readonly pid: number;
  readonly #parts: ProcessParts;
  #cancelClose = () => {};

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    const { command, args, env } = parts;
    let child: ChildProcess | undefined;
    try {
      child = spawn(command, args, { env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    } catch (failure) {
      this.unstarted = withoutValues(failure as NodeJS.ErrnoException);
      process.nextTick(() => this.#end());
    }
    this.pid = child?.pid ?? 0;
    if (child !== undefined) this.#listen(child);
  }

  /** Sends a signal to its whole group. */
  kill(signal: NodeJS.Signals): void {
    if (this.pid === 0) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // Nobody is left in it.
    }
  }

  /** Where there are no files left, a child comes without streams, whatever the types say. */
  #listen(child: ChildProcess): void {
    const { input, onOut, onErr } = this.#parts;
    const { stdin, stdout, stderr } = child;
    // One that has ended reads nothing any more; its end is told by itself.
    stdin?.on("error", () => {});
    stdout?.setEncoding("utf8").on("data", onOut);
    stderr?.setEncoding("utf8").on("data", onErr);
    child.on("error", (failure) => {
      if (this.pid !== 0) return;
      this.unstarted = failure;
      this.#end();
    });
    child.on("exit", (code, signal) => {
      this.code = code;
      this.signal = signal;
      this.kill("SIGKILL");
      this.#cancelClose = after(CLOSE_MS, () => {
        stdout?.destroy();
        stderr?.destroy();
        this.#end();
      });
    });
    child.on("close", () => this.#end());
    if (input !== "") stdin?.write(input);
  }

  #end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#cancelClose();
    this.#parts.onEnd();
  }
}

/** Node's own refusals quote what they were given. */
function withoutValues(failure: NodeJS.ErrnoException): NodeJS.ErrnoException {
  if (!failure.code?.startsWith("ERR_")) return failure;
  return new Error("its path, or one of its variables, holds what the system does not take: a NUL, say");
}
