import { describe, expect, it } from "vitest";
import type { RuleSubject } from "../../src/rules/rule.js";
import { checkRule } from "../../src/rules/schema.js";
import { checkWeights } from "../../src/rules/weights.js";
import { backend, checked, compile, issuesOf, limit, messagesOf, model, onOff } from "./subjects.js";

const notAPercentage = "`rollout` must be a percentage from 0 to 100";
const notShares = "`weights` must be shares by value, such as { control: 50, treatment: 50 }";
const allZero = "`weights` are all zero: somebody must get something";
const exclusive = "`serve` and `weights` exclude each other: those who pass get one value, or are spread";

describe("a rollout", () => {
  it.each([
    [120, `${notAPercentage}, not 120`],
    [-1, `${notAPercentage}, not -1`],
    [100.000_001, `${notAPercentage}, not 100.000001`],
    ["101%", `${notAPercentage}, not 101`],
    [Number.NaN, `${notAPercentage}, not NaN`],
    [Number.POSITIVE_INFINITY, `${notAPercentage}, not Infinity`],
    ["abc", `${notAPercentage}, not abc`],
    ["25", `${notAPercentage}, a text with its sign: "25%"`],
    [" 25 ", `${notAPercentage}, a text with its sign: "25%"`],
    ["150", `${notAPercentage}, not 150`],
    ["-1", `${notAPercentage}, not -1`],
    ["-1%", `${notAPercentage}, not -1%`],
    ["1e1%", `${notAPercentage}, not 1e1%`],
    ["%", `${notAPercentage}, not %`],
    ["", notAPercentage],
    [" ", notAPercentage],
    ["sk_live_4eC39HqL", notAPercentage],
    ["p@ss", notAPercentage],
    [Object.create(null), notAPercentage],
    [true, notAPercentage],
    [null, notAPercentage],
    [{}, notAPercentage],
    [25n, notAPercentage],
    [1e-8, "`rollout` of 1e-8 % is less than 1 in 2^32 and would reach nobody; use 0 or a larger share"],
  ])("of %o is refused", (rollout, message) => {
    expect(issuesOf({ rollout })).toEqual([{ path: ["rollout"], message }]);
  });

  it.each([
    [0, 0],
    [-0, -0],
    [100, 100],
    [12.5, 12.5],
    [100 / 2 ** 32, 100 / 2 ** 32],
    ["25%", 25],
    [" 0.5 % ", 0.5],
    ["0%", 0],
  ])("of %o is read as %d", (rollout, percentage) => {
    expect(checked({ rollout }, onOff)).toEqual({ rollout: percentage });
  });
});

describe("weights", () => {
  it.each([
    [{ control: -1 }, ['the weight of "control" must be a number that is not negative']],
    [{ control: Number.NaN }, ['the weight of "control" must be a number that is not negative']],
    [{ control: "50" }, ['the weight of "control" must be a number that is not negative']],
    [{ control: null, treatment_a: 1 }, ['the weight of "control" must be a number that is not negative']],
    [{ control: Number.POSITIVE_INFINITY }, ['the weight of "control" must be a number that is not negative']],
    [{ control: 1e308, treatment_a: 1e308 }, ["`weights` add up to more than a number can hold"]],
    [{ control: 0, treatment_a: 0 }, [allZero]],
    [{ control: undefined }, [allZero]],
    [{}, [allZero]],
    [{ contro: 1 }, ['`weights` name "contro", which is no value of the flag; did you mean "control"?']],
    [
      { blue: 1, control: -1 },
      [
        '`weights` name "blue", which is no value of the flag; it has control, treatment_a, treatment_b',
        'the weight of "control" must be a number that is not negative',
      ],
    ],
    [5, [notShares]],
    [[50, 50], [notShares]],
    [null, [notShares]],
    [new Map([["control", 1]]), [notShares]],
  ])("%o are refused", (weights, messages) => {
    expect(messagesOf({ weights }, model)).toEqual(messages);
  });

  it("say where: the word, then the name", () => {
    expect(issuesOf({ weights: { blue: 1 } }, model).map(({ path }) => path)).toEqual([["weights", "blue"]]);
    expect(issuesOf({ weights: {} }, model).map(({ path }) => path)).toEqual([["weights"]]);
  });

  it("need named values", () => {
    const message = "`weights` need named values, and a boolean flag has none; use `serve`";
    expect(issuesOf({ weights: { true: 1 } })).toEqual([{ path: ["weights"], message }]);
    expect(messagesOf({ weights: { a: 1 } }, limit)).toEqual([message.replace("boolean", "number")]);
  });

  it("get every name, in the definition's order, zero where left out", () => {
    const rule = checked({ weights: { treatment_b: 5, control: undefined } }, model);
    expect(JSON.stringify(rule)).toBe('{"weights":{"control":0,"treatment_a":0,"treatment_b":5}}');
  });

  it("know names that every object inherits, and only as names", () => {
    const odd: RuleSubject = { ...model, default: "b", values: ["constructor", "__proto__", "b"] };
    expect(checkWeights({ b: 1 }, odd).weights).toEqual(
      Object.fromEntries([
        ["constructor", 0],
        ["__proto__", 0],
        ["b", 1],
      ]),
    );
    const rule = JSON.parse('{ "weights": { "__proto__": 1, "constructor": 1 } }') as unknown;
    const { outcomes } = compile(rule, odd);
    expect(outcomes.map(({ value }) => value)).toEqual(["b", "constructor", "__proto__"]);
    expect(messagesOf({ weights: { constructor: 1 } }, model)).toHaveLength(1);
  });
});

describe("what those who pass get", () => {
  it("is one value or a spread, not both", () => {
    expect(issuesOf({ serve: "control", weights: { control: 1 } }, model)).toEqual([
      { path: ["serve"], message: exclusive },
    ]);
  });

  it.each([
    [limit, "a rule of a number flag needs `serve`: the value for those who pass"],
    [backend, "a rule of a oneOf flag needs `serve` (or `weights`): the value for those who pass"],
    [{ ...limit, kind: "json" } as const, "a rule of a json flag needs `serve`: the value for those who pass"],
    [{ ...limit, kind: "string" } as const, "a rule of a string flag needs `serve`: the value for those who pass"],
  ])("must be said for other kinds than boolean and experiment", (subject, message) => {
    expect(issuesOf({ rollout: 5 }, subject)).toEqual([{ path: [], message }]);
    expect(messagesOf({ rollout: 5, serve: undefined }, subject)).toEqual([message]);
  });

  it("need not be said for a boolean or an experiment", () => {
    expect(messagesOf({ rollout: 5 }, onOff)).toEqual([]);
    expect(messagesOf({}, model)).toEqual([]);
    expect(messagesOf({ weights: { mysql: 1 } }, backend)).toEqual([]);
  });

  it.each([[{}], [{ by: "tenantId" }], [{ salt: "s" }], [{ otherwise: false }]])(
    "must be chosen somehow: %j on a boolean would be on for everybody, and is refused",
    (rule) => {
      expect(messagesOf(rule, onOff)).toEqual([
        "a rule must say who passes; give it `rollout`, `allow`, `deny`, `when` or `serve`",
      ]);
    },
  );

  it("must be a value of the flag, and is complained of once", () => {
    expect(issuesOf({ serve: "bad" }, limit)).toEqual([{ path: ["serve"], message: '`serve`: "bad" is no value' }]);
    expect(issuesOf({ serve: 1, otherwise: "bad" }, limit)).toEqual([
      { path: ["otherwise"], message: '`otherwise`: "bad" is no value' },
    ]);
  });

  it("is what reading it gave, null included", () => {
    const check = checkRule({ serve: "yes", otherwise: "no" }, onOff, (word) => ({ value: word === "yes" }));
    expect(check).toEqual({ rule: { serve: true, otherwise: false } });
    expect(checked({ serve: null }, { ...limit, kind: "json" })).toEqual({ serve: null });
  });
});
