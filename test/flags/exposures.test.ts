import { type Context, createFlags, defineFlags, type Exposure, flag, type Rule, resolver } from "burgee";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { exposuresOf, userWith } from "./fixtures/exposed.js";
import { errorsOf, isolated, settled, thrownBy } from "./fixtures/isolated.js";

const registry = defineFlags({
  banner: flag.boolean({ default: false, rule: { rollout: 50 } }),
  model: flag.experiment({ control: 50, treatment_a: 25, treatment_b: 25 }, { default: "control" }),
  limit: flag.number({ default: 10, rule: { rollout: 50, serve: 20 } }),
  plain: flag.boolean({ default: true }),
});
const create = (more: object = {}) => createFlags(registry, { ...isolated, ...more });
const users = (count: number) => Array.from({ length: count }, (_, index) => ({ userId: `u${index + 1}` }));

describe("an exposure", () => {
  it("tells of a unit that a hash put in or out of a rollout", async () => {
    const flags = create({ clock: () => 1_000 });
    const exposures = exposuresOf(flags);
    const inside = userWith(flags, "banner", ({ value }) => value === true);
    const outside = userWith(flags, "banner", ({ value }) => value === false);
    flags.isEnabled("banner", inside);
    flags.isEnabled("banner", outside);
    await settled();
    const common = { flag: "banner", source: "rollout", at: 1_000 };
    expect(exposures).toEqual([
      { ...common, value: true, unit: inside.userId, sequence: 1 },
      { ...common, value: false, unit: outside.userId, sequence: 2 },
    ]);
  });

  it("tells of the variant that a unit was given, its value, and the rule that chose", async () => {
    const payloads = { control: { model: "m" }, treatment_a: { model: "l" }, treatment_b: null };
    const definition = flag.experiment(
      { control: 50, treatment_a: 25, treatment_b: 25 },
      { default: "control", payloads, rule: { rules: [{ name: "staff", allow: ["ana"] }, {}] } },
    );
    const flags = createFlags(defineFlags({ model: definition }), isolated);
    const exposures = exposuresOf(flags);
    const treated = userWith(flags, "model", ({ variant }) => variant === "treatment_a");
    expect(flags.value("model", treated)).toEqual({ model: "l" });
    flags.setRule("model", { name: "again", weights: { treatment_a: 1, treatment_b: 1 } });
    const other = userWith(flags, "model", ({ variant }) => variant === "treatment_b");
    flags.resolveVariant("model", other);
    await settled();
    expect(exposures).toMatchObject([
      { flag: "model", variant: "treatment_a", value: { model: "l" }, unit: treated.userId, rule: "#2" },
      { flag: "model", variant: "treatment_b", value: null, unit: other.userId, rule: "again", source: "overrides" },
    ]);
  });

  it("is frozen, and has nothing of the context", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    flags.isEnabled("banner", { userId: "u1", email: "ana@example.com" });
    await settled();
    const [exposure] = exposures;
    expect(Object.isFrozen(exposure)).toBe(true);
    expect(Object.keys(exposure as Exposure)).toEqual(["flag", "value", "unit", "source", "at", "sequence"]);
  });

  it("names the unit that the rule hashes: an attribute, a number's text, the base context's", async () => {
    const flags = create({ context: { region: "eu" } });
    const exposures = exposuresOf(flags);
    flags.isEnabled("banner", { targetingKey: "k1" });
    flags.isEnabled("banner", { userId: 7 });
    flags.setRule("banner", { rollout: 50, by: ["tenantId", "region"] });
    flags.isEnabled("banner", { tenantId: "t1", userId: "u1" });
    flags.isEnabled("banner", { userId: "u1" });
    flags.runWithContext({ tenantId: "t2" }, () => flags.isEnabled("banner"));
    await settled();
    expect(exposures.map(({ unit }) => unit)).toEqual(["k1", "7", "t1", "eu", "t2"]);
  });

  it.each([
    ["isEnabled", (flags, context) => flags.isEnabled("banner", context)],
    ["value", (flags, context) => flags.value("banner", context)],
    ["evaluate", (flags, context) => flags.evaluate("banner", context)],
    ["requireEnabled", (flags, context) => flags.requireEnabled("banner", context)],
  ] satisfies [string, (flags: ReturnType<typeof create>, context: Context) => unknown][])(
    "comes of %s",
    async (_method, ask) => {
      const flags = create();
      const exposures = exposuresOf(flags);
      const inside = userWith(flags, "banner", ({ value }) => value === true);
      ask(flags, inside);
      await settled();
      expect(exposures).toMatchObject([{ flag: "banner", unit: inside.userId }]);
    },
  );

  it("comes of a requireEnabled that throws", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    const outside = userWith(flags, "banner", ({ value }) => value === false);
    expect(thrownBy(() => flags.requireEnabled("banner", outside)).code).toBe("FLAG_DISABLED");
    await settled();
    expect(exposures).toMatchObject([{ value: false, unit: outside.userId }]);
  });

  it("comes of resolveVariant, and not of getAllFlags, snapshots, or explain", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    const context = { userId: "u1" };
    flags.getAllFlags(context);
    flags.explain("model", context);
    const snapshot = flags.snapshot(context);
    snapshot.isEnabled("banner");
    snapshot.value("limit");
    snapshot.evaluate("banner");
    snapshot.resolveVariant("model");
    snapshot.getAllFlags();
    await settled();
    expect(exposures).toEqual([]);
    flags.resolveVariant("model", context);
    await settled();
    expect(exposures).toMatchObject([{ flag: "model", unit: "u1" }]);
  });
});

describe("no exposure comes of", () => {
  const kinds = defineFlags({
    banner: flag.boolean({ default: false }),
    model: flag.experiment({ control: 1, treatment: 1 }, { default: "control" }),
  });
  const groups = {
    segments: { pro: { plan: "pro" } },
    layers: { page: { slices: { banner: [0, 50] } } },
    holdouts: { quarter: { share: 50 } },
  } as const;

  it.each<[string, Rule<boolean>, string[]?]>([
    ["a constant", { rollout: 100 }],
    ["nobody", { rollout: 0 }],
    ["the allow list", { allow: ["u1", "u2"], rollout: 50, deny: ["u3"] }, ["u1", "u2"]],
    ["the deny list", { deny: ["u1", "u2"], rollout: 50 }, ["u1", "u2"]],
    ["those who are not on the only list", { allow: ["ana"] }],
    ["conditions that do not hold", { when: { $segment: "pro" }, rollout: 50 }],
    ["conditions alone", { when: { plan: { $exists: false } } }],
    ["a schedule that is over", { schedule: { until: "2020-01-01" }, rollout: 50 }],
    ["the process", { by: "instance", rollout: 50 }],
  ])("%s", async (_what, rule, units) => {
    const flags = createFlags(kinds, { ...isolated, ...groups });
    const exposures = exposuresOf(flags);
    flags.setRule("banner", rule);
    for (const context of units?.map((userId) => ({ userId })) ?? users(50)) flags.isEnabled("banner", context);
    await settled();
    expect(exposures).toEqual([]);
  });

  it("a context without a unit", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    for (const context of [undefined, {}, { userId: "" }, { userId: true as never }, "u1" as never, null as never])
      flags.isEnabled("banner", context);
    await settled();
    expect(exposures).toEqual([]);
  });

  it("a slice of a layer that is another's, or a holdout", async () => {
    const flags = createFlags(kinds, { ...isolated, ...groups });
    const exposures = exposuresOf(flags);
    flags.setRule("banner", { layer: "page", holdout: "quarter", rollout: 50 });
    for (const context of users(200)) flags.isEnabled("banner", context);
    await settled();
    const of = (detail: string) =>
      users(200).filter((context) => flags.snapshot(context).evaluate("banner").detail === detail);
    const hashed = [...of("within the rollout"), ...of("outside the rollout")].map(({ userId }) => userId);
    expect(exposures.map(({ unit }) => unit).sort()).toEqual(hashed.sort());
    expect([of("held out").length > 0, of("outside its slice of the layer").length > 0]).toEqual([true, true]);
  });

  it("the share that is in no experiment, and forced variants", async () => {
    const flags = createFlags(kinds, isolated);
    const exposures = exposuresOf(flags);
    flags.setRule("model", { rollout: 50, allow: { treatment: ["u1"] } });
    for (const context of users(200)) flags.resolveVariant("model", context);
    await settled();
    const inside = users(200).filter((context) => flags.snapshot(context).evaluate("model").detail === undefined);
    expect(exposures.map(({ unit }) => unit)).toEqual(inside.map(({ userId }) => userId));
    expect(exposures.some(({ unit }) => unit === "u1")).toBe(false);
    expect(new Set(exposures.map(({ variant }) => variant))).toEqual(new Set(["control", "treatment"]));
  });

  it("values set for everybody, kills, the environment, and custom resolvers", async () => {
    const mine = resolver("mine", (_definition, { userId }) => (userId === "u1" ? true : undefined), {
      flags: ["banner"],
    });
    const flags = create({
      env: { variables: { FLAG_LIMIT: "5" }, files: [] },
      resolvers: ["env", mine, "overrides", "rollout"],
    });
    const exposures = exposuresOf(flags);
    flags.setFlag("model", "treatment_b");
    const ask = () => {
      flags.isEnabled("banner", { userId: "u1" });
      flags.value("limit", { userId: "u1" });
      flags.resolveVariant("model", { userId: "u1" });
      flags.isEnabled("plain", { userId: "u1" });
    };
    ask();
    flags.resetFlag("model");
    flags.kill("model");
    ask();
    await settled();
    expect(exposures).toEqual([]);
    flags.isEnabled("banner", { userId: "u2" });
    await settled();
    expect(exposures).toMatchObject([{ flag: "banner", unit: "u2" }]);
  });

  it("requirements that are unmet", async () => {
    const needs = flag.oneOf(["none", "own"], {
      default: "none",
      requires: { own: z.object({ BURGEE_TEST_MISSING_TOKEN: z.string() }) },
    });
    const give = resolver("give", (_definition, { plan }) => (plan === "pro" ? "own" : undefined));
    const flags = createFlags(defineFlags({ needs }), { ...isolated, resolvers: [give] });
    const exposures = exposuresOf(flags);
    flags.resolveVariant("needs", { userId: "u1", plan: "pro" });
    await settled();
    expect(exposures).toEqual([]);
  });

  it("a variant whose requirements are unmet, while the others go on", async () => {
    const model = flag.oneOf(["control", "treatment_a", "treatment_b"], {
      default: "control",
      requires: { treatment_a: z.object({ BURGEE_TEST_MISSING_TOKEN: z.string() }) },
      rule: { weights: { control: 50, treatment_a: 25, treatment_b: 25 } },
    });
    const flags = createFlags(defineFlags({ model }), { ...isolated, onInvalid: "warn" });
    const exposures = exposuresOf(flags);
    const given = users(100).map((context) => flags.evaluate("model", context));
    await settled();
    const hashed = given.filter(({ source }) => source === "rollout");
    expect(hashed.length).toBeGreaterThan(50);
    expect(hashed.length).toBeLessThan(100);
    expect(exposures.map(({ variant }) => variant)).toEqual(hashed.map(({ variant }) => variant));
  });

  it("a name that no flag has, or a context whose attributes cannot be read", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    const errors = errorsOf(flags);
    flags.isEnabled("nope" as "banner", { userId: "u1" });
    const trap = {
      get userId(): string {
        throw new Error("trap");
      },
    };
    expect(flags.isEnabled("banner", trap)).toBe(false);
    await settled();
    expect(exposures).toEqual([]);
    expect(errors.map(({ code }) => code)).toEqual(["FLAG_NOT_FOUND", "INVALID_OPTIONS"]);
  });

  it("a context that can be read only once, which changes no answer, and is told", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    const errors = errorsOf(flags);
    const inside = userWith(flags, "banner", ({ value }) => value === true);
    let reads = 0;
    const fickle = {
      get userId(): string {
        if (++reads > 1) throw new Error("only once");
        return inside.userId;
      },
    };
    expect(flags.isEnabled("banner", fickle)).toBe(true);
    await settled();
    expect(exposures).toEqual([]);
    expect(errors).toMatchObject([
      { code: "INVALID_OPTIONS", message: 'an exposure of flag "banner" is lost: only once' },
    ]);
  });
});

describe("a flag that waits for another", () => {
  const family = defineFlags({
    parent: flag.boolean({ default: false, rule: { when: { plan: "pro" } } }),
    child: flag.boolean({ default: false, rule: { rollout: 50 }, dependsOn: ["parent"] }),
    grandchild: flag.experiment({ control: 1, treatment: 1 }, { default: "control", dependsOn: ["child"] }),
  });

  it("exposes nobody for whom the other is off, neither those in the rollout nor those outside", async () => {
    const flags = createFlags(family, isolated);
    const exposures = exposuresOf(flags);
    for (const context of users(50)) flags.isEnabled("child", { ...context, plan: "free" });
    await settled();
    expect(exposures).toEqual([]);
    for (const context of users(50)) flags.isEnabled("child", { ...context, plan: "pro" });
    await settled();
    expect(exposures).toHaveLength(50);
    expect(new Set(exposures.map(({ value }) => value))).toEqual(new Set([true, false]));
  });

  it("exposes to either variant only those for whom every ancestor is on", async () => {
    const flags = createFlags(family, isolated);
    const on = users(200).filter((context) => flags.snapshot({ ...context, plan: "pro" }).isEnabled("child"));
    const exposures = exposuresOf(flags);
    for (const context of users(200)) flags.resolveVariant("grandchild", { ...context, plan: "pro" });
    await settled();
    expect(exposures.map(({ unit }) => unit)).toEqual(on.map(({ userId }) => userId));
    expect(new Set(exposures.map(({ variant }) => variant))).toEqual(new Set(["control", "treatment"]));
  });
});

describe("the window", () => {
  const ask = (flags: ReturnType<typeof create>, ...units: readonly string[]) => {
    for (const userId of units) flags.isEnabled("banner", { userId });
  };
  const unitsOf = (exposures: readonly Exposure[]) => exposures.map(({ unit }) => unit);

  it("keeps silent about what it has told", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    ask(flags, "u1", "u1");
    await settled();
    ask(flags, "u1", "u2");
    flags.evaluate("limit", { userId: "u1" });
    await settled();
    expect(exposures.map(({ flag: name, unit }) => `${name} ${unit}`)).toEqual(["banner u1", "banner u2", "limit u1"]);
  });

  it("forgets first what was not seen for longest", async () => {
    const flags = create({ exposures: { window: 2 } });
    const exposures = exposuresOf(flags);
    ask(flags, "u1", "u2", "u1", "u3", "u1", "u2");
    await settled();
    expect(unitsOf(exposures)).toEqual(["u1", "u2", "u3", "u2"]);
    expect(exposures.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  });

  it("holds 10,000 unless told otherwise", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    ask(flags, ...Array.from({ length: 10_000 }, (_, index) => `u${index}`), "u0");
    await settled();
    expect(exposures).toHaveLength(10_000);
    ask(flags, "new", "u1");
    await settled();
    expect(unitsOf(exposures.slice(10_000))).toEqual(["new", "u1"]);
  });

  it("tells of another value for the same unit, and of the same by another rule no more", async () => {
    const flags = create();
    const exposures = exposuresOf(flags);
    const outside = userWith(flags, "banner", ({ value }) => value === false);
    const ask = () => flags.isEnabled("banner", outside);
    ask();
    flags.setRule("banner", { rollout: 50, name: "the same again" });
    ask();
    flags.setRule("banner", { rollout: 99.99 });
    ask();
    flags.resetFlag("banner");
    ask();
    await settled();
    expect(exposures.map(({ value }) => value)).toEqual([false, true]);
  });

  it.each([0, -1, 1.5, Number.NaN, "10"])("cannot be %s", (window) => {
    const error = thrownBy(() => create({ exposures: { window } }));
    expect(error).toMatchObject({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("`exposures.window` must"),
    });
  });

  it("has no other options, and takes sinks that can write only", () => {
    expect(thrownBy(() => create({ exposures: { windows: 5 } })).message).toContain('did you mean "window"?');
    expect(thrownBy(() => create({ exposures: { sinks: [{}] } })).message).toContain("{ name, write(exposures) }");
    expect(thrownBy(() => create({ exposures: 5 })).message).toContain("`exposures` must be an object");
  });
});
