import { defineFlags, type FlagReader, flag } from "burgee";

export const registry = defineFlags({
  new_checkout: flag.boolean({ default: false, description: "The one-page checkout", rule: { rollout: 25 } }),
});

/** Whoever only asks should ask for a reader: it cannot change anything, and is easily made in a test. */
export type ShopFlags = FlagReader<typeof registry.definitions>;

/** The pages between the basket and the receipt. */
export function checkoutPages(flags: ShopFlags, userId: string): readonly string[] {
  return flags.isEnabled("new_checkout", { userId }) ? ["checkout"] : ["address", "payment", "confirmation"];
}
