import type { StoreListener, StoreSubscription } from "../../store/flag-store.js";
import type { SqliteConnection } from "./sqlite-connection.js";

/** When to look, and at what. */
export interface SqliteWatch {
  readonly connection: SqliteConnection;
  readonly pollMs: number;
  readonly timeoutMs: number;
  /** Those that are open; each is in it until it ends. */
  readonly open: Set<SqliteSubscription>;
}

/**
 * Tells of the commits of this connection as they are made, and finds those of others, in this process or another, by
 * `PRAGMA data_version`: https://sqlite.org/pragma.html#pragma_data_version
 */
export class SqliteSubscription implements StoreSubscription {
  readonly #watch: SqliteWatch;
  readonly #listener: StoreListener;
  readonly #unlisten: () => void;
  #timer: NodeJS.Timeout | undefined;
  #open = true;

  private constructor(watch: SqliteWatch, listener: StoreListener) {
    this.#watch = watch;
    this.#listener = listener;
    watch.open.add(this);
    this.#unlisten = watch.connection.listen(() => this.#tell());
  }

  /** Whatever is committed once it has resolved is told. */
  static async open(watch: SqliteWatch, listener: StoreListener): Promise<SqliteSubscription> {
    const subscription = new SqliteSubscription(watch, listener);
    try {
      subscription.#lookLater(await subscription.#version());
      return subscription;
    } catch (error) {
      await subscription.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#watch.open.delete(this);
    this.#unlisten();
    clearTimeout(this.#timer);
  }

  #lookLater(version: number): void {
    if (this.#open) this.#timer = setTimeout(() => this.#look(version), this.#watch.pollMs).unref();
  }

  async #look(before: number): Promise<void> {
    try {
      const version = await this.#version();
      if (version !== before) this.#tell();
      this.#lookLater(version);
    } catch (error) {
      if (!this.#open) return;
      await this.close();
      this.#listener.lost(error);
    }
  }

  /** Another number once another connection has committed something. */
  async #version(): Promise<number> {
    const { rows } = await this.#watch.connection.read("PRAGMA data_version", this.#watch.timeoutMs);
    return Number(Object.values(Object(rows[0]))[0]);
  }

  /** What was committed stays committed, whatever a listener throws. */
  #tell(): void {
    try {
      if (this.#open) this.#listener.news();
    } catch {
      // A listener only notes that there is something to ask for: it has nobody to tell of a failure.
    }
  }
}
