import { usageLimit } from "./checked-query.js";
import type { FlagUsage, FlagUsageQuery } from "./flag-store.js";

/** Counts of evaluations in memory: one for each hour, flag and variant. */
export class UsageTable {
  readonly #counts = new Map<string, FlagUsage>();

  /** Adds to what is counted for the same hour, flag and variant. */
  add(usage: FlagUsage): void {
    const { hour, flag, variant } = usage;
    const key = JSON.stringify([hour, flag, variant]);
    const known = this.#counts.get(key);
    const evaluations = (known?.evaluations ?? 0) + usage.evaluations;
    const errors = (known?.errors ?? 0) + usage.errors;
    this.#counts.set(key, Object.freeze({ hour, flag, variant, evaluations, errors }));
  }

  /** Forgets counts of hours that began before a time, so many at most; gives how many. */
  forget(before: number, limit: number): number {
    const keys = [...this.#counts].flatMap(([key, { hour }]) => (hour < before ? [key] : [])).slice(0, limit);
    for (const key of keys) this.#counts.delete(key);
    return keys.length;
  }

  /** By hour, then flag, then variant. */
  find(query: FlagUsageQuery): readonly FlagUsage[] {
    const { flag, since, until } = query;
    const limit = usageLimit(query);
    const found = [...this.#counts.values()].filter(
      (usage) =>
        (flag === undefined || usage.flag === flag) &&
        (since === undefined || usage.hour >= since) &&
        (until === undefined || usage.hour < until),
    );
    found.sort(byPlace);
    return found.slice(Math.max(0, found.length - limit));
  }
}

/** By hour, then flag, then variant. */
export function byPlace(a: FlagUsage, b: FlagUsage): number {
  return a.hour - b.hour || inOrder(a.flag, b.flag) || inOrder(a.variant, b.variant);
}

function inOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
