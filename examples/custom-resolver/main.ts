import { createFlags, defineFlags, flag, formatExplanation, type Resolver } from "burgee";
import { tableResolver } from "./table-resolver.js";

const registry = defineFlags({
  lunch_menu: flag.boolean({ default: false, description: "Shows today's lunch" }),
  max_upload_mb: flag.number({ default: 10, description: "The largest file that may be sent" }),
});

// A source that asks who is calling. It says so for one flag only: the others keep answers that are the same for all,
// and so tell their listeners values. (`resolver(name, decide)` is a shorter way, for a source that may decide any flag.)
const office: Resolver = {
  name: "office",
  prepare: (flag) =>
    flag.name === "lunch_menu" ? { decide: ({ office }) => (office === "berlin" ? true : undefined) } : undefined,
};
// A source with data of its own, which changes while the program runs.
const plans = tableResolver("plans");

const flags = createFlags(registry, {
  env: { files: [] },
  profile: false,
  // The order is data. Overrides come first here, so that they beat both sources; variables come last.
  resolvers: ["overrides", office, plans, "env"],
  logger: false,
});

flags.onFlagChanged("max_upload_mb", ({ previous, value, source }) => {
  console.log(`max_upload_mb: ${previous} → ${value} (${source})`);
});

console.log("lunch in Berlin:", flags.isEnabled("lunch_menu", { office: "berlin" }));
console.log("lunch elsewhere:", flags.isEnabled("lunch_menu", { office: "oslo" }));
plans.put("max_upload_mb", 50);
flags.setFlag("max_upload_mb", 5, { actor: "ana", reason: "the disk is nearly full" });
console.log(formatExplanation(flags.explain("max_upload_mb")));

await flags.close();
