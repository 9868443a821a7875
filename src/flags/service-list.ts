import { BurgeeError } from "../errors.js";
import { checkCall } from "./check-call.js";
import type { ServiceStatus } from "./service-status.js";

/** How long health checks may take together. */
export interface CheckServicesOptions {
  /** In milliseconds; 5,000 unless given. */
  readonly timeoutMs?: number | undefined;
}

/** A gate, as the flags that it belongs to see it. */
export interface ListedService {
  status(): ServiceStatus;
  /** Runs the health check of what is ready. Never rejects; ends after so many milliseconds at the latest. */
  check(timeoutMs: number): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

const CHECK_MS = 5_000;

/** The gates of one `Flags` object. */
export class ServiceList {
  readonly #services = new Set<ListedService>();
  #closed = false;

  /** @throws BurgeeError `CLOSED` */
  add(service: ListedService): void {
    if (this.#closed)
      throw new BurgeeError("CLOSED", "the flags were closed, and with them every gate; make gates before that");
    this.#services.add(service);
  }

  remove(service: ListedService): void {
    this.#services.delete(service);
  }

  /** In the order in which they were made. */
  statuses(): readonly ServiceStatus[] {
    return Object.freeze([...this.#services].map((service) => service.status()));
  }

  /** @throws BurgeeError `INVALID_OPTIONS` */
  async check(options: CheckServicesOptions = {}): Promise<readonly ServiceStatus[]> {
    checkCall(options, ["timeoutMs"], "checkServices");
    const { timeoutMs = CHECK_MS } = options;
    if (typeof timeoutMs !== "number" || !(timeoutMs >= 0))
      throw new BurgeeError("INVALID_OPTIONS", "`timeoutMs` must be a number of milliseconds, and not negative");
    await Promise.all([...this.#services].map((service) => service.check(timeoutMs)));
    return this.statuses();
  }

  /** Closes every gate, all at once, and takes no more of them. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#services].map((service) => service.close()));
  }
}
