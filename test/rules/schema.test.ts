import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RuleSubject } from "../../src/rules/rule.js";
import { checkRule, RULE_WORDS } from "../../src/rules/schema.js";
import { anyRule, backend, checked, issuesOf, limit, model, onOff, readAny } from "./subjects.js";

const notAUnit = "must be a text or a number, and not empty";
const notUnits = "must be a list of units, each a text or a number";
const notAttributes = "`by` must be the name of an attribute, or a list of such names";

describe("lists, attributes and salt", () => {
  it.each([
    [{ deny: "ana" }, [["deny"], `\`deny\` ${notUnits}`]],
    [{ allow: { ana: true } }, [["allow"], `\`allow\` ${notUnits}`]],
    [{ allow: ["ana", ""] }, [["allow", 1], `\`allow.1\` ${notAUnit}`]],
    [{ deny: [true] }, [["deny", 0], `\`deny.0\` ${notAUnit}`]],
    [{ deny: [Number.NaN] }, [["deny", 0], `\`deny.0\` ${notAUnit}`]],
    [{ deny: [null] }, [["deny", 0], `\`deny.0\` ${notAUnit}`]],
    [{ by: "" }, [["by"], notAttributes]],
    [{ by: [] }, [["by"], notAttributes]],
    [{ by: ["userId", ""] }, [["by"], notAttributes]],
    [{ by: 5 }, [["by"], notAttributes]],
    [{ salt: "" }, [["salt"], "`salt` must not be empty"]],
    [{ salt: 2024 }, [["salt"], "`salt` must be a text"]],
  ])("%o is refused", (rule, [path, message]) => {
    expect(issuesOf(rule)).toEqual([{ path, message }]);
  });

  it("are read as texts", () => {
    expect(checked({ allow: ["ana", 7, -1.5] }, onOff)).toEqual({ allow: ["ana", "7", "-1.5"] });
    expect(checked({ by: ["a", "b"], salt: "s", rollout: 5 }, onOff)).toEqual({
      by: ["a", "b"],
      salt: "s",
      rollout: 5,
    });
  });
});

describe("the words of a rule", () => {
  it.each([
    ["rolout", 'a rule has no `rolout`; did you mean "rollout"?'],
    ["Serve", 'a rule has no `Serve`; did you mean "serve"?'],
    ["percentage", `a rule has no \`percentage\`; it may hold ${RULE_WORDS.join(", ")}`],
    ["constructor", `a rule has no \`constructor\`; it may hold ${RULE_WORDS.join(", ")}`],
    ["__proto__", `a rule has no \`__proto__\`; it may hold ${RULE_WORDS.join(", ")}`],
    ["toString", `a rule has no \`toString\`; it may hold ${RULE_WORDS.join(", ")}`],
  ])("do not hold %s", (word, message) => {
    expect(issuesOf(Object.fromEntries([[word, 5]]))).toEqual([{ path: [word], message }]);
  });

  it("are these", () => {
    const who = ["name", "deny", "allow", "when", "schedule", "holdout", "layer", "rules"];
    const share = ["by", "salt", "hash", "rollout", "steps", "linear", "serve", "otherwise", "weights"];
    expect([...RULE_WORDS].sort()).toEqual([...who, ...share].sort());
  });

  it.each([
    [null],
    [undefined],
    [5],
    ["25%"],
    [true],
    [[]],
    [new Date()],
    [new Map()],
    [new (class Settings {})()],
    [() => ({})],
  ])("stand in a plain object, which %o is not", (input) => {
    expect(issuesOf(input)).toEqual([{ path: [], message: "must be a rule, such as { rollout: 25 }" }]);
  });

  it("may stand in an object without a prototype", () => {
    expect(checked(Object.assign(Object.create(null), { rollout: 5 }), onOff)).toEqual({ rollout: 5 });
  });

  it("may be undefined, which is as if they were not there", () => {
    const nothing = Object.fromEntries(RULE_WORDS.map((word) => [word, undefined]));
    expect(checked({ ...nothing, rollout: 5 }, onOff)).toEqual({ rollout: 5 });
  });

  it("are all complained of at once", () => {
    const wrong = { rollout: 120, whenn: {}, hash: 5, deny: "ana", serve: "bad", salt: "", weights: { a: 1 } };
    expect(issuesOf(wrong, model).map(({ path }) => path.join("."))).toEqual([
      "whenn",
      "deny",
      "salt",
      "hash",
      "rollout",
      "serve",
      "weights.a",
      "serve",
    ]);
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}

describe("a checked rule", () => {
  it("is frozen throughout, and has nothing of the caller's", () => {
    const given = { deny: ["ana"], allow: ["ben"], by: ["a", "b"], rollout: 5, weights: { control: 1 } };
    const rule = checked(given, model);
    for (const part of [rule, rule.deny, rule.allow, rule.by, rule.weights]) expect(Object.isFrozen(part)).toBe(true);
    given.deny.push("carl");
    given.by.pop();
    given.rollout = 90;
    given.weights.control = 0;
    expect(rule).toMatchObject({ deny: ["ana"], allow: ["ben"], by: ["a", "b"], rollout: 5 });
    expect(rule.weights).toEqual({ control: 1, treatment_a: 0, treatment_b: 0 });
  });

  it("leaves the caller's object as it was", () => {
    const given = { deny: ["ana", 7], by: ["a"], rollout: "5%", weights: { treatment_a: 1, control: 2 }, salt: "s" };
    const before = structuredClone(given);
    checked(deepFreeze(given), model);
    expect(given).toEqual(before);
    expect(Object.keys(given.weights)).toEqual(["treatment_a", "control"]);
  });

  it("is the same when it is checked again", () => {
    const again = ({ subject, rule }: { subject: RuleSubject; rule: unknown }) => {
      expect(checked(rule, subject)).toEqual(rule);
      expect(JSON.stringify(checked(rule, subject))).toBe(JSON.stringify(rule));
    };
    fc.assert(fc.property(anyRule, again), { numRuns: 1_000 });
  });
});

describe("any input at all", () => {
  it("is a rule or is refused with a message, and nothing is thrown", () => {
    const key = fc.oneof(fc.constantFrom(...RULE_WORDS), fc.string());
    const input = fc.oneof(fc.anything(), fc.dictionary(key, fc.anything()));
    const holds = (given: unknown, subject: RuleSubject) => {
      const check = checkRule(given, subject, readAny);
      if ("rule" in check) expect(Object.isFrozen(check.rule)).toBe(true);
      else expect(check.issues.every(({ message }) => message.length > 0)).toBe(true);
    };
    fc.assert(fc.property(input, fc.constantFrom(onOff, limit, backend, model), holds), { numRuns: 3_000 });
  });
});
