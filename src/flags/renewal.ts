import { BurgeeError, messageOf } from "../errors.js";
import type { RememberedResolver } from "../resolvers/remembered.js";
import type { Heard, Hold, Said } from "./follow.js";

const NOTHING: Said = new Map();

/**
 * The resolvers that take part in a reload. What they say meanwhile is part of it where it is accepted. Where it is
 * refused, what one said while it was asked is taken back with it; what one said before or after that is its own change.
 */
export class Renewal {
  readonly resolvers: readonly RememberedResolver[];
  readonly #said = new Map<RememberedResolver, Set<string>>();
  #asked: RememberedResolver | undefined;
  #listener: Heard | undefined;
  #release: ((late: Said) => void) | undefined;

  /** Holds what the resolvers say until `accept` or `end`. */
  constructor(resolvers: readonly RememberedResolver[], hold: Hold) {
    this.resolvers = resolvers.filter(({ source }) => source.reload !== undefined);
    this.#release = hold((resolver, names) => this.#heard(resolver, names));
  }

  /**
   * Asks them to bring their data up to date, one after the other. What they prepare changes nothing yet.
   *
   * @throws BurgeeError `RELOAD_FAILED` where one refuses
   */
  async ask(): Promise<void> {
    for (const resolver of this.resolvers) {
      this.#asked = resolver;
      try {
        await resolver.source.reload?.();
      } catch (cause) {
        const message = `resolver "${resolver.name}" refused the reload: ${messageOf(cause)}`;
        throw new BurgeeError("RELOAD_FAILED", message, { cause });
      }
    }
    this.#asked = undefined;
  }

  /** From now on, passes on what they say. */
  listen(listener: Heard): void {
    this.#listener = listener;
  }

  /** All that they have said is in force. */
  accept(): void {
    this.#over(NOTHING);
  }

  /** Ends it; without effect where it was accepted. */
  end(): void {
    this.#over(this.#said);
  }

  #heard(resolver: RememberedResolver, names: readonly string[]): void {
    if (resolver === this.#asked) return;
    const said = this.#said.get(resolver) ?? new Set();
    for (const name of names) said.add(name);
    this.#said.set(resolver, said);
    this.#listener?.(resolver, names);
  }

  #over(late: Said): void {
    const release = this.#release;
    this.#release = undefined;
    release?.(late);
  }
}
