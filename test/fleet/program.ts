import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { inject, onTestFinished } from "vitest";
import type { Answer, Calls, Question } from "./programs/answering.js";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What a program answered with an error. */
export class ProgramError extends Error {
  readonly code: string | undefined;

  constructor(code: string | undefined, message: string) {
    super(message);
    this.code = code;
  }
}

/** One process of the fleet: asked by IPC, and gone with the test. */
export class Program<C extends Calls> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly exited: Promise<unknown>;
  #questions = 0;

  /** `lasting`: it is not killed when the test that started it is done. It ends with the tests all the same. */
  constructor(name: string, { lasting = false } = {}) {
    this.#child = fork(join(programsFolder(), `${name}.mjs`), {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
      // The thread compiles and collects garbage by itself, so that this can be measured: and it never waits for a helper that
      // has no processor.
      execArgv: ["--single-threaded"],
    });
    this.exited = once(this.#child, "exit").then(([code, signal]) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${name} has ended: ${signal ?? code}`));
      this.#waiting.clear();
    });
    this.#child.on("message", (answer: Answer) => this.#heard(answer));
    // What is written to a process that was killed is lost; whoever waits is told by its end.
    this.#child.on("error", () => {});
    if (!lasting) onTestFinished(() => this.kill());
  }

  /** What it prints, line by line. */
  lines(): Interface {
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("the program's output is not read");
    return createInterface({ input: stdout });
  }

  /** Asks it, and waits for the answer. Rejects where it answers with an error, or ends. */
  ask<N extends keyof C & string>(call: N, input: Parameters<C[N]>[0]): Promise<Awaited<ReturnType<C[N]>>> {
    if (this.ended) return Promise.reject(new Error("the program has ended"));
    const id = ++this.#questions;
    const question: Question = { id, call, input };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as Awaited<ReturnType<C[N]>>), reject });
      this.#child.send(question, () => {});
    });
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** `kill -9`, and waits for the end. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  #heard(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (waiting === undefined) return;
    if ("error" in answer) waiting.reject(new ProgramError(answer.error.code, answer.error.message));
    else waiting.resolve(answer.value);
  }
}

function programsFolder(): string {
  const programs = inject("programs");
  if ("problem" in programs) throw new Error(programs.problem);
  return programs.folder;
}
