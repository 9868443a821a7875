import { canonicalText } from "../changes/hash-chain.js";
import type { FlagKind } from "../registry/definition.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { choiceOf } from "../resolvers/resolutions.js";
import type { Context } from "../rules/context.js";
import type { Resolution } from "../rules/resolution.js";
import { wilsonInterval } from "../rules/statistics.js";
import type { ReadUnit } from "../rules/unit.js";

/** A part of the population. Percentages are from 0 to 100, as in rules. */
export interface SimulatedShare {
  readonly count: number;
  readonly percentage: number;
  /** The 95 % interval (Wilson's) of the percentage, where the population is a sample of all that may ever ask. */
  readonly low: number;
  readonly high: number;
}

/** What one value, or the name of one, is given to. */
export interface SimulatedValue {
  readonly value: unknown;
  readonly before: SimulatedShare;
  readonly after: SimulatedShare;
}

/** Those who get another value than before. */
export interface SimulatedFlow extends SimulatedShare {
  readonly from: unknown;
  readonly to: unknown;
}

/** One that gets another value than before. */
export interface SimulatedMove {
  readonly unit: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Who moves. */
export interface SimulatedMoves {
  readonly flag: string;
  readonly moved: SimulatedShare;
  /** By the values before and after, the largest first. */
  readonly flow: readonly SimulatedFlow[];
}

/** How many of those that move are named. */
const SAMPLE = 5;

/** Counts what a flag gives before and after. Its memory grows with the values that there are, not with the population. */
export class Tally {
  readonly flag: string;
  readonly #keyOf: (choice: unknown) => unknown;
  readonly #order: readonly unknown[];
  /** The place of each value in `#values`. */
  readonly #places = new Map<unknown, number>();
  readonly #values: unknown[] = [];
  /** How many have the value of the first place before, and that of the second after. */
  readonly #cells: number[][] = [];
  readonly #sample: SimulatedMove[] = [];

  constructor({ name, kind, values }: RegisteredFlag) {
    this.flag = name;
    this.#keyOf = KEYS[kind] ?? ((choice) => choice);
    this.#order = values ?? (kind === "boolean" ? [true, false] : []);
    for (const value of this.#order) this.#place(value);
  }

  /** Counts one; gives the place of the value that it has after. */
  add(before: Resolution, after: Resolution, context: Context, readUnit: ReadUnit): number {
    const from = this.#place(choiceOf(before));
    const to = this.#place(choiceOf(after));
    const row = this.#cells[from] as number[];
    row[to] = (row[to] ?? 0) + 1;
    if (from !== to && this.#sample.length < SAMPLE) this.#note(from, to, readUnit(context));
    return to;
  }

  /** The first units that moved. */
  get sample(): readonly SimulatedMove[] {
    return this.#sample;
  }

  /** Every value that somebody has before or after: in the definition's order, or else the one that most have after first. */
  shares(size: number): readonly SimulatedValue[] {
    const sums = this.#values.map((value, place) => {
      const before = sum(this.#cells[place] ?? []);
      const after = sum(this.#cells.map((row) => row[place] ?? 0));
      return { value, before, after };
    });
    if (this.#order.length === 0) sums.sort((a, b) => b.after - a.after || b.before - a.before);
    return sums
      .filter(({ before, after }) => before + after > 0)
      .map(({ value, before, after }) => ({ value, before: shareOf(before, size), after: shareOf(after, size) }));
  }

  moves(size: number): SimulatedMoves {
    const flow = this.#cells.flatMap((row, from) =>
      row.flatMap((count, to) =>
        from === to ? [] : [{ from: this.#values[from], to: this.#values[to], ...shareOf(count, size) }],
      ),
    );
    const moved = sum(flow.map(({ count }) => count));
    return { flag: this.flag, moved: shareOf(moved, size), flow: flow.sort((a, b) => b.count - a.count) };
  }

  #place(choice: unknown): number {
    const key = this.#keyOf(choice);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.#values.length);
    this.#cells.push([]);
    return this.#values.push(choice) - 1;
  }

  #note(from: number, to: number, unit: string | undefined): void {
    if (unit !== undefined) this.#sample.push({ unit, from: this.#values[from], to: this.#values[to] });
  }
}

/** Values of a json flag may be equal without being the same, and whatever the order of their keys. */
const KEYS: Partial<Record<FlagKind, (choice: unknown) => unknown>> = { json: canonicalText };

function sum(counts: readonly number[]): number {
  // Places that nobody counted in are holes.
  return counts.reduce((total, count) => total + count, 0);
}

/** A count as a share of so many. */
export function shareOf(count: number, size: number): SimulatedShare {
  const { low, high } = wilsonInterval(count, size);
  return { count, percentage: size === 0 ? 0 : (count / size) * 100, low: low * 100, high: high * 100 };
}
