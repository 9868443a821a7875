import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("fleet-instance.js", import.meta.url));
/** Processes that are started at once: each loads its modules, and the machine has few cores. */
const GROUP = 10;
const LIMIT_MS = 10 * 60_000;

/** One process of a fleet, which does one thing after the other. */
export class FleetProcess {
  #child;
  #ended = false;
  /** Takes what the process tells next. */
  #answer = () => {};

  constructor() {
    const { PATH } = process.env;
    this.#child = fork(PROGRAM, [], { execArgv: ["--expose-gc"], env: { PATH, NODE_ENV: "production" } });
    this.#child.on("message", (message) => this.#answer(message));
    this.#child.on("exit", (code, signal) => {
      this.#ended = true;
      this.#answer({ problem: `it ended with ${code ?? signal}` });
    });
  }

  /** Has it do one of the tasks of fleet-instance.js, and gives what it tells. */
  async ask(task, given) {
    if (this.#ended) throw new Error(`a process of the fleet had ended before "${task}"`);
    let timer;
    const { told, problem } = await new Promise((resolve) => {
      timer = setTimeout(() => resolve({ problem: `no answer within ${LIMIT_MS} ms` }), LIMIT_MS);
      this.#answer = resolve;
      this.#child.send({ task, given });
    });
    clearTimeout(timer);
    if (problem !== undefined) throw new Error(`a process of the fleet failed at "${task}": ${problem}`);
    return told;
  }

  /** Closes what it opened, and ends it. */
  async end() {
    if (this.#ended) return;
    const gone = once(this.#child, "exit");
    await this.ask("close").catch(() => {});
    if (this.#child.connected) this.#child.disconnect();
    await gone;
  }
}

/** Starts so many instances, a few at a time, gives them to `work`, and ends them whatever comes of it. */
export async function withFleet(count, opening, work) {
  const fleet = [];
  try {
    while (fleet.length < count) {
      const group = Array.from({ length: Math.min(GROUP, count - fleet.length) }, () => new FleetProcess());
      fleet.push(...group);
      await Promise.all(group.map((instance) => instance.ask("open", opening)));
    }
    return await work(fleet);
  } finally {
    await Promise.all(fleet.map((instance) => instance.end()));
  }
}

/** Does one thing in a process that is new. */
export async function inNewProcess(task, given) {
  const instance = new FleetProcess();
  try {
    return await instance.ask(task, given);
  } finally {
    await instance.end();
  }
}
