import type { SinkQueue } from "../changes/sink-queue.js";
import { BurgeeError, messageOf } from "../errors.js";
import type { Chain } from "../resolvers/chain.js";
import type { Resolver } from "../resolvers/resolver.js";
import type { Commands } from "./commands.js";
import type { Reloader } from "./reloader.js";
import type { Reporter } from "./reporter.js";

interface LifecycleParts {
  readonly chain: Chain;
  readonly commands: Commands;
  readonly reloader: Reloader;
  readonly reporter: Reporter;
  readonly sinks: readonly SinkQueue[];
  /** Starts the watch, if there is to be one. */
  readonly watch: () => void;
  readonly announceReady: () => void;
  /** Stops listening to resolvers. */
  readonly disconnect: () => void;
}

/** Starting, flushing and closing. */
export class Lifecycle {
  readonly #parts: LifecycleParts;
  #ready: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  /** Starts resolvers and the watch in the background. A failure is told, rejects `ready()`, and stops nobody else. */
  start(): void {
    this.#ready = this.#start();
    this.#ready.catch(() => undefined);
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  async flush(): Promise<void> {
    await Promise.all(this.#parts.sinks.map((sink) => sink.flush()));
  }

  /** The second call gives the promise of the first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #start(): Promise<void> {
    // Whoever created the flags has the turn to attach listeners before anything is told.
    await Promise.resolve();
    const failures: BurgeeError[] = [];
    for (const step of this.#parts.chain.steps) {
      try {
        await step.start?.();
      } catch (cause) {
        failures.push(this.#failed(step, "start", cause));
      }
    }
    if (this.#closed !== undefined) return;
    this.#parts.watch();
    const [first] = failures;
    if (first !== undefined) throw first;
    this.#parts.announceReady();
  }

  #failed({ name }: Resolver, what: "start" | "close", cause: unknown): BurgeeError {
    const message = `resolver "${name}" could not ${what}: ${messageOf(cause)}`;
    const error = new BurgeeError("RESOLVER_FAILED", message, { cause });
    this.#parts.reporter.error(error);
    return error;
  }

  async #close(): Promise<void> {
    const { commands, reloader, chain, sinks, disconnect } = this.#parts;
    commands.close();
    disconnect();
    await this.#ready.catch(() => undefined);
    await reloader.close();
    for (const step of chain.steps) {
      try {
        await step.close?.();
      } catch (cause) {
        this.#failed(step, "close", cause);
      }
    }
    await Promise.all(sinks.map((sink) => sink.close()));
  }
}
