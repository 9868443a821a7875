import type { FlagUsage } from "../store/flag-store.js";
import { byPlace } from "../store/usage-table.js";
import type { EvaluationCount } from "./count-tally.js";

const ONE_HOUR = 3_600_000;
/** Rows that may wait, unless one hour alone has more: no hour has more than the registry has choices. */
const MOST = 10_000;

/** When the hour of a time began, in milliseconds since 1970. */
export function hourOf(time: number): number {
  return Math.floor(time / ONE_HOUR) * ONE_HOUR;
}

/** Milliseconds from a time to the turn of its hour. */
export function untilNextHour(time: number): number {
  return hourOf(time) + ONE_HOUR - time;
}

/** Counts that wait to be recorded: one row for each hour, flag and variant. */
export class WaitingUsage {
  /** By hour, then by flag and variant. */
  readonly #hours = new Map<number, Map<string, FlagUsage>>();
  #size = 0;
  #inFlight: readonly FlagUsage[] = [];

  /** Adds what was counted within an hour. Names that no flag has are left out. */
  add(hour: number, counts: readonly EvaluationCount[]): void {
    for (const { flag, value, variant = "", reason, errorCode, count } of counts) {
      if (errorCode === "FLAG_NOT_FOUND") continue;
      const name = value === undefined ? variant : String(value);
      this.#merge({ hour, flag, variant: name, evaluations: count, errors: reason === "ERROR" ? count : 0 });
    }
  }

  /**
   * Takes so many rows of the oldest hours to be recorded, until `settled` is called. Sorted by hour, flag and variant, so that
   * no two transactions of a fleet wait for each other's rows.
   */
  take(limit: number): readonly FlagUsage[] {
    const taken: FlagUsage[] = [];
    for (const [hour, rows] of this.#oldestFirst()) {
      for (const [key, row] of rows) {
        if (taken.length === limit) break;
        taken.push(row);
        rows.delete(key);
      }
      if (rows.size > 0) break;
      this.#hours.delete(hour);
    }
    this.#size -= taken.length;
    this.#inFlight = taken.sort(byPlace);
    return this.#inFlight;
  }

  /** What was taken last is recorded, or refused. */
  settled(): void {
    this.#inFlight = [];
  }

  /** Adds rows again that could not be recorded. */
  putBack(rows: readonly FlagUsage[]): void {
    for (const row of rows) this.#merge(row);
  }

  /** Drops the oldest hours while there are too many rows, the last hour never. Gives how many evaluations those were. */
  drop(): number {
    let dropped = 0;
    for (const [hour, rows] of this.#oldestFirst()) {
      if (this.#size <= MOST || this.#hours.size === 1) break;
      dropped += this.#forget(hour, rows);
    }
    return dropped;
  }

  /** Forgets everything, and gives how many evaluations that were; what was taken and is not settled counts too. */
  clear(): number {
    let evaluations = evaluationsOf(this.#inFlight);
    for (const [hour, rows] of this.#hours) evaluations += this.#forget(hour, rows);
    return evaluations;
  }

  #oldestFirst(): [hour: number, rows: Map<string, FlagUsage>][] {
    return [...this.#hours].sort(([a], [b]) => a - b);
  }

  #forget(hour: number, rows: ReadonlyMap<string, FlagUsage>): number {
    this.#hours.delete(hour);
    this.#size -= rows.size;
    return evaluationsOf([...rows.values()]);
  }

  #merge(row: FlagUsage): void {
    const rows = this.#hours.get(row.hour) ?? new Map<string, FlagUsage>();
    this.#hours.set(row.hour, rows);
    const key = JSON.stringify([row.flag, row.variant]);
    const known = rows.get(key);
    if (known === undefined) this.#size += 1;
    const evaluations = row.evaluations + (known?.evaluations ?? 0);
    rows.set(key, Object.freeze({ ...row, evaluations, errors: row.errors + (known?.errors ?? 0) }));
  }
}

/** How many evaluations rows tell of. */
export function evaluationsOf(rows: readonly FlagUsage[]): number {
  return rows.reduce((sum, { evaluations }) => sum + evaluations, 0);
}
