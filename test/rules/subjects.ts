import fc from "fast-check";
import { bucketOf } from "../../src/rules/bucket.js";
import { murmur3v1 } from "../../src/rules/bucketing.js";
import { type CompiledRule, compileRule } from "../../src/rules/compile.js";
import type { Context } from "../../src/rules/context.js";
import { NO_GROUPS } from "../../src/rules/groups.js";
import type { CheckedRule, RuleSubject } from "../../src/rules/rule.js";
import type { RuleIssue } from "../../src/rules/rule-issue.js";
import { checkRule, type ReadValue } from "../../src/rules/schema.js";
import type { RuleScope } from "../../src/rules/unit.js";

export const onOff: RuleSubject = { name: "new_checkout", kind: "boolean", default: false };
export const limit: RuleSubject = { name: "max_upload_mb", kind: "number", default: 10 };
export const backend: RuleSubject = {
  name: "database_type",
  kind: "oneOf",
  default: "sqlite",
  values: ["sqlite", "postgresql", "mysql"],
};
export const model: RuleSubject = {
  name: "answer_model",
  kind: "experiment",
  default: "control",
  values: ["control", "treatment_a", "treatment_b"],
  weights: { control: 50, treatment_a: 25, treatment_b: 25 },
};

const known = { groups: NO_GROUPS, bucketings: new Map([[murmur3v1.name, murmur3v1]]) };

export const here: RuleScope = { base: {}, instance: "host-1", ...known };

/** Reads any value as it is, but "bad". */
export const readAny: ReadValue = (value) => (value === "bad" ? { problem: '"bad" is no value' } : { value });

/** Checks a rule that must be good. */
export function checked(input: unknown, subject: RuleSubject): CheckedRule {
  const check = checkRule(input, subject, readAny);
  if ("issues" in check) throw new Error(check.issues.map((issue) => issue.message).join("; "));
  return check.rule;
}

/** Everything that is wrong with a rule. */
export function issuesOf(input: unknown, subject: RuleSubject = onOff): readonly RuleIssue[] {
  const check = checkRule(input, subject, readAny);
  return "issues" in check ? check.issues : [];
}

/** The same in words. */
export function messagesOf(input: unknown, subject: RuleSubject = onOff): string[] {
  return issuesOf(input, subject).map((issue) => issue.message);
}

/** Checks and compiles, as the step `rollout` would. */
export function compile(
  input: unknown,
  subject: RuleSubject = onOff,
  scope: RuleScope = here,
  now: Date | number = 0,
): CompiledRule {
  return compileRule(checked(input, subject), subject, scope, "rollout", Number(now));
}

/** A unit whose point lies below a share. */
export function unitBelow(share: number, salt: string): string {
  for (let n = 0; ; n++) if (bucketOf(`u${n}`, salt) < share) return `u${n}`;
}

/** A unit whose point lies at a share or above. */
export function unitAbove(share: number, salt: string): string {
  for (let n = 0; ; n++) if (bucketOf(`u${n}`, salt) >= share) return `u${n}`;
}

const units = ["u1", "u2", "u3", "u4", "7", "-1.5", "漢", "x\ud800"];
const attributes = ["userId", "targetingKey", "tenantId", "instance"];
const list = fc.array(fc.oneof(fc.constantFrom(...units), fc.constantFrom(7, -1.5)), { maxLength: 3 });
const share = fc.oneof(fc.constantFrom(0, 100, 50, "25%", 1e-7), fc.double({ min: 1e-6, max: 100, noNaN: true }));
const by = fc.oneof(
  fc.constantFrom(...attributes),
  fc.array(fc.constantFrom(...attributes), { minLength: 1, maxLength: 3 }),
);

const common = {
  deny: list,
  allow: list,
  rollout: share,
  by,
  salt: fc.constantFrom("old_name", "größe", "s"),
};

function valuesOf(subject: RuleSubject): fc.Arbitrary<unknown> {
  if (subject.kind === "boolean") return fc.boolean();
  return subject.values === undefined ? fc.nat(5) : fc.constantFrom(...subject.values);
}

function weightsOf(values: readonly string[]): fc.Arbitrary<Record<string, number>> {
  const weight = fc.oneof(fc.constantFrom(0, 1, 50), fc.double({ min: 0, max: 1e9, noNaN: true }));
  return fc
    .dictionary(fc.constantFrom(...values), weight, { minKeys: 1 })
    .filter((weights) => Object.values(weights).some((one) => one > 0));
}

const CHOOSING = ["deny", "allow", "rollout", "serve"];

/** Any rule that a flag of each kind can have, as code would write it. */
export const anyRule: fc.Arbitrary<{ subject: RuleSubject; rule: CheckedRule }> = fc
  .constantFrom(onOff, limit, backend, model)
  .chain((subject) => {
    const value = valuesOf(subject);
    const plain = { ...common, otherwise: value };
    const served = fc.record({ ...plain, serve: value }, { requiredKeys: subject.kind === "boolean" ? [] : ["serve"] });
    if (subject.values === undefined) return fc.record({ subject: fc.constant(subject), rule: served });
    const weights = weightsOf(subject.values);
    const spread = fc.record({ ...plain, weights }, { requiredKeys: subject.kind === "experiment" ? [] : ["weights"] });
    return fc.record({ subject: fc.constant(subject), rule: fc.oneof(served, spread) });
  })
  .filter(({ subject, rule }) => subject.kind !== "boolean" || CHOOSING.some((word) => word in rule))
  // Those who pass and everybody else must not both get true.
  .filter(
    ({ subject, rule }) =>
      subject.kind !== "boolean" || rule.otherwise !== true || ("serve" in rule && rule.serve === false),
  )
  .map(({ subject, rule }) => ({ subject, rule: checked(rule, subject) }));

const attribute = fc.oneof(
  fc.constantFrom<unknown[]>(...units, 7, -1.5, 7n, "", Number.NaN, true, false, null, undefined, {}, ["u1"]),
  fc.string({ maxLength: 6 }),
  fc.nat(),
);

/** Contexts whose units often are on a list, often missing, and sometimes nothing a unit can be. */
export const anyContext = fc.dictionary(fc.constantFrom(...attributes), attribute) as fc.Arbitrary<Context>;

export const anyScope: fc.Arbitrary<RuleScope> = fc.record({
  base: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, anyContext),
  instance: fc.constantFrom("host-1", "host-2", "u1"),
  groups: fc.constant(known.groups),
  bucketings: fc.constant(known.bucketings),
});
