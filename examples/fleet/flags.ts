import { defineFlags, flag } from "burgee";

export const registry = defineFlags({
  new_search: flag.boolean({ default: false, description: "The new search, which comes in by a staged rollout" }),
});

/** The users of whom every instance decides, again and again. */
export const users: readonly string[] = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
