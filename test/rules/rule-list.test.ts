import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile, issuesOf, limit, messagesOf, model, onOff, unitAbove, unitBelow } from "./subjects.js";

const inside = unitBelow(0.25, "new_checkout");
const outside = unitAbove(0.25, "new_checkout");

describe("a list of rules", () => {
  const rule = compile({
    rules: [
      { name: "staff", when: { email: { $endsWith: "@example.com" } } },
      { name: "pro", when: { plan: "pro" }, rollout: 25 },
      { allow: ["ana"] },
      { name: "germany", when: { country: "DE" }, serve: false },
    ],
    otherwise: false,
  });

  it("asks them in order, and names the one chosen", () => {
    expect(rule.decide({ email: "a@example.com", plan: "pro", userId: outside })).toEqual({
      value: true,
      reason: "TARGETING_MATCH",
      source: "rollout",
      rule: "staff",
      detail: "conditions met",
    });
    expect(rule.decide({ userId: "ana" })).toMatchObject({ value: true, rule: "#3", detail: "on the allow list" });
    expect(rule.decide({ country: "DE" })).toMatchObject({ value: false, rule: "germany", detail: "conditions met" });
  });

  it("lets nothing fall through: the rollout of the rule chosen decides", () => {
    expect(rule.decide({ plan: "pro", userId: inside })).toMatchObject({ value: true, rule: "pro" });
    expect(rule.decide({ plan: "pro", userId: outside, country: "DE" })).toMatchObject({
      value: false,
      rule: "pro",
      reason: "SPLIT",
      detail: "outside the rollout",
    });
    expect(rule.decide({ plan: "pro" })).toMatchObject({ value: false, rule: "pro", detail: "no unit" });
  });

  it("gives those whom no rule is for `otherwise`", () => {
    const nobody = { reason: "DEFAULT", source: "rollout", detail: "no rule is for it" };
    expect(rule.decide({ userId: "ben" })).toEqual({ value: false, ...nobody });
    const limits = compile({ rules: [{ when: { plan: "pro" }, serve: 50 }], otherwise: 5 }, limit);
    expect(limits.decide({})).toEqual({ value: 5, ...nobody });
    expect(compile({ rules: [{ when: { plan: "pro" }, serve: 50 }] }, limit).decide({})).toEqual({
      value: 10,
      ...nobody,
    });
  });

  it("lets an item's own `otherwise` come before the list's", () => {
    const limits = compile(
      {
        rules: [
          { when: { plan: "pro" }, rollout: 0, serve: 50, otherwise: 7 },
          { when: { plan: "free" }, rollout: 0, serve: 50 },
        ],
        otherwise: 5,
      },
      limit,
    );
    expect(limits.decide({ plan: "pro", userId: "u" }).value).toBe(7);
    expect(limits.decide({ plan: "free", userId: "u" }).value).toBe(5);
  });

  it("lets `allow` choose an item whatever its conditions, and `deny` refuse whom it chooses", () => {
    const listed = compile({
      rules: [{ name: "pro", when: { plan: "pro" }, allow: ["ana", "eve"], deny: ["ben", "eve"] }, { serve: true }],
    });
    expect(listed.decide({ userId: "ana" })).toMatchObject({ value: true, rule: "pro" });
    expect(listed.decide({ userId: "ben", plan: "pro" })).toMatchObject({ value: false, rule: "pro" });
    expect(listed.decide({ userId: "ben" })).toMatchObject({ value: true, rule: "#2" });
    expect(listed.decide({ userId: "eve" })).toMatchObject({ value: false, rule: "pro", detail: "on the deny list" });
  });

  it("lets an item of an allow list and a share choose everybody", () => {
    const listed = compile({ rules: [{ allow: ["ana"], rollout: 0 }] });
    expect(listed.decide({ userId: "ana" })).toMatchObject({ value: true, rule: "#1" });
    expect(listed.decide({ userId: "ben" })).toMatchObject({ value: false, rule: "#1", detail: "outside the rollout" });
  });

  it("spreads variants, and forces some", () => {
    const variants = compile(
      {
        rules: [
          { when: { plan: "pro" }, weights: { treatment_b: 1 } },
          { allow: { treatment_a: ["ana"] }, when: { country: "DE" }, weights: { control: 1, treatment_b: 1 } },
          {},
        ],
      },
      model,
    );
    expect(variants.decide({ plan: "pro" }).value).toBe("treatment_b");
    expect(variants.decide({ userId: "ana" })).toMatchObject({ value: "treatment_a", rule: "#2" });
    expect(["control", "treatment_b"]).toContain(variants.decide({ userId: "u9", country: "DE" }).value);
    expect(variants.decide({ userId: "u9" })).toEqual({ ...compile({}, model).decide({ userId: "u9" }), rule: "#3" });
  });
});

describe("what stands beside a list", () => {
  const guarded = compile({
    deny: ["eve"],
    allow: ["ana"],
    when: { country: "DE" },
    rules: [
      { name: "pro", when: { plan: "pro" } },
      { name: "rest", rollout: 25 },
    ],
  });

  it("is asked first", () => {
    expect(guarded.decide({ userId: "eve", country: "DE", plan: "pro" })).toMatchObject({
      value: false,
      detail: "on the deny list",
    });
    expect(guarded.decide({ userId: inside })).toMatchObject({ value: false, detail: "conditions not met" });
    expect(guarded.decide({ country: "DE", plan: "pro" })).toMatchObject({ value: true, rule: "pro" });
  });

  it("lets those on the allow list go on to the rules", () => {
    expect(guarded.decide({ userId: "ana", plan: "pro" })).toMatchObject({ value: true, rule: "pro" });
    expect(guarded.decide({ userId: "ana" })).toMatchObject({ rule: "rest", reason: "SPLIT" });
    const only = compile({ allow: ["ana"], rules: [{ serve: true }] });
    expect(only.decide({ userId: "ana" })).toMatchObject({ value: true });
    expect(only.decide({ userId: "ben" })).toMatchObject({ value: false, detail: "not on the allow list" });
    expect(only.decide({})).toMatchObject({ value: false, detail: "not on the allow list" });
  });
});

describe("a list that is the same for everybody", () => {
  it.each([
    [[{ serve: true }], true],
    [[{ rollout: 100 }], true],
    [[{ rollout: 0 }], false],
    [[{ allow: [] }, { serve: true }], true],
    [[{ allow: [] }], false],
  ])("%j is a constant", (rules, value) => {
    expect(compile({ rules }).constant).toMatchObject({ value, reason: "STATIC" });
    expect(compile({ rules }).decide({ userId: "u1" }).value).toBe(value);
  });

  it("is none where a guard or a condition decides", () => {
    expect(compile({ deny: ["eve"], rules: [{ serve: true }] }).constant).toBeUndefined();
    expect(compile({ rules: [{ when: { plan: "pro" } }] }).constant).toBeUndefined();
    expect(compile({ rules: [{ when: { plan: "pro" }, rollout: 0 }, { serve: true }] }).decide({})).toMatchObject({
      value: true,
    });
  });
});

describe("what is wrong with a list", () => {
  it.each([
    [{ rules: [] }, "`rules` must be a list of rules, such as [{ when: { plan: pro } }, { rollout: 5 }]"],
    [{ rules: { when: {} } }, "`rules` must be a list of rules, such as [{ when: { plan: pro } }, { rollout: 5 }]"],
    [{ rules: [5] }, "`rules.0` must be a rule, such as { rollout: 25 }"],
    [{ rules: [{}] }, "`rules.0` must say who passes; give it `rollout`, `allow`, `deny`, `when` or `serve`"],
    [{ rules: [{ rolout: 5 }] }, '`rules.0` has no `rolout`; did you mean "rollout"?'],
    [{ rules: [{ rules: [{ rollout: 5 }] }] }, "`rules.0` has no `rules`; a list stands at the top of a rule only"],
    [{ rules: [{ rollout: 120 }] }, "`rules.0.rollout` must be a percentage from 0 to 100, not 120"],
    [
      { rules: [{ rollout: 5 }], by: "a" },
      "`by` cannot stand beside `rules`; write it inside the rules that it is for",
    ],
    [
      { rules: [{ rollout: 5 }], rollout: 5 },
      "`rollout` cannot stand beside `rules`; write it inside the rules that it is for",
    ],
    [
      { rules: [{ rollout: 5 }, { when: { a: 1 } }] },
      "`rules.1` is never reached: the rule before it chooses everybody, for neither `when` nor `schedule` nor an `allow` by itself limits whom it is for",
    ],
    [
      {
        rules: [
          { name: "a", when: { a: 1 } },
          { name: "a", rollout: 1 },
        ],
      },
      '`rules.1.name` is the name of another rule of the list too: "a"',
    ],
    [
      { rules: [{ name: "#2", rollout: 5 }] },
      "`rules.0.name` must not look like #2: so are rules called that have no name",
    ],
    [{ rules: [{ name: "", rollout: 5 }] }, "`rules.0.name` must not be empty"],
  ])("%j is refused", (rule, message) => {
    expect(messagesOf(rule, onOff)).toEqual([message]);
  });

  it("is said with the way to it", () => {
    const rules = [
      { when: { plan: "pro" } },
      { when: { country: { $inn: ["DE"] } }, steps: [{ at: "x", rollout: 5 }] },
    ];
    expect(issuesOf({ rules }, onOff).map(({ path }) => path)).toEqual([
      ["rules", 1, "when", "country", "$inn"],
      ["rules", 1, "steps", 0, "at"],
    ]);
    expect(messagesOf({ rules: [{ when: { plan: "pro" } }] }, limit)).toEqual([
      "a rule of a number flag needs `serve`: the value for those who pass",
    ]);
  });
});

describe("explain", () => {
  it("tells which rules were asked, and how the one chosen came to its answer", () => {
    const rule = compile({
      rules: [
        { name: "staff", when: { staff: true } },
        { name: "pro", when: { plan: "pro" }, rollout: 25, salt: "wave" },
        { name: "rest", rollout: 1 },
      ],
    });
    const trace = rule.trace({ userId: "u1", plan: "pro" });
    expect(trace.rules).toEqual([
      { name: "staff", chosen: false, when: [{ path: "staff", operator: "$eq", matched: false, missing: true }] },
      { name: "pro", chosen: true, when: [{ path: "plan", operator: "$eq", matched: true }] },
    ]);
    expect(trace).toMatchObject({ unit: "u1", rollout: { salt: "wave", percentage: 25, threshold: 0.25 } });
    expect(compile({ rules: [{ when: { a: 1 } }] }).trace({}).rules).toEqual([
      { name: "#1", chosen: false, when: [{ path: "a", operator: "$eq", matched: false, missing: true }] },
    ]);
  });
});

describe("explain, of a list", () => {
  it("asks no rule where what stands beside it answers, and names the unit", () => {
    const guarded = compile({ deny: ["eve"], rules: [{ name: "pro", when: { plan: "pro" } }] });
    expect(guarded.trace({ userId: "eve" })).toMatchObject({ unit: "eve", rules: [] });
    expect(guarded.trace({ userId: "ana" })).toMatchObject({ unit: "ana", rules: [{ name: "pro", chosen: false }] });
  });

  it("tells of rules that are outside their schedule", () => {
    const rules = [
      { name: "later", schedule: { from: "2099-01-01" } },
      { name: "rest", rollout: 5 },
    ];
    expect(compile({ rules }).trace({ userId: "u1" }).rules).toEqual([
      { name: "later", chosen: false, closed: "outside its schedule" },
      { name: "rest", chosen: true },
    ]);
  });
});

it("an answer of a list is static only where it is everybody's", () => {
  const limits = compile({ rules: [{ when: { plan: "pro" }, serve: 100 }, { serve: 50 }] }, limit);
  expect(limits.decide({})).toMatchObject({ value: 50, reason: "TARGETING_MATCH", rule: "#2" });
  expect(compile({ rules: [{ serve: 50 }] }, limit).decide({})).toMatchObject({ value: 50, reason: "STATIC" });
});

it("lists with holes are refused, and very many mistakes are no crash", () => {
  const holes = (...items: unknown[]) => Object.assign(new Array(items.length + 1), { [items.length]: items[0] });
  expect(messagesOf({ rules: holes({ rollout: 5 }) })).toEqual(["`rules.0` must be a rule, such as { rollout: 25 }"]);
  expect(messagesOf({ by: holes("userId"), rollout: 5 })).toHaveLength(1);
  expect(messagesOf({ deny: new Array(200_000).fill(true) })).toHaveLength(200_000);
});

describe("any list", () => {
  const item = fc.record(
    {
      when: fc.constantFrom({ plan: "pro" }, { country: { $in: ["DE", "FR"] } }, { age: { $gte: 18 } }),
      allow: fc.constantFrom(["u1"], ["u2", "u3"], []),
      deny: fc.constantFrom(["u1"], ["u3"]),
      rollout: fc.constantFrom(0, 25, 50, 100),
      serve: fc.nat(3),
      otherwise: fc.nat(3),
    },
    { requiredKeys: ["serve"] },
  );
  const context = fc.record(
    {
      userId: fc.constantFrom("u1", "u2", "u3", "u4", "u5"),
      plan: fc.constantFrom("pro", "free"),
      country: fc.constantFrom("DE", "US"),
      age: fc.constantFrom(17, 18),
    },
    { requiredKeys: [] },
  );
  const matches = (when: Record<string, unknown>, given: Record<string, unknown>) =>
    ("plan" in when && given.plan === "pro") ||
    ("country" in when && given.country === "DE") ||
    ("age" in when && given.age === 18);

  it("decides as its first rule for the context would alone", () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 4 }), context, fc.nat(3), (items, given, otherwise) => {
        const last = items.findIndex((one) => one.when === undefined && (one.allow === undefined || "rollout" in one));
        const rules = last < 0 ? items : items.slice(0, last + 1);
        const chosen = rules.findIndex(({ when, allow, ...rest }) => {
          if (given.userId !== undefined && allow?.some((one) => one === given.userId)) return true;
          if (when !== undefined) return matches(when, given);
          return allow === undefined || "rollout" in rest;
        });
        const answer = compile({ rules, otherwise }, limit).decide(given);
        const alone = chosen < 0 ? otherwise : compile({ otherwise, ...rules[chosen] }, limit).decide(given).value;
        expect(answer.value).toBe(alone);
        if (chosen >= 0 && answer.reason !== "STATIC") expect(answer.rule).toBe(`#${chosen + 1}`);
      }),
      { numRuns: 3_000 },
    );
  });
});
