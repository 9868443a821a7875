import type { SinkQueue } from "../changes/sink-queue.js";
import { BurgeeError, messageOf } from "../errors.js";
import type { Chain } from "../resolvers/chain.js";
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

  /** Starts resolvers and the watch in the background. A failure is told, and rejects `ready()`. */
  start(): void {
    this.#ready = this.#start();
    this.#ready.catch((failure: unknown) => {
      if (this.#closed === undefined) this.#parts.reporter.error(failure as BurgeeError);
    });
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
    for (const step of this.#parts.chain.steps) {
      try {
        await step.start?.();
      } catch (cause) {
        throw new BurgeeError("RESOLVER_FAILED", `resolver "${step.name}" could not start: ${messageOf(cause)}`, {
          cause,
        });
      }
    }
    this.#parts.watch();
    this.#parts.announceReady();
  }

  async #close(): Promise<void> {
    const { commands, reloader, chain, sinks, reporter, disconnect } = this.#parts;
    commands.close();
    disconnect();
    await this.#ready.catch(() => undefined);
    await reloader.close();
    for (const step of chain.steps) {
      try {
        await step.close?.();
      } catch (cause) {
        reporter.error(
          new BurgeeError("RESOLVER_FAILED", `resolver "${step.name}" could not close: ${messageOf(cause)}`, { cause }),
        );
      }
    }
    await Promise.all(sinks.map((sink) => sink.close()));
  }
}
