import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CheckedRule, createFlags, defineFlags, flag } from "burgee";
import { MovableClock } from "./clock.js";
import { Guard } from "./guard.js";
import { Shop } from "./shop.js";

const registry = defineFlags({ new_checkout: flag.boolean({ default: false, description: "The one-page checkout" }) });

// A copy, because the story ends with an edit of the file.
const folder = mkdtempSync(join(tmpdir(), "burgee-delivery-"));
const profile = join(folder, "burgee.yaml");
copyFileSync(fileURLToPath(new URL("burgee.yaml", import.meta.url)), profile);

const clock = new MovableClock("2027-02-26T12:00Z");
const flags = createFlags(registry, { env: { variables: {}, files: [] }, profile, clock, logger: false });
const say = (text: string) => console.log(`${new Date(clock.now()).toISOString().slice(0, 16)}  ${text}`);

/** What those get who are not staff: of the list, the rule that is in force and asks nothing. */
function shareOf(rule: CheckedRule): string {
  const { linear, rollout } = rule.rules?.find(({ when, schedule }) => !when && !schedule) ?? rule;
  return linear === undefined ? `${rollout} %` : `from ${linear.start} % evenly to ${linear.end} %`;
}
flags.onFlagChanged("new_checkout", ({ value, rule, cause }) => {
  say(`${cause.kind}: ${rule === undefined ? value : shareOf(rule)}`);
});

const guard = new Guard(200, 4, (failed, of) => {
  flags.kill("new_checkout", { source: "guard", reason: `${failed} of the last ${of} checkouts failed` });
});
const shop = new Shop(
  (user) => flags.isEnabled("new_checkout", user),
  (failed) => guard.count(failed),
);

for (const day of ["2027-02-26", "2027-03-01", "2027-03-02", "2027-03-03", "2027-03-04"]) {
  clock.moveTo(`${day}T12:00Z`);
  say(shop.day(2_000));
}

// There are more machines now. The steps went on during the kill: hold the share where it was before lifting that.
const held = { rules: [{ when: { $segment: "staff" } }, { name: "held", rollout: 25 }] };
flags.setRule("new_checkout", held, { actor: "ana", reason: "first see that 25 % works" });
flags.revive("new_checkout", { actor: "ana", reason: "machines for 20,000 a day" });
say(shop.day(20_000));

clock.moveTo("2027-03-05T11:00Z");
flags.resetFlag("new_checkout", { actor: "ana", reason: "it does; on with the steps" });
for (const day of ["2027-03-05", "2027-03-08", "2027-03-09", "2027-03-10"]) {
  clock.moveTo(`${day}T12:00Z`);
  say(shop.day(20_000));
}

// The end: a value in place of the rule. Then the definition's default becomes true, this line leaves the file, and last
// the flag and the old checkout leave the code.
clock.moveTo("2027-03-11T12:00Z");
writeFileSync(profile, "feature_flags:\n  new_checkout: true\n...\n");
await flags.reload({ actor: "ana", reason: "everybody has it" });

console.log("\nThe audit log");
for (const { at, action, actor, source, reason } of flags.getAuditLog().toReversed()) {
  const why = reason === undefined ? "" : `: ${reason}`;
  console.log(`${at.slice(0, 16)}  ${action.padEnd(8)}  by ${actor ?? source}${why}`);
}
await flags.close();
rmSync(folder, { recursive: true });
