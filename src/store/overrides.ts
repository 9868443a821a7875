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

  /** Removes the override that expired first, where one has by then, and gives its flag's name. */
  takeExpired(now: number): string | undefined {
    const next = this.#nextToExpire();
    if (next === undefined || next.expiresAt > now) return undefined;
    this.#overrides.delete(next.name);
    return next.name;
  }

  /** When the next override lifts itself, in milliseconds since 1970. */
  nextExpiry(): number | undefined {
    return this.#nextToExpire()?.expiresAt;
  }

  #nextToExpire(): { readonly name: string; readonly expiresAt: number } | undefined {
    let next: { readonly name: string; readonly expiresAt: number } | undefined;
    for (const [name, { origin }] of this.#overrides) {
      const { expiresAt } = origin;
      if (expiresAt !== undefined && (next === undefined || expiresAt < next.expiresAt)) next = { name, expiresAt };
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
