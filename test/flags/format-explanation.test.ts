import { createFlags, defineFlags, flag, formatExplanation, resolver } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { looseFlags, withVariables } from "./fixtures/isolated.js";

const AT = Date.UTC(2027, 0, 1);

describe("formatExplanation", () => {
  it("prints a rollout with its unit and numbers", () => {
    const flags = looseFlags({ new_checkout: flag.boolean({ default: false, rule: { rollout: 25 } }) });
    expect(formatExplanation(flags.explain("new_checkout", { userId: "u1" }))).toMatchInlineSnapshot(`
      "new_checkout = false  (SPLIT, by rollout, outside the rollout)
          kill       has no answer
          env        has no answer
          overrides  has no answer
        → rollout    false, from definition
                     rule {"rollout":25}; unit "u1"; rollout bucket 0.911804 of 0.250000; outside the rollout
        · default    false, not reached"
    `);
    expect(formatExplanation(flags.explain("new_checkout", {}))).toMatchInlineSnapshot(`
      "new_checkout = false  (DEFAULT, by rollout, no unit)
          kill       has no answer
          env        has no answer
          overrides  has no answer
        → rollout    false, from definition
                     rule {"rollout":25}; no unit (userId, targetingKey)
        · default    false, not reached"
    `);
  });

  it("prints who set what, kills and outranked steps", () => {
    const flags = looseFlags({ f: flag.boolean({ default: false }) }, { clock: () => AT });
    flags.setRule("f", { allow: ["ana"] }, { actor: "ana", source: "ops", reason: "launch", ttlMs: 60_000 });
    flags.kill("f");
    expect(formatExplanation(flags.explain("f", { userId: "ana" }))).toMatchInlineSnapshot(`
      "f = false  (DISABLED, by kill)
        → kill       false, set by runtime at 2027-01-01T00:00:00.000Z
          env        has no answer
        · overrides  true, set by ana (ops) at 2027-01-01T00:00:00.000Z, "launch", until 2027-01-01T00:01:00.000Z, not reached
                     rule {"allow":["ana"]}; unit "ana"; on the allow list
          rollout    has no answer
        · default    false, not reached"
    `);
    flags.revive("f");
    expect(formatExplanation(flags.explain("f", { userId: "ana" }))).toMatchInlineSnapshot(`
      "f = true  (TARGETING_MATCH, by overrides, on the allow list)
          kill       has no answer
          env        has no answer
        → overrides  true, set by ana (ops) at 2027-01-01T00:00:00.000Z, "launch", until 2027-01-01T00:01:00.000Z
                     rule {"allow":["ana"]}; unit "ana"; on the allow list
          rollout    has no answer
        · default    false, not reached"
    `);
  });

  it("prints slices, failures, dependencies and requirements", () => {
    const registry = defineFlags({
      a: flag.boolean({ default: false }),
      model: flag.experiment({ control: 1, test: 1 }, { default: "control", dependsOn: ["a"] }),
      mail: flag.boolean({ default: true, requires: z.object({ SMTP_URL: z.url() }) }),
      sizes: flag.json(z.object({ max: z.number() }), { default: { max: 1 } }),
    });
    const torn = resolver("torn", ({ name }) => {
      if (name === "mail") throw new Error("torn page");
    });
    const flags = createFlags(registry, {
      ...withVariables({}),
      onInvalid: "warn",
      resolvers: ["env", "rollout", torn],
    });
    expect(formatExplanation(flags.explain("model", { userId: "u1" }))).toMatchInlineSnapshot(`
      "model = "control"  (SPLIT, by rollout)
          kill     has no answer
          env      has no answer
        → rollout  "control", from definition
                   rule {"weights":{"control":1,"test":1}}; unit "u1"; variant bucket 0.417738 (control < 0.500000, test < 1.000000)
          torn     has no answer
        · default  "control", not reached
        depends on a: off (by default)"
    `);
    expect(formatExplanation(flags.explain("model", { userId: "u3" })).split("\n")[0]).toBe(
      'model = "control"  (DISABLED, by dependency, "a" is off)',
    );
    expect(formatExplanation(flags.explain("mail"))).toMatchInlineSnapshot(`
      "mail = false  (DISABLED, by requirement)
          kill     has no answer
          env      has no answer
          rollout  has no answer
        ! torn     failed: torn page
        → default  true
        requires SMTP_URL (missing)"
    `);
    expect(formatExplanation(flags.explain("sizes"))).toMatchInlineSnapshot(`
      "sizes = {"max":1}  (DEFAULT, by default)
          kill     has no answer
          env      has no answer
          rollout  has no answer
          torn     has no answer
        → default  {"max":1}"
    `);
    const on = createFlags(registry, { ...withVariables({ FLAG_A: "on" }), onInvalid: "warn" });
    expect(formatExplanation(on.explain("model")).split("\n").at(-1)).toBe("  depends on a: on (by env)");
  });
});
