import type { RegisteredFlag } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import type { Decide } from "../rules/resolution.js";
import { type Association, association } from "../rules/statistics.js";
import type { ReadUnit } from "../rules/unit.js";
import {
  type SimulatedMove,
  type SimulatedMoves,
  type SimulatedShare,
  type SimulatedValue,
  shareOf,
  Tally,
} from "./simulate-tally.js";

/** What an edit of one flag does. */
export interface SimulatedFlag extends SimulatedMoves {
  /** Every value that somebody has before or after; of named values, the name. */
  readonly shares: readonly SimulatedValue[];
  /** The first few units that move, as the rule reads them, or else by `userId` or `targetingKey`. */
  readonly sample: readonly SimulatedMove[];
  /** After: those for whom a flag that this one depends on is off, and so this one, whatever its rule says. */
  readonly heldOff: readonly (SimulatedShare & { readonly by: string })[];
}

/** What the answers of two flags, after, have to do with each other. */
export interface SimulatedPair extends Association {
  readonly flags: readonly [string, string];
}

/** What an edit does to a population. Plain data; `formatSimulation` prints it. */
export interface Simulation {
  /** How many were asked. */
  readonly size: number;
  /** The flags whose rules are simulated, in the order given. */
  readonly flags: readonly SimulatedFlag[];
  /** Flags, in the rules or not, that change for somebody because a flag that they depend on does. */
  readonly alsoMoved: readonly SimulatedMoves[];
  /** Each two of the first ten flags, but for those that give everybody the same. */
  readonly pairs: readonly SimulatedPair[];
}

/** How many flags are compared with each other. */
const COMPARED = 10;

/** What a flag answers before and after. */
export interface Answers {
  readonly flag: RegisteredFlag;
  readonly before: Decide;
  readonly after: Decide;
  /** Reads the unit by which a member is named. */
  readonly readUnit: ReadUnit;
}

/** Asks everybody about everything, once. `children` are the flags that depend on the edited ones. */
export function countAnswers(
  population: Iterable<Context>,
  edited: readonly Answers[],
  children: readonly Answers[],
): Simulation {
  const flags = edited.map((answers) => new Edited(answers));
  const held = children.map((answers) => new Child(answers));
  const compared = flags.slice(0, COMPARED);
  const pairs = compared.flatMap((one, index) => compared.slice(index + 1).map((other) => new Pair(one, other)));
  let size = 0;
  for (const context of population) {
    size++;
    for (const flag of flags) flag.ask(context);
    for (const child of held) child.ask(context);
    for (const pair of pairs) pair.note();
  }
  return {
    size,
    flags: flags.map((flag) => flag.result(size)),
    alsoMoved: held.map((child) => child.result(size)).filter(({ moved }) => moved.count > 0),
    pairs: pairs.flatMap((pair) => pair.result()),
  };
}

/** A flag whose rule is simulated. */
class Edited {
  /** The place of the value that the last one asked has after. */
  place = 0;
  readonly tally: Tally;
  readonly #answers: Answers;
  readonly #heldOff = new Map<string, number>();

  constructor(answers: Answers) {
    this.#answers = answers;
    this.tally = new Tally(answers.flag);
  }

  ask(context: Context): void {
    const before = this.#answers.before(context);
    const after = this.#answers.after(context);
    this.place = this.tally.add(before, after, context, this.#answers.readUnit);
    const { dependency } = after;
    if (dependency !== undefined) this.#heldOff.set(dependency, (this.#heldOff.get(dependency) ?? 0) + 1);
  }

  result(size: number): SimulatedFlag {
    return {
      ...this.tally.moves(size),
      shares: this.tally.shares(size),
      sample: this.tally.sample,
      heldOff: [...this.#heldOff].map(([by, count]) => ({ by, ...shareOf(count, size) })),
    };
  }
}

/** A flag that depends on one whose rule is simulated: counts what it changes for that reason. */
class Child {
  readonly #tally: Tally;
  readonly #answers: Answers;

  constructor(answers: Answers) {
    this.#answers = answers;
    this.#tally = new Tally(answers.flag);
  }

  ask(context: Context): void {
    const before = this.#answers.before(context);
    const after = this.#answers.after(context);
    if (before.dependency === undefined && after.dependency === undefined) return;
    this.#tally.add(before, after, context, this.#answers.readUnit);
  }

  result(size: number): SimulatedMoves {
    return this.#tally.moves(size);
  }
}

/** Two flags whose answers are counted together. */
class Pair {
  readonly #one: Edited;
  readonly #other: Edited;
  /** A row for each value of the one, a column for each of the other, by their places. */
  readonly #table: number[][] = [];
  #columns = 0;

  constructor(one: Edited, other: Edited) {
    this.#one = one;
    this.#other = other;
  }

  note(): void {
    const { place: row } = this.#one;
    const { place: column } = this.#other;
    const counts = this.#table[row] ?? [];
    counts[column] = (counts[column] ?? 0) + 1;
    this.#table[row] = counts;
    this.#columns = Math.max(this.#columns, column + 1);
  }

  result(): SimulatedPair[] {
    const columns = Array.from({ length: this.#columns }, (_, column) => column);
    const table = Array.from(this.#table, (row = []) => columns.map((column) => row[column] ?? 0));
    const found = association(table);
    return found === undefined ? [] : [{ flags: [this.#one.tally.flag, this.#other.tally.flag], ...found }];
  }
}
