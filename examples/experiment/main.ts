import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bucketOf, createFlags } from "burgee";
import { jsonLinesExposures } from "burgee/exposures";
import { registry } from "./registry.js";
import { difference, readArms, unevenness } from "./result.js";

// A copy, because the story ends with an edit of the file.
const folder = mkdtempSync(join(tmpdir(), "burgee-experiment-"));
const profile = join(folder, "burgee.yaml");
copyFileSync(fileURLToPath(new URL("burgee.yaml", import.meta.url)), profile);

const path = join(folder, "exposures.jsonl");
const flags = createFlags(registry, {
  env: { variables: {}, files: [] },
  profile,
  exposures: { sinks: [jsonLinesExposures({ path })] },
  logger: false,
});
console.log("The tester qa-2 gets", flags.value("answer_model", { userId: "qa-2" }));

// Every user asks twice. Whether they are helped is decided by a hash here, so that the truth is known: the small model
// helps 30 % of them at any temperature, the large one 36 %.
const users = Array.from({ length: 40_000 }, (_, index) => `user-${index + 1}`);
const helped = new Set<string>();
for (const userId of [...users, ...users]) {
  const { model } = flags.value("answer_model", { userId });
  if (bucketOf(userId, "is helped") < (model === "large" ? 0.36 : 0.3)) helped.add(userId);
}
await flags.flush();

// A snapshot causes no exposures: looking is not taking part.
const detail = (userId: string) => flags.snapshot({ userId }).evaluate("answer_model").detail ?? "takes part";
const isInOther = (userId: string) => flags.snapshot({ userId }).evaluate("answer_length").detail === undefined;
const show = (what: string, users: readonly string[]) => console.log(what.padEnd(32), users.length);
for (const word of ["held out", "outside its slice of the layer", "outside the rollout", "takes part"])
  show(
    word,
    users.filter((user) => detail(user) === word),
  );
const others = users.filter(isInOther);
show("takes part in answer_length", others);
show(
  "takes part in both",
  others.filter((user) => detail(user) === "takes part"),
);

const arms = readArms(path, "answer_model", (user) => helped.has(user));
const { control } = Object.fromEntries(arms);
if (control === undefined) throw new Error("nobody was given control");
console.log("\nvariant      users  helped   against control");
for (const [variant, arm] of [...arms].sort()) {
  const { points, margin } = difference(arm, control);
  const against = variant === "control" ? "" : `${points.toFixed(1)} ± ${margin.toFixed(1)} points`;
  const rate = `${((100 * arm.successes) / arm.users).toFixed(1)} %`;
  console.log(`${variant.padEnd(11)} ${String(arm.users).padStart(6)}  ${rate}   ${against}`.trimEnd());
}
const chance = unevenness(arms, registry.definitions.answer_model.weights ?? {});
console.log(`arms as uneven as these: p = ${chance.toFixed(2)}`);

// The winner for everybody but those who are held out: at the end of the year they tell what all experiments brought.
writeFileSync(
  profile,
  "holdouts: { year: 5% }\nfeature_flags:\n  answer_model: { holdout: year, serve: treatment_b }\n...\n",
);
await flags.reload({ actor: "ana", reason: "treatment_b helps more" });
const large = users.filter((userId) => flags.value("answer_model", { userId }).model === "large");
console.log(`\nthe large model for ${large.length} of ${users.length} users`);
await flags.close();
rmSync(folder, { recursive: true });
