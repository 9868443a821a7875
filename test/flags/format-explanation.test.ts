import { bucketing, type Context, createFlags, defineFlags, flag, formatExplanation, resolver } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { looseFlags, withVariables } from "./fixtures/isolated.js";
import { profileFile } from "./fixtures/profile.js";

const AT = Date.UTC(2027, 0, 1);

describe("formatExplanation", () => {
  it("prints lists, conditions, layers, holdouts, other bucketings and the next time; of the context the unit alone", () => {
    const registry = defineFlags({
      model: flag.experiment({ control: 1, test: 1 }, { default: "control" }),
      rest: flag.boolean({ default: false }),
    });
    const flags = createFlags(registry, {
      ...withVariables({}),
      clock: () => AT,
      segments: { staff: { team: { $in: ["core", "ops"] } } },
      layers: { page: { slices: { model: [0, 40] } } },
      holdouts: { q3: { share: 5, by: "tenantId" } },
      bucketing: [bucketing("halves", (unit) => (unit === "u1" ? 0.25 : 0.75))],
      resolvers: ["overrides"],
    });
    flags.setRule("model", {
      rules: [
        { name: "staff", when: { $segment: "staff", plan: "pro" }, weights: { test: 1 } },
        {
          layer: "page",
          holdout: "q3",
          hash: "halves",
          steps: [
            { at: "2026-12-31", rollout: 50 },
            { at: "2027-01-02", rollout: 60 },
          ],
        },
      ],
    });
    const lines = (context: Context) => {
      const printed = formatExplanation(flags.explain("model", context)).split("\n").slice(0, -1);
      return printed.map((line) => line.replace(/rule \{.*?\}; /, "rule …; "));
    };
    expect(lines({ userId: "u1", tenantId: "t1", team: "secret-team", plan: "secret-plan" })).toMatchInlineSnapshot(`
      [
        "model = "control"  (SPLIT, by overrides, rule #2)",
        "    kill       has no answer",
        "  → overrides  "control", set by runtime at 2027-01-01T00:00:00.000Z",
        "               rule …; unit "u1"; rollout (halves) bucket 0.250000 of 0.500000; variant (halves) bucket 0.250000 (control < 0.500000, test < 1.000000)",
        "               rule staff: not chosen",
        "                 when $segment staff / team $in: no",
        "                 when plan $eq: no",
        "               rule #2: chosen",
        "               holdout q3 keeps out 0.000000 to 0.050000; bucket 0.617310; passes",
        "               layer page gives it 0.000000 to 0.400000; bucket 0.179087; passes",
        "               next change by the clock at 2027-01-02T00:00:00.000Z",
      ]
    `);
    expect(lines({ team: "ops", plan: "pro" })).toMatchInlineSnapshot(`
      [
        "model = "test"  (TARGETING_MATCH, by overrides, rule staff, conditions met)",
        "    kill       has no answer",
        "  → overrides  "test", set by runtime at 2027-01-01T00:00:00.000Z",
        "               rule …; no unit (userId, targetingKey); conditions met",
        "               rule staff: chosen",
        "                 when $segment staff / team $in: yes",
        "                 when plan $eq: yes",
        "               next change by the clock at 2027-01-02T00:00:00.000Z",
      ]
    `);
    expect(lines({ plan: "pro" })).toMatchInlineSnapshot(`
      [
        "model = "control"  (DEFAULT, by overrides, rule #2, no unit)",
        "    kill       has no answer",
        "  → overrides  "control", set by runtime at 2027-01-01T00:00:00.000Z",
        "               rule …; no unit (userId, targetingKey)",
        "               rule staff: not chosen",
        "                 when $segment staff / team $in: no, missing",
        "                 when plan $eq: yes",
        "               rule #2: chosen",
        "               holdout q3 keeps out 0.000000 to 0.050000; no unit; does not pass",
        "               layer page gives it 0.000000 to 0.400000; no unit; does not pass",
        "               next change by the clock at 2027-01-02T00:00:00.000Z",
      ]
    `);
    flags.setRule("rest", { schedule: { from: "2027-02-01" }, allow: ["ana"] });
    expect(formatExplanation(flags.explain("rest", { userId: "ben" }))).toMatchInlineSnapshot(`
      "rest = false  (DEFAULT, by overrides, outside its schedule)
          kill       has no answer
        → overrides  false, set by runtime at 2027-01-01T00:00:00.000Z
                     rule {"allow":["ana"],"schedule":{"from":"2027-02-01T00:00:00.000Z"}}; unit "ben"; outside its schedule
                     next change by the clock at 2027-02-01T00:00:00.000Z
        · default    false, not reached"
    `);
  });

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

  it("prints what is locked, and nothing that moves a terminal's cursor", () => {
    const { path } = profileFile("feature_flags: { f: { serve: on, locked: true }, g: on }\n");
    const flags = looseFlags(
      { f: flag.boolean({ default: false }), g: flag.boolean({ default: false }) },
      { profile: path, clock: () => AT },
    );
    flags.setRule("g", { name: "\u001b[2J", when: { "a\u001b": 1 }, rules: undefined }, { actor: "ana\u0007" });
    const text = (name: string) => formatExplanation(flags.explain(name)).replaceAll(path, "p.yaml");
    expect(text("f")).toContain("→ profile    true, from p.yaml:1:18, locked");
    expect(text("g")).toContain("set by ana\\u0007 (runtime) at");
    expect(text("g")).toContain("when a\\u001b $eq: no, missing");
    expect(text("g")).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it("writes control and formatting characters as JSON does, wherever they stand", () => {
    const odd = "a\u009b2J\u202e\u2028\u{e0001}";
    const seen = "a\\u009b2J\\u202e\\u2028\\udb40\\udc01";
    const torn = resolver(`torn ${odd}`, () => {
      throw new Error(`page ${odd}\n  default  true`);
    });
    const flags = looseFlags(
      { f: flag.boolean({ default: false }), greeting: flag.string({ default: odd }) },
      { clock: () => AT, resolvers: ["overrides", torn], layers: { [odd]: { slices: { f: [0, 100] } } } },
    );
    const item = { name: odd, when: { [odd]: odd }, layer: odd, rollout: 50, salt: odd };
    flags.setRule("f", { name: odd, rules: [item] }, { actor: odd, source: odd, reason: odd });
    const lines = formatExplanation(flags.explain("f", { userId: "x\u202ey", [odd]: odd })).split("\n");
    expect(lines[0]).toContain(`rule ${seen}`);
    expect(lines).toContainEqual(expect.stringContaining(`set by ${seen} (${seen}) at`));
    expect(lines).toContainEqual(expect.stringContaining(`unit "x\\u202ey"`));
    expect(lines).toContainEqual(expect.stringContaining(`rule {"name":"${seen}"`));
    expect(lines).toContainEqual(expect.stringContaining(`rule ${seen}: chosen`));
    expect(lines).toContainEqual(expect.stringContaining(`when ${seen} $eq: yes`));
    expect(lines).toContainEqual(expect.stringContaining(`layer ${seen} gives it`));
    expect(lines).toContainEqual(expect.stringContaining(`failed: page ${seen}\\u000a`));
    expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const greeting = formatExplanation(flags.explain("greeting")).split("\n");
    expect(greeting[0]).toContain(`greeting = "${seen}"`);
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
