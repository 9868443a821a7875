import * as z from "zod/mini";
import { looseObject, record } from "./option-shapes.js";
import type { CommonOptions } from "./options.js";

/** Node fires a timer that is longer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const period = z.optional(
  z
    .number("must be a number of milliseconds")
    .check(
      z.minimum(1, "must be at least 1"),
      z.maximum(LONGEST_TIMER_MS, `must be at most ${LONGEST_TIMER_MS} (24 days)`),
    ),
);
const age = z.optional(
  z.custom(
    (value) => value === false || (typeof value === "number" && value >= 0),
    "must be a number of milliseconds that is not negative, or false to keep all",
  ),
);
const METHODS = ["load", "head", "changesSince", "write", "subscribe", "audit", "checkpoint", "prune"];

/** What each option that goes with a store looks like. */
export const STORE_OPTIONS = {
  store: z.optional(
    looseObject(
      [...METHODS, "recordUsage", "usage", "health", "close"],
      "must be a store: new MemoryStore(), or what `burgee/sql` makes",
    ),
  ),
  lastKnownGood: z.optional(z.string("must be the path of a file").check(z.minLength(1, "must not be empty"))),
  pollMs: period,
  usage: z.optional(z.union([z.boolean(), record], "must be true, false, or { flushMs }")),
  retention: z.optional(record),
} as const;

export const STORE_SECTIONS = {
  usage: z.strictObject({ flushMs: period }),
  retention: z.strictObject({
    auditMs: age,
    usageMs: age,
    everyMs: period,
    batch: z.optional(z.int("must be a whole number").check(z.positive("must be at least 1"))),
  }),
} as const;

/** Options that mean nothing without a store. */
const NEEDING = ["lastKnownGood", "pollMs", "usage", "retention"];

export function storeProblems(options: CommonOptions): string[] {
  if (Reflect.get(options, "store") !== undefined) return [];
  return NEEDING.filter((name) => ![undefined, false].includes(Reflect.get(options, name))).map(
    (name) => `\`${name}\` needs a \`store\``,
  );
}
