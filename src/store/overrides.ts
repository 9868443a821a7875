import type { Origin } from "../resolvers/resolver.js";
import type { CheckedRule } from "../rules/rule.js";

/** What was set at run time for one flag. */
export type Override = ({ readonly value: unknown } | { readonly rule: CheckedRule }) & { readonly origin: Origin };

/** Where overrides and kill switches live in one process. */
export class OverrideTable {
  readonly #overrides = new Map<string, Override>();
  readonly #kills = new Map<string, Origin>();

  get(name: string): Override | undefined {
    return this.#overrides.get(name);
  }

  set(name: string, override: Override): void {
    this.#overrides.set(name, Object.freeze({ ...override, origin: Object.freeze(override.origin) }));
  }

  /** Gives whether there was one. */
  delete(name: string): boolean {
    return this.#overrides.delete(name);
  }

  /** The names of the flags that have an override. */
  names(): string[] {
    return [...this.#overrides.keys()];
  }

  /** Removes what has expired by then, and gives the names. */
  takeExpired(now: number): string[] {
    const expired = this.names().filter(
      (name) => (this.#overrides.get(name)?.origin.expiresAt ?? Number.POSITIVE_INFINITY) <= now,
    );
    for (const name of expired) this.#overrides.delete(name);
    return expired;
  }

  /** When the next override lifts itself, in milliseconds since 1970. */
  nextExpiry(): number | undefined {
    let next: number | undefined;
    for (const { origin } of this.#overrides.values()) {
      if (origin.expiresAt !== undefined && (next === undefined || origin.expiresAt < next)) next = origin.expiresAt;
    }
    return next;
  }

  killed(name: string): Origin | undefined {
    return this.#kills.get(name);
  }

  kill(name: string, origin: Origin): void {
    this.#kills.set(name, Object.freeze(origin));
  }

  /** Gives whether it was killed. */
  revive(name: string): boolean {
    return this.#kills.delete(name);
  }
}
