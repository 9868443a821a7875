import { BurgeeError } from "../errors.js";
import { show } from "../registry/value.js";
import type { Context } from "../rules/context.js";

/** Who is asked about: contexts, each read once; or so many made-up users, `user-1` and on. */
export type Population = Iterable<Context> | number;

/**
 * Reads a population, one context after the other.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for what is no population, and for a member that is no context
 */
export function members(population: Population): Iterable<Context> {
  if (typeof population === "number") {
    if (Number.isSafeInteger(population) && population >= 0) return madeUp(population);
    throw refusal(`${population} is no number of users; give a whole number`);
  }
  if (typeof population !== "object" || population === null || !(Symbol.iterator in population)) {
    throw refusal(`${show(population)} is none; give contexts, such as [{ userId: "u1" }], or a number of users`);
  }
  return checked(population);
}

function* madeUp(size: number): Iterable<Context> {
  for (let n = 1; n <= size; n++) yield { userId: `user-${n}` };
}

function* checked(contexts: Iterable<Context>): Iterable<Context> {
  let count = 0;
  for (const context of contexts) {
    count++;
    if (typeof context !== "object" || context === null)
      throw refusal(`its member ${count} is ${show(context)} and no context; give objects such as { userId: "u1" }`);
    yield context;
  }
}

function refusal(problem: string): BurgeeError {
  return new BurgeeError("INVALID_OPTIONS", `the population cannot be used: ${problem}`);
}
