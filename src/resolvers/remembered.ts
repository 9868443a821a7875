import type { RegisteredFlag } from "../registry/registry.js";
import type { Prepared, Resolver } from "./resolver.js";

/**
 * What a resolver of somebody else's last said of each flag. It is asked anew only for flags whose data it said had
 * changed, and in a reload, whose answers are remembered apart until it is accepted.
 */
export class RememberedResolver implements Resolver {
  readonly name: string;
  /** The resolver itself: to be started, followed, reloaded and closed. */
  readonly source: Resolver;
  #said = new Map<string, Prepared | undefined>();

  constructor(source: Resolver) {
    this.source = source;
    this.name = source.name;
  }

  prepare(flag: RegisteredFlag): Prepared | undefined {
    if (this.#said.has(flag.name)) return this.#said.get(flag.name);
    const prepared = this.source.prepare(flag);
    this.#said.set(flag.name, prepared);
    return prepared;
  }

  /** Forgets what was said of these flags. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#said.delete(name);
  }

  /** The same resolver, with nothing said yet. */
  anew(): RememberedResolver {
    return new RememberedResolver(this.source);
  }

  /** Remembers what another one has, and nothing else. */
  take(other: RememberedResolver): void {
    this.#said = other.#said;
  }
}
