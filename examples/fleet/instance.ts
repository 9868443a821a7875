import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Account, Decided, Order, Report } from "./messages.js";

const service = fileURLToPath(new URL("./service.ts", import.meta.url));

/** One service process, seen from the program that started it. `report` is emitted after each of its reports. */
export class Instance extends EventEmitter<{ report: [Report]; gone: [] }> {
  readonly name: string;
  /** What it decided when it was last heard of. */
  decided: Decided | undefined;
  readonly #child: ChildProcess;

  /** `url` is the database's. It goes by the environment, for other users of a machine can read command lines. */
  constructor(name: string, url: string) {
    super();
    this.name = name;
    this.#child = fork(service, {
      env: { ...process.env, DATABASE_URL: url },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (report: Report) => {
      if (report.report === "decided") this.decided = report.decided;
      this.emit("report", report);
    });
    this.#child.once("exit", () => {
      this.decided = undefined;
      this.emit("gone");
    });
  }

  /** Has it carry out an order. Gives the code of the error that refused it, or undefined. */
  async ask(order: Order): Promise<string | undefined> {
    const outcome = this.#next("done", "refused");
    this.#child.send(order);
    const report = await outcome;
    return report.report === "refused" ? report.code : undefined;
  }

  /** Ends it in good order, and gives its account. */
  async end(): Promise<Account | undefined> {
    const outcome = this.#next("account");
    const exited = once(this.#child, "exit");
    this.#child.send({ order: "end" } satisfies Order);
    const report = await outcome;
    await exited;
    return report.report === "account" ? report.account : undefined;
  }

  /** Ends it as `kill -9` does: it can do nothing about it. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #next(...kinds: readonly Report["report"][]): Promise<Report> {
    return new Promise((resolve, reject) => {
      const look = (report: Report) => {
        if (!kinds.includes(report.report)) return;
        this.off("report", look).off("gone", fail);
        resolve(report);
      };
      const fail = () => reject(new Error(`instance ${this.name} ended`));
      this.on("report", look).once("gone", fail);
    });
  }
}
