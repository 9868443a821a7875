import { BurgeeError, messageOf } from "../errors.js";
import type { Resolver } from "../resolvers/resolver.js";
import type { Reloader } from "./reloader.js";
import type { Reporter } from "./reporter.js";
import type { ServiceList } from "./service-list.js";

/** What has to be written before the end. */
interface Flushed {
  flush(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** What is started with a store. */
export interface Linked extends Flushed {
  start(): void;
  ready(timeoutMs: number): Promise<void>;
}

interface LifecycleParts {
  readonly resolvers: readonly Resolver[];
  /** What goes on with a store, where there is one. */
  readonly link: Linked | undefined;
  readonly reloader: Reloader;
  readonly reporter: Reporter;
  readonly sinks: readonly Flushed[];
  readonly exposures: Flushed;
  readonly services: ServiceList;
  /** Starts the watch, if there is to be one. */
  readonly watch: () => void;
  readonly announceReady: () => void;
  /** Refuses commands from now on, and stops listening to resolvers and the clock. */
  readonly disconnect: () => void;
}

/** How long `close()` waits for each kind of thing that somebody else has to finish. */
const PATIENCE_MS = 5000;
/** Node fires a longer one at once. These are 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How long `ready()` waits with a store, unless it is told. */
const READY_MS = 10_000;

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

  /** @throws BurgeeError `INVALID_OPTIONS`, `RESOLVER_FAILED`, and what the store's `ready` throws */
  async ready(timeoutMs?: number): Promise<void> {
    if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0))
      throw new BurgeeError("INVALID_OPTIONS", "`timeoutMs` must be a number of milliseconds");
    const { link } = this.#parts;
    const limit = timeoutMs ?? (link === undefined ? Number.POSITIVE_INFINITY : READY_MS);
    const started = this.#inTime(limit);
    await (link === undefined ? started : Promise.all([started, link.ready(limit)]));
  }

  async flush(): Promise<void> {
    const { sinks, exposures, link } = this.#parts;
    await Promise.all([...sinks, exposures, ...(link === undefined ? [] : [link])].map((one) => one.flush()));
  }

  /** The second call gives the promise of the first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Waits for resolvers and the watch, for so long. */
  async #inTime(limit: number): Promise<void> {
    if (limit === Number.POSITIVE_INFINITY) return this.#ready;
    const late = new BurgeeError("RESOLVER_FAILED", `not every resolver has started within ${limit} ms`);
    if ((await within(limit, this.#ready)) === "late") throw late;
  }

  async #start(): Promise<void> {
    // Whoever created the flags has the turn to attach listeners before anything is told.
    await Promise.resolve();
    if (this.#closed !== undefined) return;
    this.#parts.watch();
    this.#parts.link?.start();
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
    const { reloader, sinks, exposures, services, disconnect, link } = this.#parts;
    disconnect();
    // What a store is asked just now ends first: it may have committed already.
    const unlinked = within(PATIENCE_MS, link?.close());
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
    await Promise.all([unlinked, exposed, stopped, ...sinks.map((sink) => sink.close())]);
  }
}

/** Waits for the work, or for that long; `late` where it was that long. */
async function within(milliseconds: number, work: Promise<unknown> | undefined): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(() => resolve("late"), Math.min(milliseconds, LONGEST_TIMER_MS));
  });
  try {
    return await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}
