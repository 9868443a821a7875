import { BurgeeError, messageOf } from "../errors.js";
import type { Resolver } from "../resolvers/resolver.js";
import type { Commands } from "./commands.js";
import type { Reloader } from "./reloader.js";
import type { Reporter } from "./reporter.js";
import type { ServiceList } from "./service-list.js";

/** What has to be written before the end. */
interface Flushed {
  flush(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

interface LifecycleParts {
  readonly resolvers: readonly Resolver[];
  readonly commands: Commands;
  readonly reloader: Reloader;
  readonly reporter: Reporter;
  readonly sinks: readonly Flushed[];
  readonly exposures: Flushed;
  readonly services: ServiceList;
  /** Starts the watch, if there is to be one. */
  readonly watch: () => void;
  readonly announceReady: () => void;
  /** Stops listening to resolvers. */
  readonly disconnect: () => void;
}

/** How long `close()` waits for each kind of thing that somebody else has to finish. */
const PATIENCE_MS = 5000;

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
    const { sinks, exposures } = this.#parts;
    await Promise.all([...sinks, exposures].map((sink) => sink.flush()));
  }

  /** The second call gives the promise of the first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #start(): Promise<void> {
    // Whoever created the flags has the turn to attach listeners before anything is told.
    await Promise.resolve();
    if (this.#closed !== undefined) return;
    this.#parts.watch();
    const [first] = await this.#each("start");
    if (first !== undefined) throw first;
    if (this.#closed === undefined) this.#parts.announceReady();
  }

  /** Starts or closes every resolver, all at once; gives the failures, which have been told. */
  async #each(what: "start" | "close"): Promise<BurgeeError[]> {
    const attempts = this.#parts.resolvers.map(async (step) => {
      try {
        await step[what]?.();
        return [];
      } catch (cause) {
        return [this.#failed(step, what, cause)];
      }
    });
    return (await Promise.all(attempts)).flat();
  }

  #failed({ name }: Resolver, what: "start" | "close", cause: unknown): BurgeeError {
    const message = `resolver "${name}" could not ${what}: ${messageOf(cause)}`;
    const error = new BurgeeError("RESOLVER_FAILED", message, { cause });
    this.#parts.reporter.error(error);
    return error;
  }

  async #close(): Promise<void> {
    const { commands, reloader, sinks, exposures, services, disconnect } = this.#parts;
    commands.close();
    disconnect();
    // Services may take as long as their calls do, and nobody else waits for them.
    const stopped = services.close();
    const exposed = exposures.close();
    // A resolver that never answers must not keep the audit log from being written.
    await within(
      PATIENCE_MS,
      this.#ready.catch(() => undefined),
    );
    await within(PATIENCE_MS, reloader.close());
    await within(PATIENCE_MS, this.#each("close"));
    await Promise.all([exposed, stopped, ...sinks.map((sink) => sink.close())]);
  }
}

/** Waits for the work, or for that long. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
