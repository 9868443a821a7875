import type { Resolver } from "burgee";

/** A place of one's own for answers: here a table in memory, elsewhere a database or a service. */
export interface TableResolver extends Resolver {
  put(flag: string, value: unknown): void;
}

export function tableResolver(name: string): TableResolver {
  const table = new Map<string, unknown>();
  const listeners = new Set<(names: readonly string[]) => void>();
  return {
    name,
    // Asked once for each flag, and again for those that `put` names: evaluation never looks the table up.
    prepare: (flag) => (table.has(flag.name) ? { value: table.get(flag.name), place: `${name} table` } : undefined),
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    put(flag, value) {
      table.set(flag, value);
      for (const changed of listeners) changed([flag]);
    },
  };
}
