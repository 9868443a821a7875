import { createFlags, defineFlags, flag } from "burgee";

const registry = defineFlags({
  new_checkout: flag.boolean({ default: false, description: "The one-page checkout", rule: { rollout: 25 } }),
  greeting: flag.oneOf(["hello", "moin"], { default: "hello" }),
});

// FLAG_NEW_CHECKOUT and FLAG_GREETING set the flags from outside; so do a .env and a burgee.yaml where there are any.
const flags = createFlags(registry);

for (const userId of ["ana", "ben", "cleo", "kim"]) {
  const checkout = flags.isEnabled("new_checkout", { userId }) ? "new" : "old";
  console.log(`${flags.resolveVariant("greeting")} ${userId}, here is the ${checkout} checkout`);
}

await flags.close();
