import { createHash } from "node:crypto";

/** The newest events by what names them, and no more of them than was allowed. */
export class SeenEvents {
  readonly #most: number;
  /** In the order in which they were last seen. Hashes, so that a long name takes no more room. */
  readonly #seen = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Remembers an event; true where it was known already. */
  isKnown(...name: readonly string[]): boolean {
    const key = createHash("sha256").update(JSON.stringify(name)).digest("base64");
    const known = this.#seen.delete(key);
    this.#seen.add(key);
    if (this.#seen.size > this.#most) for (const oldest of this.#seen) return this.#seen.delete(oldest) && known;
    return known;
  }
}
